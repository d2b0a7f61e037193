"""Runs as their owner sees them, and certificates as anybody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from abtpro_saas.backtesting.certificate import OF_FILE
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RunKind, RunStatus
from abtpro_saas.database import plain_transaction
from abtpro_saas.errors import ConflictError, NotFoundError
from abtpro_saas.ids import TenantId, UserId


class NotCompletedError(ConflictError):
    """A run that has not completed has no results, nor has a study trades."""

    code = "backtest_not_completed"


@dataclass(frozen=True)
class Certified:
    """What a certificate says; ``runs`` is how often this very result came out.

    ``rerun`` is what the latest computation again has shown, at ``rerun_at``.
    """

    certified: dict[str, Any]
    metrics: dict[str, Any]
    simulated: bool
    first_at: datetime
    runs: int
    rerun: dict[str, Any] | None
    rerun_at: datetime | None

    @property
    def brought(self) -> bool:
        """Whether it certifies data that somebody brought as a file."""
        return str(self.certified.get("exchange")).startswith(OF_FILE)


def get_run(
    session: Session, tenant_id: TenantId, backtest_id: UUID, owner: UserId
) -> Backtest:
    """Return a run of the owner's.

    Raises:
        NotFoundError: there is none, it is somebody else's, or it was removed.
    """
    run = session.get(Backtest, (tenant_id, backtest_id))
    if run is None or run.user_id != owner or run.removed_at is not None:
        raise NotFoundError("there is no such backtest")
    return run


def completed_run(
    session: Session, tenant_id: TenantId, backtest_id: UUID, owner: UserId
) -> Backtest:
    """Return a run of the owner's that has results.

    Raises:
        NotFoundError: as ``get_run``.
        NotCompletedError: it has none, or not yet; a study has findings.
    """
    run = get_run(session, tenant_id, backtest_id, owner)
    if run.kind != RunKind.RUN:
        raise NotCompletedError("this is no run: it has findings, and no trades")
    if run.status != RunStatus.COMPLETED:
        raise NotCompletedError(f"this backtest is {run.status}: it has no results")
    return run


def list_runs(
    session: Session,
    tenant_id: TenantId,
    owner: UserId,
    *,
    status: str | None = None,
    strategy: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[Backtest]:
    """Return the owner's runs, newest first; the last one's id is the cursor."""
    query = select(Backtest).where(
        Backtest.tenant_id == tenant_id,
        Backtest.user_id == owner,
        Backtest.removed_at.is_(None),
    )
    if status is not None:
        query = query.where(Backtest.status == status)
    if strategy is not None:
        query = query.where(Backtest.strategy == strategy)
    if kind is not None:
        query = query.where(Backtest.kind == kind)
    if before is not None:
        query = query.where(Backtest.backtest_id < before)
    return session.scalars(
        query.order_by(Backtest.backtest_id.desc()).limit(limit)
    ).all()


def find_certificate(engine: Engine, certificate: str) -> Certified:
    """Return what a certificate says, wherever it was made.

    Raises:
        NotFoundError: nothing that was computed here has this certificate.
    """
    with plain_transaction(engine) as session:
        row: Any = session.execute(
            text("SELECT * FROM find_certificate(:asked)"), {"asked": certificate}
        ).one_or_none()
    if row is None:
        raise NotFoundError("nothing that was computed here has this certificate")
    return Certified(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
