"""Money that goes back: asked for by an admin, or told of by the gateway.

An admin's refund leaves the wallet at once and is owed until the gateway confirms that
it was paid out. A refund that the gateway made by itself has left already: what the
wallet no longer holds becomes a receivable and an incident, never a silent minus.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateway_tables import GatewayPayment, Refund
from abtpro_saas.billing.gateways.port import Notice
from abtpro_saas.billing.incidents import open_incident
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.locking import lock_topup, lock_unknown
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.tables import GatewayAccount, Topup, Wallet
from abtpro_saas.billing.words import (
    AccountKind,
    IncidentKind,
    JournalKind,
    Outcome,
    PaymentState,
    RefundSource,
    RefundState,
)
from abtpro_saas.database import TenantId, UserId, lock, write_together
from abtpro_saas.errors import ConflictError, InvalidError, NotFoundError
from abtpro_saas.money import Satang, baht
from abtpro_saas.outbox import leave
from abtpro_saas.wakes import wake_after_commit


class RefundTooLargeError(ConflictError):
    """More would be given back than was credited."""

    code = "refund_too_large"


class ReasonError(InvalidError):
    """A refund says why."""

    code = "reason_missing"


def refund_topup(
    session: Session,
    tenant_id: TenantId,
    topup_id: UUID,
    amount: Satang,
    reason: str,
    *,
    by: UserId,
    now: datetime,
) -> Refund:
    """Take ``amount`` from the wallet and owe it to the payer.

    Raises:
        NotFoundError: the tenant has no such top-up.
        RefundTooLargeError: more than was credited and not refunded.
        InsufficientFundsError: the money has been spent.
    """
    if not reason.strip():
        raise ReasonError("say why the money goes back", "reason")
    topup = lock(session, Topup, (tenant_id, topup_id))
    left = topup.credited - topup.refunded
    if not 0 < amount <= left:
        raise RefundTooLargeError(f"฿{baht(left)} can be refunded")
    refund = Refund(
        tenant_id=tenant_id,
        topup_id=topup_id,
        gateway_account_id=topup.gateway_account_id,
        amount=amount,
        reason=reason.strip(),
        source=RefundSource.ADMIN,
        state=RefundState.REQUESTED,
        requested_by=by,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    owed = ledger.account(
        session, tenant_id, AccountKind.REFUNDS_PAYABLE, topup.gateway_account_id, now
    )
    legs = (Leg(topup.wallet_id, -amount), Leg(owed, amount))
    draft = Draft(JournalKind.REFUND, f"refund:{refund.refund_id}", legs, reason)
    refund.journal_id = ledger.post(session, tenant_id, draft, now)
    _changed(session, topup, amount, now)
    return refund


def gateway_refunded(
    session: Session,
    tenant_id: TenantId,
    account_id: UUID,
    notice: Notice,
    now: datetime,
) -> Outcome:
    """Book a refund that the gateway has made; before its payment is known, park it."""
    topup = lock_topup(session, tenant_id, account_id, notice.reference)
    if topup is None:
        lock_unknown(session, tenant_id, notice.gateway_txn_id)
    if _is_known(session, tenant_id, account_id, notice.event_id):
        return Outcome.DUPLICATE
    refund = Refund(
        tenant_id=tenant_id,
        gateway_account_id=account_id,
        gateway_txn_id=notice.gateway_txn_id,
        event_id=notice.event_id,
        amount=notice.amount,
        reason="refunded by the gateway",
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


def _apply(session: Session, refund: Refund, now: datetime) -> Outcome:
    tenant_id, account_id = refund.tenant_id, refund.gateway_account_id
    payment = session.get(
        GatewayPayment,
        (tenant_id, account_id, refund.gateway_txn_id),
        populate_existing=True,
    )
    if payment is None:
        return Outcome.PARKED
    if payment.state == PaymentState.SUSPENSE:
        return _from_suspense(session, refund, payment, now)
    if payment.topup_id is None:
        return _mismatch(session, refund, now)
    topup = lock(session, Topup, (tenant_id, payment.topup_id))
    asked = _asked_for(session, topup, refund.amount)
    if asked is not None:
        return _paid_out(session, topup, asked, refund, now)
    if refund.amount > topup.credited - topup.refunded:
        return _mismatch(session, refund, now)
    return _taken_back(session, topup, refund, now)


def _paid_out(
    session: Session, topup: Topup, asked: Refund, told: Refund, now: datetime
) -> Outcome:
    """The gateway confirms an admin's refund: it is no longer owed."""
    account = session.get_one(
        GatewayAccount, (topup.tenant_id, asked.gateway_account_id)
    )
    owed = ledger.account(
        session,
        topup.tenant_id,
        AccountKind.REFUNDS_PAYABLE,
        asked.gateway_account_id,
        now,
    )
    legs = (Leg(owed, -asked.amount), Leg(account.clearing_id, asked.amount))
    draft = Draft(
        JournalKind.REFUND_PAID, f"refund_paid:{asked.refund_id}", legs, asked.reason
    )
    told.journal_id = ledger.post(session, topup.tenant_id, draft, now)
    told.topup_id = topup.topup_id
    for row in (asked, told):
        row.state, row.completed_at = RefundState.DONE, now
    session.flush()
    return Outcome.REFUNDED


def _taken_back(
    session: Session, topup: Topup, refund: Refund, now: datetime
) -> Outcome:
    """The gateway refunded by itself: take it from the wallet, as far as it goes."""
    tenant_id = topup.tenant_id
    account = session.get_one(GatewayAccount, (tenant_id, refund.gateway_account_id))
    wallet = lock(session, Wallet, (tenant_id, topup.wallet_id))
    held = min(wallet.balance, refund.amount)
    legs = [Leg(account.clearing_id, refund.amount)]
    if held:
        legs.append(Leg(topup.wallet_id, -held))
    if short := refund.amount - held:
        owing = ledger.account(
            session, tenant_id, AccountKind.RECEIVABLE, topup.user_id, now
        )
        legs.append(Leg(owing, -short))
        incident = open_incident(
            tenant_id,
            IncidentKind.REFUND_SHORTFALL,
            str(refund.refund_id),
            now,
            topup_id=str(topup.topup_id),
            short=short,
        )
        write_together(session, incident)
    source = f"refund:{refund.refund_id}"
    draft = Draft(JournalKind.REFUND, source, tuple(legs), refund.reason)
    refund.journal_id = ledger.post(session, tenant_id, draft, now)
    refund.topup_id = topup.topup_id
    refund.state, refund.completed_at = RefundState.DONE, now
    _changed(session, topup, refund.amount, now)
    return Outcome.REFUNDED


def _from_suspense(
    session: Session, refund: Refund, payment: GatewayPayment, now: datetime
) -> Outcome:
    """The payer of parked money got it back before anybody claimed it."""
    if refund.amount != payment.amount:
        return _mismatch(session, refund, now)
    tenant_id, owner = refund.tenant_id, refund.gateway_account_id
    suspense, clearing = (
        ledger.account(session, tenant_id, kind, owner, now, currency=payment.currency)
        for kind in (AccountKind.SUSPENSE, AccountKind.CLEARING)
    )
    legs = (Leg(suspense, -refund.amount), Leg(clearing, refund.amount))
    source = f"refund:{refund.refund_id}"
    draft = Draft(JournalKind.REFUND, source, legs, refund.reason, payment.currency)
    refund.journal_id = ledger.post(session, tenant_id, draft, now)
    refund.state, refund.completed_at = RefundState.DONE, now
    payment.state, payment.resolution = PaymentState.RESOLVED, "REFUNDED_BY_GATEWAY"
    payment.resolved_at = now
    session.flush()
    return Outcome.REFUNDED


def _mismatch(session: Session, refund: Refund, now: datetime) -> Outcome:
    """More is said to go back than came in: nothing moves, a person asks why."""
    incident = open_incident(
        refund.tenant_id,
        IncidentKind.AMOUNT_MISMATCH,
        f"refund:{refund.refund_id}",
        now,
        gateway_txn_id=refund.gateway_txn_id,
        amount=refund.amount,
    )
    write_together(session, incident)
    return Outcome.MISMATCH


def _is_known(
    session: Session, tenant_id: TenantId, account_id: UUID, event_id: str
) -> bool:
    query = select(Refund.refund_id).where(
        Refund.tenant_id == tenant_id,
        Refund.gateway_account_id == account_id,
        Refund.event_id == event_id,
    )
    return session.scalar(query) is not None


def _asked_for(session: Session, topup: Topup, amount: Satang) -> Refund | None:
    """Return the oldest refund of this amount that an admin asked for and is owed."""
    return session.scalar(
        select(Refund)
        .where(
            Refund.tenant_id == topup.tenant_id,
            Refund.topup_id == topup.topup_id,
            Refund.state == RefundState.REQUESTED,
            Refund.amount == amount,
        )
        .order_by(Refund.refund_id)
        .limit(1)
        .with_for_update()
    )


def _changed(session: Session, topup: Topup, amount: Satang, now: datetime) -> None:
    topup.refunded = Satang(topup.refunded + amount)
    session.flush()
    tenant = str(topup.tenant_id)
    leave(session, WatchTopup(tenant, str(topup.topup_id)), now)
    wake_after_commit(session, "topup", tenant, str(topup.topup_id))
    wake_after_commit(session, "wallet", tenant, str(topup.user_id))


def refunds_of(session: Session, tenant_id: TenantId, topup_id: UUID) -> list[Refund]:
    """Return the refunds of a top-up, oldest first, or raise NotFoundError."""
    if session.get(Topup, (tenant_id, topup_id)) is None:
        raise NotFoundError("there is no such top-up")
    query = (
        select(Refund)
        .where(Refund.tenant_id == tenant_id, Refund.topup_id == topup_id)
        .order_by(Refund.refund_id)
    )
    return list(session.scalars(query))
