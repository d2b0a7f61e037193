"""Money that an admin gives back: out of the wallet at once, owed until it is paid out.

The gateway's notice says when it has been (``gateway_refunds.py``). Where no gateway
stands between, an admin has transferred it by hand: then nothing is owed any more.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateway_tables import Refund
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.reasons import reason_of
from abtpro_saas.billing.tables import GatewayAccount, Topup
from abtpro_saas.billing.topups.telling import tell_refunded
from abtpro_saas.billing.words import (
    AccountKind,
    JournalKind,
    RefundSource,
    RefundState,
)
from abtpro_saas.database import lock
from abtpro_saas.errors import ConflictError, NotFoundError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import AmountError, Satang, baht
from abtpro_saas.outbox import leave
from abtpro_saas.wakes import wake_after_commit


class RefundTooLargeError(ConflictError):
    """More would be given back than was credited."""

    code = "refund_too_large"


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
        ReasonNeededError: nobody says why.
        AmountError: nothing would be given back.
        RefundTooLargeError: more than was credited and not refunded.
        InsufficientFundsError: the money has been spent.
    """
    why = reason_of(reason)
    if amount <= 0:
        raise AmountError("a refund is above zero", "amount")
    topup = lock(session, Topup, (tenant_id, topup_id))
    left = topup.credited - topup.refunded
    if amount > left:
        raise RefundTooLargeError(f"฿{baht(left)} can be refunded")
    refund = Refund(
        tenant_id=tenant_id,
        topup_id=topup_id,
        gateway_account_id=topup.gateway_account_id,
        amount=amount,
        reason=why,
        source=RefundSource.ADMIN,
        state=RefundState.REQUESTED,
        requested_by=by,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    legs = (
        Leg(topup.wallet_id, -amount),
        Leg(_creditor(session, topup, refund, now), amount),
    )
    source = f"refund:{refund.refund_id}"
    draft = Draft(JournalKind.REFUND, source, legs, refund.reason)
    refund.journal_id = ledger.post(session, tenant_id, draft, now)
    note_refunded(session, topup, amount, refund.reason, now)
    return refund


def _creditor(session: Session, topup: Topup, refund: Refund, now: datetime) -> UUID:
    """Return the account that the money goes to; by hand, it is paid out already."""
    tenant_id, account_id = topup.tenant_id, topup.gateway_account_id
    account = session.get_one(GatewayAccount, (tenant_id, account_id))
    if gateway(account.driver).confirms == "MANUAL":
        refund.state, refund.completed_at = RefundState.DONE, now
        refund.paid_out = refund.amount
        return account.clearing_id
    owed = AccountKind.REFUNDS_PAYABLE
    return ledger.account(session, tenant_id, owed, account_id, now)


def note_refunded(
    session: Session, topup: Topup, amount: int, reason: str, now: datetime
) -> None:
    """Count a refund in its locked top-up, tell the user, wake who watches."""
    topup.refunded = Satang(topup.refunded + amount)
    session.flush()
    tell_refunded(session, topup, amount, reason, now)
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
