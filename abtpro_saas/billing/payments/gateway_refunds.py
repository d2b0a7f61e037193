"""Refunds that the gateway tells of: paid out as asked, made by itself, or too early.

The money has left already. It settles first what is owed for refunds that an admin
asked for; the rest comes out of the wallet, and what the wallet no longer holds becomes
a receivable and an incident, never a silent minus.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateway_tables import GatewayPayment, Refund
from abtpro_saas.billing.gateways.port import Notice
from abtpro_saas.billing.incidents import close_by_itself, open_incident
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.payments.refund_numbers import (
    may_be_booked,
    owed,
    told_before,
)
from abtpro_saas.billing.payments.refunds import note_refunded
from abtpro_saas.billing.tables import Topup, Wallet
from abtpro_saas.billing.topups.locking import lock_topup, lock_unknown
from abtpro_saas.billing.words import (
    AccountKind,
    IncidentKind,
    JournalKind,
    Outcome,
    PaymentState,
    RefundSource,
    RefundState,
)
from abtpro_saas.database import lock, write_together
from abtpro_saas.ids import TenantId
from abtpro_saas.money import THB, Satang
from abtpro_saas.reruns import RaceLostError
from abtpro_saas.wakes import wake_after_commit

REFUNDED_BY_GATEWAY = "refunded by the gateway"
"""The reason of a refund that nobody here asked for."""


def gateway_refunded(
    session: Session,
    tenant_id: TenantId,
    account_id: UUID,
    notice: Notice,
    now: datetime,
) -> Outcome:
    """Book a refund that the gateway has made; before its payment is known, park it.

    Raises:
        RaceLostError: the wallet was spent from at this moment; run again.
    """
    topup = lock_topup(session, tenant_id, account_id, notice.reference)
    if topup is None:
        lock_unknown(session, tenant_id, notice.gateway_txn_id)
    known = told_before(session, tenant_id, account_id, notice)
    if known is not None:
        return _told_again(session, known, notice, now)
    refund = Refund(
        tenant_id=tenant_id,
        gateway_account_id=account_id,
        gateway_txn_id=notice.gateway_txn_id,
        event_id=notice.event_id,
        gateway_refund_id=notice.refund_id,
        amount=notice.amount,
        currency=notice.currency,
        reason=REFUNDED_BY_GATEWAY,
        source=RefundSource.GATEWAY,
        state=RefundState.PARKED,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    return _apply(session, refund, now)


def apply_parked(
    session: Session,
    tenant_id: TenantId,
    account_id: UUID,
    gateway_txn_id: str,
    now: datetime,
) -> None:
    """Book the refunds that came before their payment, now that it is there."""
    parked = session.scalars(
        select(Refund)
        .where(
            Refund.tenant_id == tenant_id,
            Refund.gateway_account_id == account_id,
            Refund.gateway_txn_id == gateway_txn_id,
            Refund.state == RefundState.PARKED,
        )
        .order_by(Refund.refund_id)
        .with_for_update()
    )
    for refund in parked.all():
        _apply(session, refund, now)


def _told_again(
    session: Session, known: Refund, notice: Notice, now: datetime
) -> Outcome:
    told = notice.gateway_txn_id, notice.amount, notice.currency
    if told != (known.gateway_txn_id, known.amount, known.currency):
        _alarm(session, known, IncidentKind.AMOUNT_MISMATCH, now, told=notice.amount)
        return Outcome.MISMATCH
    parked = known.state == RefundState.PARKED
    return _apply(session, known, now) if parked else Outcome.DUPLICATE


def _apply(session: Session, refund: Refund, now: datetime) -> Outcome:
    # Locked, so that nobody allocates or returns it at this moment.
    payment = session.get(
        GatewayPayment,
        (refund.tenant_id, refund.gateway_account_id, refund.gateway_txn_id),
        populate_existing=True,
        with_for_update=True,
    )
    if payment is None:
        _alarm(session, refund, IncidentKind.PARKED_REFUND, now)
        return Outcome.PARKED
    _calm(session, refund, IncidentKind.PARKED_REFUND, now)
    left = payment.amount - payment.refunded
    if refund.currency != payment.currency or refund.amount > left:
        _alarm(session, refund, IncidentKind.AMOUNT_MISMATCH, now)
        return Outcome.MISMATCH
    if may_be_booked(session, refund, payment):
        _alarm(session, refund, IncidentKind.REFUND_TOLD_AGAIN, now)
        return Outcome.PARKED
    if payment.state == PaymentState.SUSPENSE:
        _from_suspense(session, refund, payment, now)
    elif payment.state == PaymentState.CREDITED:
        _from_topup(session, refund, payment, now)
    else:
        _from_resolved(session, refund, payment, now)
    payment.refunded = Satang(payment.refunded + refund.amount)
    refund.state, refund.completed_at = RefundState.DONE, now
    refund.paid_out = refund.amount
    session.flush()
    _calm(session, refund, IncidentKind.REFUND_TOLD_AGAIN, now)
    return Outcome.REFUNDED


def _from_topup(
    session: Session, refund: Refund, payment: GatewayPayment, now: datetime
) -> None:
    """Pay out what is owed for this top-up; take the rest back from its wallet."""
    topup = lock(session, Topup, (refund.tenant_id, payment.topup_id))
    refund.topup_id = topup.topup_id
    left, legs = refund.amount, []
    for asked in owed(session, topup.tenant_id, topup.topup_id):
        part = min(left, asked.amount - asked.paid_out)
        if part == 0:
            break
        asked.paid_out, left = Satang(asked.paid_out + part), Satang(left - part)
        if asked.paid_out == asked.amount:
            asked.state, asked.completed_at = RefundState.DONE, now
    if settled := refund.amount - left:
        payable = _account(session, refund, AccountKind.REFUNDS_PAYABLE, now)
        legs.append(Leg(payable, -settled))
    if left:
        purse = _Purse(topup.wallet_id, topup.user_id)
        legs += _out_of(session, refund, purse, left, now)
        note_refunded(session, topup, left, refund.reason, now)
    kind = JournalKind.REFUND if left else JournalKind.REFUND_PAID
    _post(session, refund, kind, legs, now)


def _from_suspense(
    session: Session, refund: Refund, payment: GatewayPayment, now: datetime
) -> None:
    """The payer of parked money got it back before anybody claimed it."""
    parked = _account(session, refund, AccountKind.SUSPENSE, now)
    _post(session, refund, JournalKind.REFUND, [Leg(parked, -refund.amount)], now)
    if payment.refunded + refund.amount == payment.amount:
        payment.state, payment.resolution = PaymentState.RESOLVED, "REFUNDED_BY_GATEWAY"
        payment.resolved_at = now
        close_by_itself(
            session, payment.tenant_id, payment.reason, payment_subject(payment), now
        )


def _from_resolved(
    session: Session, refund: Refund, payment: GatewayPayment, now: datetime
) -> None:
    """Take it from who was credited; what an admin returned is only confirmed."""
    purse = _allocated_to(session, payment)
    if purse is None:
        return
    legs = _out_of(session, refund, purse, refund.amount, now)
    _post(session, refund, JournalKind.REFUND, legs, now)
    wake_after_commit(session, "wallet", str(refund.tenant_id), str(purse.user_id))


class _Purse(NamedTuple):
    """A wallet, and who owes what it lacks."""

    wallet_id: UUID
    user_id: UUID


def _out_of(
    session: Session, refund: Refund, purse: _Purse, amount: int, now: datetime
) -> list[Leg]:
    """Return the legs that take ``amount`` from a wallet, as far as it goes."""
    tenant_id = refund.tenant_id
    wallet = session.get_one(
        Wallet, (tenant_id, purse.wallet_id), populate_existing=True
    )
    held = min(wallet.balance, amount)
    legs = [Leg(purse.wallet_id, -held)] if held else []
    if short := amount - held:
        owing = ledger.account(
            session, tenant_id, AccountKind.RECEIVABLE, purse.user_id, now
        )
        legs.append(Leg(owing, -short))
        _alarm(session, refund, IncidentKind.REFUND_SHORTFALL, now, short=short)
    return legs


def _post(
    session: Session,
    refund: Refund,
    kind: JournalKind,
    legs: list[Leg],
    now: datetime,
) -> None:
    clearing = _account(session, refund, AccountKind.CLEARING, now)
    both = (Leg(clearing, refund.amount), *legs)
    source = f"refund:{refund.refund_id}"
    draft = Draft(kind, source, both, refund.reason, refund.currency)
    try:
        refund.journal_id = ledger.post(session, refund.tenant_id, draft, now)
    except ledger.InsufficientFundsError as error:
        # Spent since it was read: nobody may lock a wallet's row but its trigger.
        raise RaceLostError from error


def _account(
    session: Session, refund: Refund, kind: AccountKind, now: datetime
) -> UUID:
    owner, currency = refund.gateway_account_id, refund.currency
    return ledger.account(
        session, refund.tenant_id, kind, owner, now, currency=currency
    )


_ALLOCATED = text("""
SELECT w.account_id, w.user_id
FROM journals j
JOIN postings p ON p.tenant_id = j.tenant_id AND p.journal_id = j.journal_id
JOIN wallets w ON w.tenant_id = p.tenant_id AND w.account_id = p.account_id
WHERE j.tenant_id = :tenant AND j.source = :source
""")


def _allocated_to(session: Session, payment: GatewayPayment) -> _Purse | None:
    if payment.currency != THB:
        return None
    values = {"tenant": payment.tenant_id, "source": allocation_source(payment)}
    found = session.execute(_ALLOCATED, values).one_or_none()
    return None if found is None else _Purse(found.account_id, found.user_id)


def allocation_source(payment: GatewayPayment) -> str:
    """Return the journal source under which a payment leaves suspense, once."""
    return f"suspense:{payment.gateway_account_id}:{payment.gateway_txn_id}"


def payment_subject(payment: GatewayPayment) -> str:
    """Return the subject of incidents about a payment."""
    return f"payment:{payment.gateway_account_id}:{payment.gateway_txn_id}"


def _alarm(
    session: Session, refund: Refund, kind: IncidentKind, now: datetime, **more: int
) -> None:
    incident = open_incident(
        refund.tenant_id,
        kind,
        str(refund.refund_id),
        now,
        gateway_txn_id=refund.gateway_txn_id,
        amount=refund.amount,
        currency=refund.currency,
        **more,
    )
    write_together(session, incident)


def _calm(session: Session, refund: Refund, kind: IncidentKind, now: datetime) -> None:
    close_by_itself(session, refund.tenant_id, kind, str(refund.refund_id), now)
