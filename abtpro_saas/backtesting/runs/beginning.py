"""What a run is computed from, decided at the moment when it begins."""

from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import fingerprint_of
from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.runs.admission import wake_pages
from abtpro_saas.backtesting.runs.ending import fail
from abtpro_saas.backtesting.runs.matching import matched_again, named
from abtpro_saas.backtesting.runs.repeating import repeat
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING, STUDIES, RunKind, RunStatus
from abtpro_saas.contracts.entitlements import require_feature
from abtpro_saas.errors import ConflictError, DomainError
from abtpro_saas.ids import TenantId, UserId

CANDLE_NOISE = "candle_noise"


class DataChangedError(ConflictError):
    """The candles are not those any more that a study is about."""

    code = "series_changed"


def begin(
    session: Session, run: Backtest, root: str, *, most: int, now: datetime
) -> Task | None:
    """Return what is to compute for a held run, or None where nothing is.

    What is asked of its owner's contract is asked now, and its data are those of now:
    a run that waited may be refused. One that had begun before begins again.
    """
    if not start(session, run, most=most, now=now):
        return None
    if run.kind == RunKind.RERUN:
        return repeat(session, run, root, most=most, now=now)
    return task_of(session, run, root)


def start(session: Session, run: Backtest, *, most: int, now: datetime) -> bool:
    """Let a held run or study begin, or begin again; False where nothing is to do.

    What a study has tried counts for the data that it began with: once these have
    changed, it cannot go on.
    """
    if run.admitted_at is None or run.completed_at is not None:
        return False
    try:
        whose = session, run.tenant_id, run.user_id
        if not (run.kind == RunKind.RERUN and run.studied):  # asked by an operator
            require_features(*whose, level=run.ordered["level"], now=now)
        if reads_candles(run) and run.kind != RunKind.RERUN:
            _match_again(session, run)
    except DomainError as error:
        fail(session, run, error.code, str(error), most=most, now=now)
        return False
    run.status, run.started_at = RunStatus.RUNNING, run.started_at or now
    run.seen_at = now
    session.flush()
    wake_pages(session, run)
    return True


def task_of(
    session: Session, run: Backtest, root: str, *, with_candles: bool = True
) -> Task:
    """Return the task of a run that has begun.

    Raises:
        DataGoneError: its candles were removed since.
    """
    wanted = run.series if with_candles and reads_candles(run) else ()
    found = matched_again(session, run.tenant_id, wanted)
    return Task(
        root=root,
        order=run.ordered,
        sources=[
            Source(each.location, each.symbol, each.timeframe, each.fingerprint)
            for each in found
        ],
        results=location_of(run.tenant_id, run.backtest_id),
    )


def reads_candles(run: Backtest) -> bool:
    """Tell whether there is nothing without candles: to shuffle trades needs none."""
    if run.kind != RunKind.MONTE_CARLO:
        return True
    return (run.studied or {}).get("method") == CANDLE_NOISE


def _match_again(session: Session, run: Backtest) -> None:
    found = matched_again(session, run.tenant_id, run.series)
    traded = found[: len(run.symbols)]
    fingerprint = fingerprint_of([each.fingerprint for each in traded])
    has_begun = run.started_at is not None or run.kind == RunKind.MONTE_CARLO
    if run.kind in STUDIES and has_begun and fingerprint != run.fingerprint:
        raise DataChangedError("the candles changed meanwhile: begin anew")
    run.series, run.fingerprint = [named(each) for each in found], fingerprint


def require_features(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    level: str,
    now: datetime,
) -> None:
    """Ask for backtesting, and for the feature that a strategy's level is.

    Raises:
        FeatureNeededError: the contract does not give one of them, or not now.
    """
    for feature in (BACKTESTING, level):
        require_feature(session, tenant_id, user_id, feature, now)
