"""Which refunds are one and the same, as far as the gateway lets that be known.

Its number for the refund settles it. Without one, two events of equal amounts about one
payment may tell of one refund or of two. Then the second is believed only where an
admin asked for that much; else a person compares with the gateway, because what was
taken from a wallet by mistake is worse than what is taken late.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing.gateway_tables import GatewayPayment, Refund
from abtpro_saas.billing.gateways.port import Notice
from abtpro_saas.billing.words import PaymentState, RefundState
from abtpro_saas.ids import TenantId


def told_before(
    session: Session, tenant_id: TenantId, account_id: UUID, notice: Notice
) -> Refund | None:
    """Return the refund that ``notice`` tells of, if this or another event did."""
    same_event = Refund.event_id == notice.event_id
    same = same_event
    if notice.refund_id is not None:
        same |= Refund.gateway_refund_id == notice.refund_id
    query = (
        select(Refund)
        .where(
            Refund.tenant_id == tenant_id, Refund.gateway_account_id == account_id, same
        )
        .order_by(same_event.desc().nulls_last())
    )
    return session.scalars(query.limit(1)).one_or_none()


def may_be_booked(session: Session, refund: Refund, payment: GatewayPayment) -> bool:
    """Tell whether ``refund`` may have been booked under another event already.

    Nobody doubts what pays out a refund that an admin asked for.
    """
    query = select(Refund.gateway_refund_id).where(
        Refund.tenant_id == refund.tenant_id,
        Refund.gateway_account_id == refund.gateway_account_id,
        Refund.gateway_txn_id == refund.gateway_txn_id,
        Refund.amount == refund.amount,
        Refund.state == RefundState.DONE,
    )
    numbers = session.scalars(query).all()
    if not numbers or (refund.gateway_refund_id and all(numbers)):
        return False
    return _still_owed(session, payment) < refund.amount


def _still_owed(session: Session, payment: GatewayPayment) -> int:
    if payment.state != PaymentState.CREDITED or payment.topup_id is None:
        return 0
    asked = owed(session, payment.tenant_id, payment.topup_id)
    return sum(each.amount - each.paid_out for each in asked)


def owed(session: Session, tenant_id: TenantId, topup_id: UUID) -> Sequence[Refund]:
    """Return the refunds that an admin asked for and that are owed, oldest first."""
    query = (
        select(Refund)
        .where(
            Refund.tenant_id == tenant_id,
            Refund.topup_id == topup_id,
            Refund.state == RefundState.REQUESTED,
        )
        .order_by(Refund.refund_id)
        .with_for_update()
    )
    return session.scalars(query).all()
