"""Whose run is next: so many of a user's at once, the oldest first, and no more.

What waits for its turn has no process and no place in a queue that others share, so
somebody with hundreds of runs delays nobody: in the queue of the processors each user
has as many as may run at once, and tenants take turns there.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.messages import start_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RUN_TOPIC, RUNS_TOPIC
from abtpro_saas.database import existing, lock, take_turns
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.outbox import leave
from abtpro_saas.wakes import wake_after_commit


def admit(
    session: Session, tenant_id: TenantId, user_id: UserId, most: int, now: datetime
) -> int:
    """Let a user's oldest waiting runs begin, up to ``most`` at once; return how many.

    The message that starts a run's process leaves in this very transaction.
    """
    hold_queue(session, tenant_id, user_id)
    chosen = _waiting(
        session, tenant_id, user_id, most - admitted(session, tenant_id, user_id)
    )
    for run in chosen:
        run.admitted_at = run.seen_at = now
        leave(session, start_of(run.kind, tenant_id, run.backtest_id, user_id), now)
        wake_pages(session, run)
    session.flush()
    return len(chosen)


def admitted(session: Session, tenant_id: TenantId, user_id: UserId) -> int:
    """Return how many of a user's runs have begun and not ended."""
    begun = select(func.count()).where(
        *_open(tenant_id, user_id), Backtest.admitted_at.is_not(None)
    )
    return session.scalar(begun) or 0


def open_runs(session: Session, tenant_id: TenantId, user_id: UserId) -> int:
    """Return how many of a user's runs have not ended."""
    query = select(func.count()).where(*_open(tenant_id, user_id))
    return session.scalar(query) or 0


def hold_queue(session: Session, tenant_id: TenantId, user_id: UserId) -> None:
    """Let one transaction at a time decide which of a user's runs begin and end."""
    take_turns(session, f"backtests:{tenant_id}:{user_id}")


def hold_run(session: Session, tenant_id: TenantId, backtest_id: UUID) -> Backtest:
    """Return a run as it is now, ours until commit, and its user's queue with it.

    Raises:
        NotFoundError: the tenant has no such run.
    """
    found = existing(session.get(Backtest, (tenant_id, backtest_id)))
    hold_queue(session, tenant_id, found.user_id)  # always before the row: no deadlock
    return lock(session, Backtest, (tenant_id, backtest_id))


def wake_pages(session: Session, run: Backtest) -> None:
    """Ask open pages to look at the run again, once this has committed."""
    tenant = str(run.tenant_id)
    wake_after_commit(session, RUN_TOPIC, tenant, str(run.backtest_id))
    wake_after_commit(session, RUNS_TOPIC, tenant, str(run.user_id))


def _waiting(
    session: Session, tenant_id: TenantId, user_id: UserId, limit: int
) -> Sequence[Backtest]:
    if limit <= 0:
        return ()
    query = (
        select(Backtest)
        .where(*_open(tenant_id, user_id), Backtest.admitted_at.is_(None))
        .order_by(Backtest.backtest_id)
        .limit(limit)
        .with_for_update()
    )
    return session.scalars(query, execution_options={"populate_existing": True}).all()


def _open(tenant_id: TenantId, user_id: UserId) -> tuple[ColumnElement[bool], ...]:
    return (
        Backtest.tenant_id == tenant_id,
        Backtest.user_id == user_id,
        Backtest.completed_at.is_(None),
    )
