"""Top-ups: asked for by a user, paid by QR, cancelled or expired."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.acceptance import note_acceptance
from abtpro_saas.billing.accounts import active_account, live
from abtpro_saas.billing.gateways.calling.limits import while_somebody_waits
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.port import GatewayAccount as LiveAccount
from abtpro_saas.billing.gateways.port import (
    GatewayRequest,
    GatewayUnavailableError,
    QrOrder,
)
from abtpro_saas.billing.messages import WatchTopup
from abtpro_saas.billing.qr.promptpay import new_reference
from abtpro_saas.billing.tables import GatewayAccount, Topup
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.database import lock, take_turns
from abtpro_saas.errors import ConflictError, InvalidError, NotFoundError
from abtpro_saas.ids import TenantId, UserId, new_id
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
    replaces: UUID | None = None,
) -> Topup:
    """Return a pending top-up with its QR, made here: no gateway need answer.

    The pending top-up that it ``replaces`` is cancelled, so that one QR is left to pay.

    Raises:
        NotFoundError, TopupDoneError: what it replaces is not the user's, or is paid.
        AmountError: outside the gateway account's limits.
        NoGatewayError: the tenant takes no payments.
        TooManyOpenError: the user has many unpaid top-ups already.
        GatewayUnavailableError: the gateway insists on making the QR, and did not.
        AccountRefusedError: nor does it accept our account; ``acceptance`` notes that.
    """
    account = active_account(session, tenant_id)
    _check(account, amount, description)
    if replaces is not None:
        _supersede(session, tenant_id, replaces, user_id, now)
    wallet = ledger.wallet(session, tenant_id, user_id, now)
    _check_open(session, tenant_id, user_id, now)
    topup_id, expires_at = new_id(), now + timedelta(seconds=account.qr_life_s)
    order = QrOrder(new_reference(), amount, expires_at, str(topup_id))
    payload, registered = _qr_of(session, tenant_id, live(keyring, account), order, now)
    topup = Topup(
        tenant_id=tenant_id,
        topup_id=topup_id,
        user_id=user_id,
        wallet_id=wallet.account_id,
        gateway_account_id=account.gateway_account_id,
        reference=order.reference,
        amount=amount,
        description=description,
        qr_payload=payload,
        registered_at=now if registered else None,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(topup)
    session.flush()
    _wake(session, topup, now)
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
    _wake(session, topup, now)
    return topup


def _supersede(
    session: Session, tenant_id: TenantId, topup_id: UUID, owner: UserId, now: datetime
) -> None:
    """Cancel what a new QR stands in for; where it ended unpaid, nothing is to do."""
    get_topup(session, tenant_id, topup_id, owner)
    topup = lock(session, Topup, (tenant_id, topup_id))
    if topup.status in {TopupStatus.PENDING, TopupStatus.SUCCESS}:
        cancel_topup(session, tenant_id, topup_id, owner, now)


def order_of(topup: Topup) -> QrOrder:
    """Return the order that makes ``topup`` known to its gateway."""
    return QrOrder(
        reference=topup.reference,
        amount=topup.amount,
        expires_at=topup.expires_at,
        request_id=str(topup.topup_id),
    )


def list_topups(
    session: Session,
    tenant_id: TenantId,
    *,
    status: str | None = None,
    flagged: bool = False,
    user_id: UserId | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[Topup]:
    """Return a tenant's top-ups, newest first; the last one's id is the cursor."""
    query = select(Topup).where(Topup.tenant_id == tenant_id)
    if status is not None:
        query = query.where(Topup.status == status)
    if flagged:
        query = query.where(Topup.flags != [])
    if user_id is not None:
        query = query.where(Topup.user_id == user_id)
    if before is not None:
        query = query.where(Topup.topup_id < before)
    return session.scalars(query.order_by(Topup.topup_id.desc()).limit(limit)).all()


def _qr_of(
    session: Session,
    tenant_id: TenantId,
    account: LiveAccount,
    order: QrOrder,
    now: datetime,
) -> tuple[str | None, bool]:
    """Return the QR's text, and whether the gateway knows of it already.

    A gateway that insists on making the QR is asked at once, within its time limit:
    there is nothing to show without it.
    """
    driver = gateway(account.driver)
    payload = driver.payload(account, order.reference, order.amount)
    if payload is not None or not driver.issues_qr:
        return payload, False
    with while_somebody_waits():
        issued = driver.register(account, order)
    if issued is None or issued.payload is None:
        raise GatewayUnavailableError("the gateway made no QR")
    note_acceptance(session, tenant_id, account, GatewayRequest.ORDER, now)
    return issued.payload, True


def _check(account: GatewayAccount, amount: Satang, description: str) -> None:
    if not account.least <= amount <= account.most:
        least, most = baht(account.least), baht(account.most)
        raise AmountError(f"between {least} and {most} baht", "amount")
    if len(description) > LONGEST_DESCRIPTION or not description.isprintable():
        raise DescriptionError(
            f"up to {LONGEST_DESCRIPTION} printable characters", "description"
        )


def _wake(session: Session, topup: Topup, now: datetime) -> None:
    tenant, topup_id = str(topup.tenant_id), str(topup.topup_id)
    leave(session, WatchTopup(tenant, topup_id), now)
    wake_after_commit(session, "topup", tenant, topup_id)
    wake_after_commit(session, "wallet", tenant, str(topup.user_id))


def _check_open(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> None:
    # Two at once must not both find room for one.
    take_turns(session, f"open_topups:{tenant_id}:{user_id}")
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
