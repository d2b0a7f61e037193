"""What a backtest's process does: let another compute, watch, write down."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from temporalio import activity

from abtpro_saas.backtesting.messages import BacktestStanding, PerformBacktest
from abtpro_saas.backtesting.processes.calculators import (
    Calculator,
    Calculators,
    DiedError,
)
from abtpro_saas.backtesting.processes.tasks import Kind, Reply, Task
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.beginning import begin
from abtpro_saas.backtesting.runs.ending import Outcome, cancel, complete, fail
from abtpro_saas.backtesting.runs.watching import goes_on, note_progress
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import ENDED
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.life.review import renew_where_due
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import UnavailableError
from abtpro_saas.ids import TenantId
from abtpro_saas.settings import Settings
from abtpro_saas.telemetry import BACKTEST_QUEUE, BACKTEST_RUN

LOOK_S = 0.25
"""How soon a cancellation is seen."""
TELL_S = 1.0
"""How often progress is written at most."""
MOST_DEATHS = 5
"""After so many tries a run whose process dies each time is given up."""
LONGEST_WAIT = timedelta(hours=6)
"""How long a store that does not answer is waited for."""


class RunStoppedError(Exception):
    """The run was cancelled, or removed, while it was computed."""


@dataclass(frozen=True)
class _Place:
    """Which run is meant."""

    tenant_id: TenantId
    backtest_id: UUID


class BacktestActivities:
    """Holds the engine, and who computes; the worker registers its methods."""

    def __init__(
        self, engine: Engine, settings: Settings, calculators: Calculators
    ) -> None:
        self._engine = engine
        self._root = settings.backtest_data_path
        self._most = settings.max_concurrent_backtests
        self._calculators = calculators

    @activity.defn
    def run_backtest(self, order: PerformBacktest) -> BacktestStanding:
        """Compute a run unless it has ended; computed again, it ends the same."""
        place = _place(order)
        task = self._begin(place)
        if task is not None:
            self._compute(place, task)
        with self._transaction(place) as session:
            run = session.get_one(Backtest, (place.tenant_id, place.backtest_id))
            return BacktestStanding(run.status, run.error or "")

    @activity.defn
    def cancel_backtest(self, order: PerformBacktest) -> BacktestStanding:
        """Cancel a run whose process was cancelled; one that has ended stays so."""
        place = _place(order)
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            if run.status not in ENDED:
                cancel(session, run, most=self._most, now=utc_now())
            return BacktestStanding(run.status, "")

    def _begin(self, place: _Place) -> Task | None:
        """Return what is to compute; a renewal that is due is tried before."""
        now, where = utc_now(), (place.tenant_id, place.backtest_id)
        with self._transaction(place) as session:
            user_id = session.get_one(Backtest, where).user_id
        renew_where_due(self._engine, place.tenant_id, user_id, now)
        with self._transaction(place) as session:
            run = hold_run(session, *where)
            is_first = run.started_at is None
            task = begin(session, run, str(self._root), most=self._most, now=now)
        if task is not None and is_first:
            waited = now - run.created_at
            BACKTEST_QUEUE.labels(run.engine).observe(waited.total_seconds())
        return task

    def _compute(self, place: _Place, task: Task) -> None:
        began = time.monotonic()
        try:
            reply = self._answer(place, task)
        except RunStoppedError:
            return
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            self._write(session, run, reply)
        BACKTEST_RUN.labels(run.engine).observe(time.monotonic() - began)

    def _write(self, session: Session, run: Backtest, reply: Reply) -> None:
        now = utc_now()
        if reply.kind is Kind.DONE:
            outcome = Outcome(
                reply.values["metrics"],
                reply.values["undefined"],
                reply.values["certified"],
            )
            complete(session, run, outcome, most=self._most, now=now)
        elif reply.kind is Kind.REFUSED or now - run.created_at > LONGEST_WAIT:
            fail(session, run, reply.code, reply.message, most=self._most, now=now)
        else:
            raise UnavailableError(reply.message)

    def _answer(self, place: _Place, task: Task) -> Reply:
        """Return what came of the task.

        Raises:
            RunStoppedError: it was cancelled meanwhile.
            UnavailableError: the process died; another try may do better.
        """
        calculator = self._calculators.take()
        try:
            calculator.give(task)
            reply = self._hear_out(calculator, place)
        except DiedError:
            calculator.kill()
            if activity.info().attempt < MOST_DEATHS:
                raise UnavailableError("the process that computed has died") from None
            message = "the run was killed again and again: it may need too much memory"
            return Reply(Kind.REFUSED, code="out_of_memory", message=message)
        except BaseException:
            calculator.kill()
            raise
        self._calculators.give_back(calculator)
        return reply

    def _hear_out(self, calculator: Calculator, place: _Place) -> Reply:
        told, percent, due = 0, 0, time.monotonic() + TELL_S
        while True:
            reply = calculator.hear(LOOK_S)
            if reply is not None and reply.kind is not Kind.PROGRESS:
                return reply
            percent = reply.percent if reply else percent
            if percent != told and time.monotonic() >= due:
                told, due = percent, time.monotonic() + TELL_S
                self._tell(place, percent)
            elif reply is None:
                self._look(place)

    def _tell(self, place: _Place, percent: int) -> None:
        with self._transaction(place) as session:
            where = place.tenant_id, place.backtest_id
            if not note_progress(session, *where, percent, utc_now()):
                raise RunStoppedError

    def _look(self, place: _Place) -> None:
        with self._transaction(place) as session:
            if not goes_on(session, place.tenant_id, place.backtest_id):
                raise RunStoppedError

    def _transaction(self, place: _Place) -> AbstractContextManager[Session]:
        return tenant_transaction(self._engine, place.tenant_id)


def _place(order: PerformBacktest) -> _Place:
    return _Place(TenantId(UUID(order.tenant_id)), UUID(order.backtest_id))
