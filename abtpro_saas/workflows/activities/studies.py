"""What a study's process does: see what is left, have it computed, write it down."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from temporalio import activity

from abtpro_saas.backtesting.messages import (
    BacktestStanding,
    PerformBacktest,
    PerformChunk,
    StudyStanding,
)
from abtpro_saas.backtesting.processes.calculators import Calculators
from abtpro_saas.backtesting.processes.tasks import Kind, Reply, Task
from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.ending import fail
from abtpro_saas.backtesting.studies.chunks import (
    Done,
    begin_study,
    chunk_task,
    note_chunk,
)
from abtpro_saas.backtesting.studies.ending import complete_study, findings_task
from abtpro_saas.backtesting.studies.examining import (
    examination_task,
    is_to_examine,
    note_examination,
    note_refusal,
)
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.life.review import renew_where_due
from abtpro_saas.errors import UnavailableError
from abtpro_saas.settings import Settings
from abtpro_saas.telemetry import BACKTEST_QUEUE, BACKTEST_RUN
from abtpro_saas.workflows.activities.computing import (
    Computing,
    Place,
    RunStoppedError,
    is_patient,
    place_of,
)


class StudyActivities:
    """Holds the engine, and who computes; the worker registers its methods."""

    def __init__(
        self, engine: Engine, settings: Settings, calculators: Calculators
    ) -> None:
        self._engine = engine
        self._root = str(settings.backtest_data_path)
        self._most = settings.max_concurrent_backtests
        self._at_once = settings.study_chunks_at_once
        self._computing = Computing(engine, calculators)
        self._transaction = self._computing.transaction

    @activity.defn
    def plan_study(self, order: PerformBacktest) -> StudyStanding:
        """Let a study begin, or go on; a renewal that is due is tried before."""
        place, now = place_of(order), utc_now()
        with self._transaction(place) as session:
            run = session.get_one(Backtest, (place.tenant_id, place.backtest_id))
        renew_where_due(self._engine, place.tenant_id, run.user_id, now)
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            is_first = run.started_at is None
            standing = begin_study(
                session, run, most=self._most, now=now, at_once=self._at_once
            )
        if is_first and run.started_at is not None:
            waited = now - run.created_at
            BACKTEST_QUEUE.labels(run.engine, run.kind).observe(waited.total_seconds())
        return standing

    @activity.defn
    def run_chunk(self, order: PerformChunk) -> str:
        """Compute one chunk unless it is done; return the study's status."""
        place, number = place_of(order), order.number
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            root, most, now, task = self._root, self._most, utc_now(), None
            with self._patiently(session, run, now):
                task = chunk_task(session, run, number, root, most=most, now=now)
        if task is None:
            return run.status
        with suppress(RunStoppedError):
            reply = self._computing.answer(place, task, tells=False)
            self._note(place, number, reply)
        return self._standing(place).status

    @activity.defn
    def conclude_study(self, order: PerformBacktest) -> BacktestStanding:
        """Write what all chunks come to, unless the study has ended."""
        place = place_of(order)
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            root, most, now, task = self._root, self._most, utc_now(), None
            with self._patiently(session, run, now):
                task = findings_task(session, run, root, most=most, now=now)
        if task is not None:
            with suppress(RunStoppedError):
                self._conclude(place, task)
        return self._standing(place)

    @activity.defn
    def examine_backtest(self, order: PerformBacktest) -> str:
        """Examine a run that has completed, unless that is done; return its status."""
        place = place_of(order)
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            try:
                task = examination_task(session, run, self._root)
            except UnavailableError as error:
                if is_patient(utc_now()):
                    raise
                note_refusal(session, run, error.code)
                task = None
        if task is not None:
            with suppress(RunStoppedError):
                self._examine(place, task)
        return run.status

    def _examine(self, place: Place, task: Task) -> None:
        reply = self._computing.answer(place, task, wanted=is_to_examine, tells=False)
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            if reply.kind is Kind.DONE:
                note_examination(session, run, reply.values["examination"])
            elif reply.kind is Kind.REFUSED or not is_patient(utc_now()):
                note_refusal(session, run, reply.code)
            else:
                raise UnavailableError(reply.message)

    def _conclude(self, place: Place, task: Task) -> None:
        reply = self._computing.answer(place, task)
        with self._transaction(place) as session:
            run, now = hold_run(session, place.tenant_id, place.backtest_id), utc_now()
            if self._is_done(session, run, reply, now):
                found = reply.values["findings"]
                complete_study(session, run, found, most=self._most, now=now)
        took = now - (run.started_at or now)
        BACKTEST_RUN.labels(run.engine, run.kind).observe(took.total_seconds())

    def _note(self, place: Place, number: int, reply: Reply) -> None:
        with self._transaction(place) as session:
            run, now = hold_run(session, place.tenant_id, place.backtest_id), utc_now()
            if self._is_done(session, run, reply, now):
                tried = TrialStats(**reply.values["tried"])
                done = Done(number, reply.values["digest"], tried)
                note_chunk(session, run, done, now)

    def _is_done(
        self, session: Session, run: Backtest, reply: Reply, now: datetime
    ) -> bool:
        """Tell whether there is something to write; a refusal ends the study.

        Raises:
            UnavailableError: the store does not answer: another try may help.
        """
        if reply.kind is Kind.DONE:
            return True
        if reply.kind is not Kind.REFUSED and is_patient(now):
            raise UnavailableError(reply.message)
        fail(session, run, reply.code, reply.message, most=self._most, now=now)
        return False

    @contextmanager
    def _patiently(
        self, session: Session, run: Backtest, now: datetime
    ) -> Iterator[None]:
        """Let a store that does not answer be tried again, and in the end fail a study.

        Raises:
            UnavailableError: it may answer yet.
        """
        try:
            yield
        except UnavailableError as error:
            if is_patient(now):
                raise
            fail(session, run, error.code, str(error), most=self._most, now=now)

    def _standing(self, place: Place) -> BacktestStanding:
        with self._transaction(place) as session:
            run = session.get_one(Backtest, (place.tenant_id, place.backtest_id))
            return BacktestStanding(run.status, run.error or "")
