"""The trail of who did what from where, done or refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.identity.platform_tables import OperatorAudit
from abtpro_saas.identity.tables import AuditEntry
from abtpro_saas.identity.words import ActorKind, Outcome
from abtpro_saas.ids import TenantId

Place = tuple[datetime, UUID]
"""Where a page of the trail ended: (at, entry_id)."""


@dataclass(frozen=True)
class Filter:
    """Which entries are asked for; None asks for all; times are [since, until)."""

    actor_id: UUID | None = None
    action: str | None = None
    subject: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    session: Session,
    *,
    tenant_id: TenantId,
    actor_kind: ActorKind,
    actor_id: UUID | None,
    action: str,
    subject: str | None = None,
    detail: dict[str, Any] | None = None,
    address: str | None = None,
    request_id: str | None = None,
    outcome: Outcome = Outcome.DONE,
    code: str | None = None,
    now: datetime,
) -> None:
    """Write one entry, in the transaction of what it tells of.

    ``detail`` is readable by the tenant's admins: no secrets in it.
    """
    session.add(
        AuditEntry(
            tenant_id=tenant_id,
            at=now,
            actor_kind=actor_kind,
            actor_id=actor_id,
            action=action,
            subject=subject,
            detail=detail or {},
            address=address,
            request_id=request_id,
            outcome=outcome,
            code=code,
        )
    )


def record_operator(
    session: Session,
    *,
    operator_id: UUID | None,
    action: str,
    subject: str | None = None,
    detail: dict[str, Any] | None = None,
    address: str | None = None,
    request_id: str | None = None,
    outcome: Outcome = Outcome.DONE,
    code: str | None = None,
    now: datetime,
) -> None:
    """Write one entry of the operators' own trail; ``session`` is of their role."""
    session.add(
        OperatorAudit(
            at=now,
            operator_id=operator_id,
            action=action,
            subject=subject,
            detail=detail or {},
            address=address,
            request_id=request_id,
            outcome=outcome,
            code=code,
        )
    )


def search(
    session: Session,
    tenant_id: TenantId,
    wanted: Filter,
    *,
    before: Place | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """Return up to ``limit`` entries, the newest first, those older than ``before``."""
    chosen = _chosen(tenant_id, wanted)
    if before is not None:
        chosen = chosen.where(_place < tuple_(*before))
    newest_first = chosen.order_by(AuditEntry.at.desc(), AuditEntry.entry_id.desc())
    return list(session.scalars(newest_first.limit(limit)))


def oldest(
    session: Session,
    tenant_id: TenantId,
    wanted: Filter,
    *,
    after: Place | None,
    limit: int,
) -> list[AuditEntry]:
    """Return up to ``limit`` entries, the oldest first, those newer than ``after``."""
    chosen = _chosen(tenant_id, wanted)
    if after is not None:
        chosen = chosen.where(_place > tuple_(*after))
    oldest_first = chosen.order_by(AuditEntry.at, AuditEntry.entry_id)
    return list(session.scalars(oldest_first.limit(limit)))


def count(session: Session, tenant_id: TenantId, wanted: Filter, *, most: int) -> int:
    """Return how many entries are asked for, counting to ``most`` and no further."""
    chosen = _chosen(tenant_id, wanted).with_only_columns(AuditEntry.entry_id)
    counted = select(func.count()).select_from(chosen.limit(most).subquery())
    return session.scalar(counted) or 0


def export(
    session: Session, tenant_id: TenantId, wanted: Filter, *, batch_size: int = 1000
) -> Iterator[AuditEntry]:
    """Yield every entry asked for, the oldest first, a batch at a time in memory."""
    after: Place | None = None
    while True:
        batch = oldest(session, tenant_id, wanted, after=after, limit=batch_size)
        yield from batch
        if len(batch) < batch_size:
            return
        after = (batch[-1].at, batch[-1].entry_id)
        for entry in batch:
            session.expunge(entry)


_place = tuple_(AuditEntry.at, AuditEntry.entry_id)


def _chosen(tenant_id: TenantId, wanted: Filter) -> Select[AuditEntry]:
    chosen = select(AuditEntry).where(AuditEntry.tenant_id == tenant_id)
    for column, value in (
        (AuditEntry.actor_id, wanted.actor_id),
        (AuditEntry.action, wanted.action),
        (AuditEntry.subject, wanted.subject),
        (AuditEntry.outcome, wanted.outcome),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if wanted.since is not None:
        chosen = chosen.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        chosen = chosen.where(AuditEntry.at < wanted.until)
    return chosen
