"""A certified run is queued to be computed again, for its owner or an operator."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.orders import order_from
from abtpro_saas.backtesting.runs.admission import hold_queue
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.runs.ordering import Ready, Study, put
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RunKind
from abtpro_saas.database import existing, plain_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.ids import TenantId, UserId

OPERATOR = "operator"
"""Who asked for a rerun, where it was not the run's owner: no contract is needed."""


def order_rerun(
    session: Session,
    tenant_id: TenantId,
    backtest_id: UUID,
    owner: UserId,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Return a rerun of the owner's run that waits for its turn, or has it.

    While one goes on, another is not begun: it is the answer.

    Raises:
        NotFoundError, NotCompletedError: there is no such run, or no result yet.
        TooManyRunsError: the user has many runs that have not ended.
    """
    run = completed_run(session, tenant_id, backtest_id, owner)
    return _queue(session, run, None, most=most, now=now)


def order_rerun_of(
    session: Session,
    tenant_id: TenantId,
    backtest_id: UUID,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Return the same for an operator: in its owner's queue, whatever their contract.

    Raises:
        TooManyRunsError: as ``order_rerun``.
    """
    run = existing(session.get(Backtest, (tenant_id, backtest_id)))
    return _queue(session, run, OPERATOR, most=most, now=now)


def latest_rerun(session: Session, run: Backtest) -> Backtest | None:
    """Return the last rerun of a run, if it was ever computed again."""
    query = (
        select(Backtest)
        .where(
            Backtest.tenant_id == run.tenant_id,
            Backtest.parent_id == run.backtest_id,
            Backtest.kind == RunKind.RERUN,
        )
        .order_by(Backtest.backtest_id.desc())
        .limit(1)
    )
    return session.scalar(query)


def find_certified_run(engine: Engine, certificate: str) -> tuple[TenantId, UUID]:
    """Return which run of which tenant has a certificate: the latest one that is kept.

    Raises:
        NotFoundError: none has it.
    """
    with plain_transaction(engine) as session:
        found = session.execute(
            text("SELECT tenant_id, subject_id FROM find_certified_run(:asked)"),
            {"asked": certificate},
        ).one_or_none()
    if found is None:
        raise NotFoundError("nothing that was computed here has this certificate")
    return TenantId(found.tenant_id), found.subject_id


def _queue(
    session: Session, run: Backtest, by: str | None, *, most: int, now: datetime
) -> Backtest:
    hold_queue(session, run.tenant_id, run.user_id)
    earlier = latest_rerun(session, run)
    if earlier is not None and earlier.completed_at is None:
        return earlier
    ready = Ready(order_from(run.ordered), run.series, run.ordered["level"])
    study = Study(RunKind.RERUN, {"by": by} if by else None, 0, run.backtest_id)
    owner = run.tenant_id, UserId(run.user_id)
    return put(session, *owner, ready, study, most=most, now=now)
