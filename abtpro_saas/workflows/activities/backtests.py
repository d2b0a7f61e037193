"""What a backtest's process does: let another compute, watch, write down."""

import time

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from temporalio import activity

from abtpro_saas.backtesting.messages import BacktestStanding, PerformBacktest
from abtpro_saas.backtesting.processes.calculators import Calculators
from abtpro_saas.backtesting.processes.tasks import Kind, Reply, Task
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.beginning import begin
from abtpro_saas.backtesting.runs.ending import Outcome, cancel, complete, fail
from abtpro_saas.backtesting.runs.repeating import judge
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import ENDED, RunKind
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


class BacktestActivities:
    """Holds the engine, and who computes; the worker registers its methods."""

    def __init__(
        self, engine: Engine, settings: Settings, calculators: Calculators
    ) -> None:
        self._engine = engine
        self._root = str(settings.backtest_data_path)
        self._most = settings.max_concurrent_backtests
        self._computing = Computing(engine, calculators)
        self._transaction = self._computing.transaction

    @activity.defn
    def run_backtest(self, order: PerformBacktest) -> BacktestStanding:
        """Compute a run unless it has ended; computed again, it ends the same."""
        place = place_of(order)
        task = self._begin(place)
        if task is not None:
            self._compute(place, task)
        with self._transaction(place) as session:
            run = session.get_one(Backtest, (place.tenant_id, place.backtest_id))
            return BacktestStanding(run.status, run.error or "")

    @activity.defn
    def cancel_backtest(self, order: PerformBacktest) -> BacktestStanding:
        """Cancel a run whose process was cancelled; one that has ended stays so."""
        place = place_of(order)
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            if run.status not in ENDED:
                cancel(session, run, most=self._most, now=utc_now())
            return BacktestStanding(run.status, "")

    def _begin(self, place: Place) -> Task | None:
        """Return what is to compute; a renewal that is due is tried before."""
        now, where = utc_now(), (place.tenant_id, place.backtest_id)
        with self._transaction(place) as session:
            user_id = session.get_one(Backtest, where).user_id
        renew_where_due(self._engine, place.tenant_id, user_id, now)
        with self._transaction(place) as session:
            run = hold_run(session, *where)
            is_first = run.started_at is None
            try:
                task = begin(session, run, self._root, most=self._most, now=now)
            except UnavailableError as error:
                if is_patient(now):
                    raise
                fail(session, run, error.code, str(error), most=self._most, now=now)
                return None
        if task is not None and is_first:
            waited = now - run.created_at
            BACKTEST_QUEUE.labels(run.engine, run.kind).observe(waited.total_seconds())
        return task

    def _compute(self, place: Place, task: Task) -> None:
        began = time.monotonic()
        try:
            reply = self._computing.answer(place, task)
        except RunStoppedError:
            return
        with self._transaction(place) as session:
            run = hold_run(session, place.tenant_id, place.backtest_id)
            self._write(session, run, reply)
        BACKTEST_RUN.labels(run.engine, run.kind).observe(time.monotonic() - began)

    def _write(self, session: Session, run: Backtest, reply: Reply) -> None:
        now = utc_now()
        if reply.kind is Kind.DONE and run.kind == RunKind.RERUN:
            judge(session, run, reply.values["certified"], most=self._most, now=now)
        elif reply.kind is Kind.DONE:
            outcome = Outcome(
                reply.values["metrics"],
                reply.values["undefined"],
                reply.values["certified"],
            )
            complete(session, run, outcome, most=self._most, now=now)
        elif reply.kind is Kind.REFUSED or not is_patient(now):
            fail(session, run, reply.code, reply.message, most=self._most, now=now)
        else:
            raise UnavailableError(reply.message)
