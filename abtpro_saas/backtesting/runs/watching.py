"""What a worker asks and tells of a run while it is computed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RUN_TOPIC, RUNS_TOPIC, RunStatus
from abtpro_saas.ids import TenantId
from abtpro_saas.wakes import wake_after_commit


def note_progress(
    session: Session,
    tenant_id: TenantId,
    backtest_id: UUID,
    percent: int,
    now: datetime,
) -> bool:
    """Write how far a run is, and tell open pages; False where it runs no more."""
    written = (
        update(Backtest)
        .where(
            Backtest.tenant_id == tenant_id,
            Backtest.backtest_id == backtest_id,
            Backtest.status == RunStatus.RUNNING,
        )
        .values(progress=percent, seen_at=now)
        .returning(Backtest.user_id)
    )
    owner = session.scalar(written)
    if owner is None:
        return False
    wake_after_commit(session, RUN_TOPIC, str(tenant_id), str(backtest_id))
    wake_after_commit(session, RUNS_TOPIC, str(tenant_id), str(owner))
    return True


def goes_on(session: Session, tenant_id: TenantId, backtest_id: UUID) -> bool:
    """Tell whether a run is still to be computed."""
    query = select(Backtest.status).where(
        Backtest.tenant_id == tenant_id, Backtest.backtest_id == backtest_id
    )
    return session.scalar(query) == RunStatus.RUNNING
