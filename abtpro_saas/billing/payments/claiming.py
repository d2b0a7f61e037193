"""Money that was paid before its top-up could be seen here finds it afterwards.

A gateway may tell of a payment while the transaction that makes its top-up is still
open. Then the reference is unknown, the money is parked, and the first look at the
top-up claims it. What was refunded meanwhile counts as paid and refunded, as it would
had the top-up been seen.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateway_tables import GatewayPayment, Refund
from abtpro_saas.billing.incidents import close_by_itself
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.payments.gateway_refunds import (
    REFUNDED_BY_GATEWAY,
    allocation_source,
    payment_subject,
)
from abtpro_saas.billing.payments.refunds import note_refunded
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups.rules import Paid, Standing, flags_of
from abtpro_saas.billing.words import (
    AccountKind,
    IncidentKind,
    JournalKind,
    PaymentState,
    RefundState,
    TopupStatus,
)
from abtpro_saas.money import THB, Satang
from abtpro_saas.wakes import wake_after_commit


def claim_parked(session: Session, topup: Topup, most: Satang, now: datetime) -> None:
    """Credit what is parked under the reference of a locked top-up, up to ``most``."""
    for payment in _parked(session, topup, max(most, topup.amount)):
        standing = Standing(
            TopupStatus(topup.status),
            topup.amount,
            topup.credited,
            topup.expires_at,
            tuple(topup.flags),
        )
        topup.flags = list(flags_of(standing, Paid(payment.amount, payment.paid_at)))
        topup.status, topup.credited = (
            TopupStatus.SUCCESS,
            Satang(topup.credited + payment.amount),
        )
        topup.completed_at = topup.completed_at or now
        payment.state, payment.topup_id = PaymentState.CREDITED, topup.topup_id
        _post(session, topup, payment, now)
        _note_refunds(session, topup, payment, now)
        subject = payment_subject(payment)
        close_by_itself(session, topup.tenant_id, payment.reason, subject, now)
        tenant = str(topup.tenant_id)
        wake_after_commit(session, "topup", tenant, str(topup.topup_id))
        wake_after_commit(session, "wallet", tenant, str(topup.user_id))


def _parked(session: Session, topup: Topup, most: Satang) -> Sequence[GatewayPayment]:
    query = (
        select(GatewayPayment)
        .where(
            GatewayPayment.tenant_id == topup.tenant_id,
            GatewayPayment.gateway_account_id == topup.gateway_account_id,
            GatewayPayment.reference == topup.reference,
            GatewayPayment.state == PaymentState.SUSPENSE,
            GatewayPayment.reason == IncidentKind.UNKNOWN_REFERENCE,
            GatewayPayment.currency == THB,
            GatewayPayment.amount <= most,
        )
        .order_by(GatewayPayment.received_at)
        .with_for_update()
    )
    return session.scalars(query).all()


def _post(
    session: Session, topup: Topup, payment: GatewayPayment, now: datetime
) -> None:
    # What the gateway has paid back meanwhile is not there any more.
    held = payment.amount - payment.refunded
    suspense = ledger.account(
        session,
        topup.tenant_id,
        AccountKind.SUSPENSE,
        payment.gateway_account_id,
        now,
    )
    legs = (Leg(suspense, -held), Leg(topup.wallet_id, held))
    source = allocation_source(payment)
    draft = Draft(JournalKind.ALLOCATION, source, legs, topup.description)
    ledger.post(session, topup.tenant_id, draft, now)


def _note_refunds(
    session: Session, topup: Topup, payment: GatewayPayment, now: datetime
) -> None:
    """Count in the top-up what went back out of suspense, and tell the user."""
    if payment.refunded == 0:
        return
    session.flush()
    session.execute(
        update(Refund)
        .where(
            Refund.tenant_id == topup.tenant_id,
            Refund.gateway_account_id == payment.gateway_account_id,
            Refund.gateway_txn_id == payment.gateway_txn_id,
            Refund.state == RefundState.DONE,
        )
        .values(topup_id=topup.topup_id)
    )
    note_refunded(session, topup, payment.refunded, REFUNDED_BY_GATEWAY, now)
