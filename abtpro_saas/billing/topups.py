"""Top-ups: asked for by a user, paid by QR, cancelled or expired."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.accounts import active_account, get_account, live
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.port import QrOrder
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.promptpay import new_reference
from abtpro_saas.billing.tables import GatewayAccount, Topup
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.database import TenantId, UserId, lock
from abtpro_saas.errors import ConflictError, InvalidError, NotFoundError
from abtpro_saas.money import AmountError, Satang, baht
from abtpro_saas.outbox import leave
from abtpro_saas.sealing import Keyring
from abtpro_saas.wakes import wake_after_commit

LONGEST_DESCRIPTION = 200
MOST_OPEN = 20
"""Unpaid top-ups a user may have at once: enough for anybody, too few to flood."""


class DescriptionError(InvalidError):
    """The description is too long, or holds what cannot be shown."""

    code = "invalid_description"


class TooManyOpenError(ConflictError):
    """The user has many unpaid top-ups already."""

    code = "too_many_open_topups"


class TopupDoneError(ConflictError):
    """Only a pending top-up can be cancelled or confirmed."""

    code = "topup_not_pending"


def create_topup(
    session: Session,
    keyring: Keyring,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    amount: Satang,
    description: str,
    now: datetime,
) -> Topup:
    """Return a pending top-up with its QR, made here: no gateway need answer.

    Where the gateway insists on making the QR, ``qr_payload`` is None until
    ``fetch_qr`` has asked for it.

    Raises:
        AmountError: outside the gateway account's limits.
        NoGatewayError: the tenant takes no payments.
        TooManyOpenError: the user has many unpaid top-ups already.
    """
    account = active_account(session, tenant_id)
    _check_amount(account, amount)
    _check_description(description)
    wallet = ledger.wallet(session, tenant_id, user_id, now)
    _check_open(session, tenant_id, user_id, now)
    reference = new_reference()
    topup = Topup(
        tenant_id=tenant_id,
        user_id=user_id,
        wallet_id=wallet.account_id,
        gateway_account_id=account.gateway_account_id,
        reference=reference,
        amount=amount,
        description=description,
        qr_payload=gateway(account.driver).payload(
            live(keyring, account), reference, amount
        ),
        created_at=now,
        expires_at=now + timedelta(seconds=account.qr_life_s),
    )
    session.add(topup)
    session.flush()
    leave(session, WatchTopup(str(tenant_id), str(topup.topup_id)), now)
    wake_after_commit(session, "wallet", str(tenant_id), str(user_id))
    return topup


def get_topup(
    session: Session, tenant_id: TenantId, topup_id: UUID, owner: UserId | None = None
) -> Topup:
    """Return a top-up; with ``owner``, only theirs.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    topup = session.get(Topup, (tenant_id, topup_id))
    if topup is None or (owner is not None and topup.user_id != owner):
        raise NotFoundError("there is no such top-up")
    return topup


def cancel_topup(
    session: Session, tenant_id: TenantId, topup_id: UUID, owner: UserId, now: datetime
) -> Topup:
    """Cancel a pending top-up; again, nothing changes. Late money is still credited.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
        TopupDoneError: it is paid, failed or expired.
    """
    get_topup(session, tenant_id, topup_id, owner)
    topup = lock(session, Topup, (tenant_id, topup_id))
    if topup.status == TopupStatus.CANCELLED:
        return topup
    if topup.status != TopupStatus.PENDING:
        raise TopupDoneError("this top-up is no longer pending")
    topup.status = TopupStatus.CANCELLED
    session.flush()
    leave(session, WatchTopup(str(tenant_id), str(topup_id)), now)
    wake_after_commit(session, "topup", str(tenant_id), str(topup_id))
    return topup


def fetch_qr(session: Session, topup: Topup) -> tuple[QrOrder, GatewayAccount] | None:
    """Return what to ask of a gateway that makes the QR itself, if this one does."""
    account = get_account(session, topup.tenant_id, topup.gateway_account_id)
    if not gateway(account.driver).issues_qr:
        return None
    return order_of(topup), account


def order_of(topup: Topup) -> QrOrder:
    """Return the order that makes ``topup`` known to its gateway."""
    return QrOrder(
        reference=topup.reference,
        amount=topup.amount,
        expires_at=topup.expires_at,
        request_id=str(topup.topup_id),
    )


def save_qr(session: Session, topup: Topup, payload: str, now: datetime) -> None:
    """Keep the QR that the gateway made, once."""
    session.execute(
        update(Topup)
        .where(
            Topup.tenant_id == topup.tenant_id,
            Topup.topup_id == topup.topup_id,
            Topup.qr_payload.is_(None),
        )
        .values(qr_payload=payload, registered_at=now)
    )


def _check_amount(account: GatewayAccount, amount: Satang) -> None:
    if not account.least <= amount <= account.most:
        least, most = baht(account.least), baht(account.most)
        raise AmountError(f"between {least} and {most} baht", "amount")


def _check_description(description: str) -> None:
    if len(description) > LONGEST_DESCRIPTION or not description.isprintable():
        raise DescriptionError(
            f"up to {LONGEST_DESCRIPTION} printable characters", "description"
        )


def _check_open(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> None:
    query = (
        select(Topup.topup_id)
        .where(
            Topup.tenant_id == tenant_id,
            Topup.user_id == user_id,
            Topup.status == TopupStatus.PENDING,
            Topup.expires_at > now,
        )
        .limit(MOST_OPEN)
    )
    if len(session.scalars(query).all()) >= MOST_OPEN:
        raise TooManyOpenError("many top-ups wait to be paid; pay or cancel one first")
