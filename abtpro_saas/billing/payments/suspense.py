"""Money whose owner was unknown when it came: an admin finds them, or returns it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateway_tables import GatewayPayment
from abtpro_saas.billing.incidents import close_by_itself
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.messages import WalletCredited
from abtpro_saas.billing.payments.gateway_refunds import (
    allocation_source,
    payment_subject,
)
from abtpro_saas.billing.reasons import reason_of
from abtpro_saas.billing.words import AccountKind, JournalKind, PaymentState
from abtpro_saas.database import lock
from abtpro_saas.errors import ConflictError, InvalidError
from abtpro_saas.identity.people import get_user
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import THB
from abtpro_saas.outbox import leave
from abtpro_saas.wakes import wake_after_commit

PaymentKey = tuple[UUID, str]
"""A payment at a gateway account: the account's id and the gateway's number."""


class ResolvedError(ConflictError):
    """The money has found its way already."""

    code = "suspense_resolved"


class ForeignCurrencyError(InvalidError):
    """Only baht can go to a wallet; other money goes back."""

    code = "foreign_currency"


def list_suspense(
    session: Session,
    tenant_id: TenantId,
    *,
    state: PaymentState = PaymentState.SUSPENSE,
    limit: int = 50,
    before: tuple[datetime, str] | None = None,
) -> Sequence[GatewayPayment]:
    """Return parked payments (or once parked, now resolved), newest first."""
    place = tuple_(GatewayPayment.received_at, GatewayPayment.gateway_txn_id)
    query = select(GatewayPayment).where(
        GatewayPayment.tenant_id == tenant_id, GatewayPayment.state == state
    )
    if before is not None:
        query = query.where(place < before)
    order = (
        GatewayPayment.received_at.desc(),
        GatewayPayment.gateway_txn_id.desc(),
    )
    return session.scalars(query.order_by(*order).limit(limit)).all()


def allocate(
    session: Session,
    tenant_id: TenantId,
    key: PaymentKey,
    user_id: UserId,
    reason: str,
    *,
    by: UserId,
    now: datetime,
) -> GatewayPayment:
    """Credit parked money to the wallet of the user whose it is.

    Raises:
        ReasonNeededError: nobody says why.
        NotFoundError: no such payment, or no such user, at this tenant.
        ResolvedError: somebody was faster.
        ForeignCurrencyError: it is not in baht.
    """
    payment = _parked(session, tenant_id, key, reason)
    if payment.currency != THB:
        raise ForeignCurrencyError("only baht can be credited", "currency")
    get_user(session, tenant_id, user_id)
    wallet = ledger.wallet(session, tenant_id, user_id, now)
    _move(session, payment, wallet.account_id, JournalKind.ALLOCATION, now)
    _resolve(session, payment, f"CREDITED: {reason.strip()}", by, now)
    leave(session, WalletCredited(str(tenant_id), str(user_id)), now)
    wake_after_commit(session, "wallet", str(tenant_id), str(user_id))
    return payment


def send_back(
    session: Session,
    tenant_id: TenantId,
    key: PaymentKey,
    reason: str,
    *,
    by: UserId,
    now: datetime,
) -> GatewayPayment:
    """Book that parked money was returned to its payer through the gateway.

    The gateway's own notice of it, if one comes, changes nothing more.

    Raises:
        ReasonNeededError: nobody says why.
        NotFoundError: no such payment at this tenant.
        ResolvedError: somebody was faster.
    """
    payment = _parked(session, tenant_id, key, reason)
    clearing = ledger.account(
        session,
        tenant_id,
        AccountKind.CLEARING,
        payment.gateway_account_id,
        now,
        currency=payment.currency,
    )
    _move(session, payment, clearing, JournalKind.REFUND, now)
    _resolve(session, payment, f"RETURNED: {reason.strip()}", by, now)
    return payment


def _parked(
    session: Session, tenant_id: TenantId, key: PaymentKey, reason: str
) -> GatewayPayment:
    reason_of(reason)
    payment = lock(session, GatewayPayment, (tenant_id, *key))
    if payment.state != PaymentState.SUSPENSE:
        raise ResolvedError("this payment is not in suspense any more")
    return payment


def _move(
    session: Session,
    payment: GatewayPayment,
    target: UUID,
    kind: JournalKind,
    now: datetime,
) -> None:
    suspense = ledger.account(
        session,
        payment.tenant_id,
        AccountKind.SUSPENSE,
        payment.gateway_account_id,
        now,
        currency=payment.currency,
    )
    # What the gateway has paid back meanwhile is not there any more.
    held = payment.amount - payment.refunded
    legs = (Leg(suspense, -held), Leg(target, held))
    source = allocation_source(payment)
    draft = Draft(kind, source, legs, payment.reference, payment.currency)
    ledger.post(session, payment.tenant_id, draft, now)


def _resolve(
    session: Session,
    payment: GatewayPayment,
    resolution: str,
    by: UserId,
    now: datetime,
) -> None:
    payment.state, payment.resolution = PaymentState.RESOLVED, resolution
    payment.resolved_at, payment.resolved_by = now, by
    session.flush()
    subject = payment_subject(payment)
    close_by_itself(session, payment.tenant_id, payment.reason, subject, now, by=by)
