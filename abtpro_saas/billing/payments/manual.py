"""A top-up confirmed by hand: an admin has seen the transfer's slip at the bank."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.billing.accounts import get_account
from abtpro_saas.billing.gateway_tables import SlipUse
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.payments.crediting import Payment, receive
from abtpro_saas.billing.qr.promptpay import IdKind, promptpay_id
from abtpro_saas.billing.qr.slips import Slip
from abtpro_saas.billing.tables import GatewayAccount, Topup
from abtpro_saas.billing.words import Source, TopupStatus
from abtpro_saas.database import lock
from abtpro_saas.errors import ConflictError, InvalidError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import THB, AmountError, Satang, baht


class SlipUsedError(ConflictError):
    """This transfer has confirmed a top-up before."""

    code = "slip_used"


class NotByHandError(ConflictError):
    """The gateway confirms this top-up itself."""

    code = "not_confirmed_by_hand"


class ReceiverError(InvalidError):
    """The transfer went to somebody else."""

    code = "wrong_receiver"


@dataclass(frozen=True)
class Transfer:
    """What the bank's record says; ``receiver`` is checked where it is given."""

    slip: Slip
    amount: Satang
    paid_at: datetime
    receiver: str | None = None


def confirm_topup(
    session: Session,
    tenant_id: TenantId,
    topup_id: UUID,
    transfer: Transfer,
    *,
    by: UserId,
    now: datetime,
) -> Topup:
    """Credit the transferred amount to the top-up's wallet.

    Raises:
        NotFoundError: the tenant has no such top-up.
        NotByHandError: its gateway confirms payments itself.
        AmountError: zero, or above the account's limit.
        ReceiverError: the transfer went to another PromptPay ID.
        SlipUsedError: the slip has been used, here or for another top-up.
    """
    topup = lock(session, Topup, (tenant_id, topup_id))
    account = get_account(session, tenant_id, topup.gateway_account_id)
    if gateway(account.driver).confirms != "MANUAL":
        raise NotByHandError("the gateway confirms this top-up itself")
    if not 0 < transfer.amount <= max(account.most, topup.amount):
        raise AmountError(f"above zero, up to {baht(account.most)} baht", "amount")
    _check_receiver(account, transfer.receiver)
    # However it is typed, it is one transfer.
    slip = Slip(transfer.slip.bank, transfer.slip.transfer.upper())
    _use_slip(session, topup, slip, by, now)
    payment = Payment(
        topup.gateway_account_id,
        f"slip:{slip.bank}:{slip.transfer}",
        topup.reference,
        transfer.amount,
        THB,
        transfer.paid_at,
        Source.MANUAL,
    )
    receive(session, tenant_id, payment, now)
    session.refresh(topup)
    return topup


def is_by_hand(account: GatewayAccount, topup: Topup) -> bool:
    """Tell whether an admin confirms this top-up, and still may."""
    by_hand = gateway(account.driver).confirms == "MANUAL"
    return by_hand and topup.status != TopupStatus.SUCCESS


def _check_receiver(account: GatewayAccount, receiver: str | None) -> None:
    if receiver is None:
        return
    if account.promptpay_id is None:
        if receiver != account.biller_id:
            raise ReceiverError("the transfer went to another biller", "receiver")
        return
    kind = IdKind(account.promptpay_kind or "")
    expected = promptpay_id(kind, account.promptpay_id)
    try:
        named = promptpay_id(kind, receiver)
    except InvalidError:
        raise ReceiverError("this is not our PromptPay ID", "receiver") from None
    if named != expected:
        raise ReceiverError("the transfer went to another PromptPay ID", "receiver")


def _use_slip(
    session: Session, topup: Topup, slip: Slip, by: UserId, now: datetime
) -> None:
    used = session.execute(
        insert(SlipUse)
        .values(
            tenant_id=topup.tenant_id,
            sending_bank=slip.bank,
            slip_reference=slip.transfer,
            topup_id=topup.topup_id,
            confirmed_by=by,
            confirmed_at=now,
        )
        .on_conflict_do_nothing()
        .returning(SlipUse.topup_id)
    )
    if used.one_or_none() is None:
        raise SlipUsedError("this slip has confirmed a top-up before")
