"""A task given to a process that computes, and its row watched meanwhile."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from temporalio import activity

from abtpro_saas.backtesting.processes.calculators import (
    Calculator,
    Calculators,
    DiedError,
)
from abtpro_saas.backtesting.processes.tasks import Kind, Reply, Task
from abtpro_saas.backtesting.runs.watching import goes_on, note_progress
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import UnavailableError
from abtpro_saas.ids import TenantId

LOOK_S = 0.25
"""How soon a cancellation is seen."""
TELL_S = 1.0
"""How often progress is written at most."""
MOST_DEATHS, MOST_OVERRUNS = 5, 2
"""So many deaths of its process, or runs into its time limit, end a task."""
WHOLE = 0.95
"""The part of an activity's time limit after which its task is ended from here."""
LONGEST_SILENCE = timedelta(hours=6)
"""How long a store that does not answer is waited for."""

Wanted = Callable[[Session, TenantId, UUID], bool]


class RunStoppedError(Exception):
    """The run was cancelled, or removed, while it was computed."""


class OverrunError(Exception):
    """What is computed has taken all the time that it may."""


class Setback(StrEnum):
    """What may befall a task more than once."""

    DEATH = "death"
    OVERRUN = "overrun"


SILENT_SINCE = "silent_since"
"""When the store did not answer a task for the first time."""


def times(setback: Setback) -> int:
    """Note a setback of this activity; return how many it has had, all tries together.

    What is noted goes with its beats, and so to the next try.
    """
    noted = _noted()
    count = int(noted.get(setback, 0)) + 1
    activity.heartbeat(noted | {setback: count})
    return count


def is_patient(now: datetime) -> bool:
    """Note that the store does not answer; tell whether it is to be waited for."""
    noted = _noted()
    since = datetime.fromisoformat(noted.setdefault(SILENT_SINCE, now.isoformat()))
    activity.heartbeat(noted)
    return now - since < LONGEST_SILENCE


def _noted() -> dict[str, Any]:
    told = activity.info().heartbeat_details
    return dict(told[0]) if told else {}


class Order(Protocol):
    """What names a row."""

    @property
    def tenant_id(self) -> str:
        """Whose it is."""

    @property
    def backtest_id(self) -> str:
        """Which one it is."""


@dataclass(frozen=True)
class Place:
    """Which run is meant."""

    tenant_id: TenantId
    backtest_id: UUID


def place_of(order: Order) -> Place:
    """Return which run is meant."""
    return Place(TenantId(UUID(order.tenant_id)), UUID(order.backtest_id))


class Computing:
    """Lets a process compute for a row, for as long as the row wants it."""

    def __init__(self, engine: Engine, calculators: Calculators) -> None:
        self._engine = engine
        self._calculators = calculators

    def answer(
        self,
        place: Place,
        task: Task,
        *,
        wanted: Wanted = goes_on,
        tells: bool = True,
    ) -> Reply:
        """Return what came of the task; on the way, ``tells`` how far it is.

        Raises:
            RunStoppedError: it is not ``wanted`` any more, and what computed it is
                killed.
            UnavailableError: the process died, or had no more time; another try may
                do better.
        """
        calculator = self._calculators.take()
        try:
            calculator.give(task)
            reply = self._hear_out(calculator, place, wanted, tells=tells)
        except DiedError:
            calculator.kill()
            if times(Setback.DEATH) < MOST_DEATHS:
                raise UnavailableError("the process that computed has died") from None
            message = "the run was killed again and again: it may need too much memory"
            return Reply(Kind.REFUSED, code="out_of_memory", message=message)
        except OverrunError:
            calculator.kill()
            if times(Setback.OVERRUN) < MOST_OVERRUNS:
                raise UnavailableError("the time limit was reached") from None
            message = "the run takes longer than it may: choose less to compute"
            return Reply(Kind.REFUSED, code="too_long", message=message)
        except BaseException:
            calculator.kill()
            raise
        self._calculators.give_back(calculator)
        return reply

    def _hear_out(
        self, calculator: Calculator, place: Place, wanted: Wanted, *, tells: bool
    ) -> Reply:
        told, percent, due = 0, 0, time.monotonic() + TELL_S
        ends = time.monotonic() + _time_limit_s()
        while True:
            reply = calculator.hear(LOOK_S)
            if reply is not None and reply.kind is not Kind.PROGRESS:
                return reply
            if time.monotonic() >= ends:
                raise OverrunError
            percent = reply.percent if reply else percent
            if tells and percent != told and time.monotonic() >= due:
                told, due = percent, time.monotonic() + TELL_S
                self._tell(place, percent)
            elif reply is None:
                self._look(place, wanted)

    def _tell(self, place: Place, percent: int) -> None:
        with self.transaction(place) as session:
            where = place.tenant_id, place.backtest_id
            if not note_progress(session, *where, percent, utc_now()):
                raise RunStoppedError

    def _look(self, place: Place, wanted: Wanted) -> None:
        with self.transaction(place) as session:
            if not wanted(session, place.tenant_id, place.backtest_id):
                raise RunStoppedError

    def transaction(self, place: Place) -> AbstractContextManager[Session]:
        """Open a transaction of the row's tenant."""
        return tenant_transaction(self._engine, place.tenant_id)


def _time_limit_s() -> float:
    limit = activity.info().start_to_close_timeout
    return math.inf if limit is None else WHOLE * limit.total_seconds()
