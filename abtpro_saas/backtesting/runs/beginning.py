"""What a run is computed from, decided at the moment when it begins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import fingerprint_of
from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.runs.admission import wake_pages
from abtpro_saas.backtesting.runs.ending import fail
from abtpro_saas.backtesting.runs.matching import matched_again, named
from abtpro_saas.backtesting.runs.repeating import repeat
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING, SEARCHES, RunKind, RunStatus
from abtpro_saas.contracts.entitlements import require_feature
from abtpro_saas.errors import DomainError
from abtpro_saas.ids import TenantId, UserId


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
    return Task(
        root=root,
        order=run.ordered,
        sources=[_source(each) for each in run.series],
        results=location_of(run.tenant_id, run.backtest_id),
    )


def start(session: Session, run: Backtest, *, most: int, now: datetime) -> bool:
    """Let a held run or study begin, or begin again; False where nothing is to do.

    A run's data are those of now; what a study has tried counts for the data that it
    began with, and those of a rerun or a Monte Carlo are its run's.
    """
    if run.admitted_at is None or run.completed_at is not None:
        return False
    try:
        whose = session, run.tenant_id, run.user_id
        if not (run.kind == RunKind.RERUN and run.studied):  # asked by an operator
            require_features(*whose, level=run.ordered["level"], now=now)
        if run.kind == RunKind.RUN or (run.kind in SEARCHES and not run.started_at):
            found = matched_again(session, run.tenant_id, run.series)
            run.series = [named(each) for each in found]
            traded = found[: len(run.symbols)]
            run.fingerprint = fingerprint_of([each.fingerprint for each in traded])
    except DomainError as error:
        fail(session, run, error.code, str(error), most=most, now=now)
        return False
    run.status, run.started_at = RunStatus.RUNNING, run.started_at or now
    run.seen_at = now
    session.flush()
    wake_pages(session, run)
    return True


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
    both = BACKTESTING, level
    for feature in both:
        require_feature(session, tenant_id, user_id, feature, now, beside=both)


def _source(named: Mapping[str, Any]) -> Source:
    """Return where the candles of a series are that a run was just matched with."""
    return Source(
        str(named["location"]),
        str(named["symbol"]),
        str(named["timeframe"]),
        str(named["fingerprint"]),
        bool(named.get("brought")),
    )
