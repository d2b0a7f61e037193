"""What a tenant's staff see of its money: top-ups, parked payments, open incidents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.billing.gateway_tables import GatewayPayment, Incident
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.words import PaymentState, TopupStatus
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import TenantId
from abtpro_saas.money import THB, Satang


@dataclass(frozen=True)
class TopupFilter:
    """Which top-ups are asked for; the instants are [since, until)."""

    status: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Attention:
    """What waits for an admin; ``suspended`` in satang, of baht alone."""

    parked: int
    suspended: Satang
    incidents: int
    pending: int


_BAHT = func.sum(GatewayPayment.amount).filter(GatewayPayment.currency == THB)


def list_topups(
    session: Session,
    tenant_id: TenantId,
    chosen: TopupFilter,
    *,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> list[tuple[Topup, str]]:
    """Return (top-up, its user's e-mail), newest first."""
    query = (
        select(Topup, User.email)
        .join(
            User, (User.tenant_id == Topup.tenant_id) & (User.user_id == Topup.user_id)
        )
        .where(Topup.tenant_id == tenant_id, *_conditions(chosen))
        .order_by(Topup.created_at.desc(), Topup.topup_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(Topup.created_at, Topup.topup_id) < tuple_(*before))
    return [(topup, email) for topup, email in session.execute(query)]


def payments_of(
    session: Session, tenant_id: TenantId, topup_id: UUID
) -> Sequence[GatewayPayment]:
    """Return what was paid for a top-up, oldest first."""
    query = select(GatewayPayment).where(
        GatewayPayment.tenant_id == tenant_id, GatewayPayment.topup_id == topup_id
    )
    return session.scalars(query.order_by(GatewayPayment.received_at)).all()


def open_incidents(
    session: Session, tenant_id: TenantId, *, limit: int = 50
) -> Sequence[Incident]:
    """Return incidents that nobody has closed, newest first."""
    query = select(Incident).where(
        Incident.tenant_id == tenant_id, Incident.closed_at.is_(None)
    )
    return session.scalars(query.order_by(Incident.opened_at.desc()).limit(limit)).all()


def attention(session: Session, tenant_id: TenantId) -> Attention:
    """Return how much waits for an admin of the tenant."""
    parked = session.execute(
        select(func.count(), func.coalesce(_BAHT, 0)).where(
            GatewayPayment.tenant_id == tenant_id,
            GatewayPayment.state == PaymentState.SUSPENSE,
        )
    ).one()
    incidents = _count(
        session, Incident.tenant_id == tenant_id, Incident.closed_at.is_(None)
    )
    pending = _count(
        session, Topup.tenant_id == tenant_id, Topup.status == TopupStatus.PENDING
    )
    return Attention(parked[0], Satang(int(parked[1])), incidents, pending)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def _conditions(chosen: TopupFilter) -> Iterator[ColumnElement[bool]]:
    if chosen.status is not None:
        yield Topup.status == chosen.status
    if chosen.reference is not None:
        yield Topup.reference == chosen.reference
    if chosen.since is not None:
        yield Topup.created_at >= chosen.since
    if chosen.until is not None:
        yield Topup.created_at < chosen.until
