"""Gateway accounts: a tenant's merchants, their limits and their sealed secrets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.gateways.catalogue import gateway
from abtpro_saas.billing.gateways.json_reading import IDENTIFIER
from abtpro_saas.billing.gateways.port import GatewayAccount as LiveAccount
from abtpro_saas.billing.qr import emvco
from abtpro_saas.billing.qr.promptpay import IdKind, biller_id, promptpay_id
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.billing.words import AccountKind
from abtpro_saas.database import lock, take_turns
from abtpro_saas.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from abtpro_saas.ids import TenantId, new_id
from abtpro_saas.money import Satang, baht
from abtpro_saas.sealing import Keyring

LEAST, MOST = Satang(1), Satang(999_999_999)
"""The generic contract's limits; a gateway's own stand in its account's row."""

LONGEST_SECRET = 256

ONE_TENANT_EACH = ("uq_gateway_accounts_merchant_id", "merchants_apart")
"""What refuses a merchant ID in the database: the same one, or another tenant's."""

LIVE_SECRETS = 2
"""While a secret rotates, the one before it still opens what the gateway signs."""


class NoGatewayError(UnavailableError):
    """The tenant takes no payments at present."""

    code = "no_payment_gateway"


class MerchantTakenError(ConflictError):
    """A merchant belongs to one account, so that its notices find their tenant.

    Another tenant's, too, that differs in capital letters alone.
    """

    code = "merchant_taken"
    field = "merchant_id"


class GatewayAccountError(InvalidError):
    """A gateway account cannot be as it was asked for."""

    code = "invalid_gateway_account"


@dataclass(frozen=True)
class Merchant:
    """A gateway account as a tenant describes it. Amounts in satang."""

    merchant_id: str
    driver: str = "generic"
    base_url: str = ""
    biller_id: str | None = None
    promptpay_id: str | None = None
    promptpay_kind: IdKind | None = None
    least: Satang = LEAST
    most: Satang = MOST
    qr_life: timedelta = timedelta(minutes=15)
    hints: bool = False


def open_account(
    session: Session,
    keyring: Keyring,
    tenant_id: TenantId,
    merchant: Merchant,
    *,
    secret: str,
    now: datetime,
) -> GatewayAccount:
    """Make ``merchant`` the tenant's active account; another one stops being it.

    Top-ups of the account before keep their own: what was begun there ends there. An
    account that the tenant has already takes these values, and a new secret rotates in.

    Raises:
        InvalidError: an ID, a limit or the life of a QR cannot be.
        MerchantTakenError: an account has this merchant already.
    """
    _check(merchant)
    take_turns(session, f"gateway accounts:{tenant_id}")  # only one is active
    session.execute(
        update(GatewayAccount)
        .where(GatewayAccount.tenant_id == tenant_id, GatewayAccount.active)
        .values(active=False)
    )
    known = session.scalar(
        select(GatewayAccount)
        .where(
            GatewayAccount.tenant_id == tenant_id,
            GatewayAccount.merchant_id == merchant.merchant_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if known is not None:
        return _change(session, keyring, known, merchant, secret)
    account_id = new_id()
    row = GatewayAccount(
        tenant_id=tenant_id,
        gateway_account_id=account_id,
        merchant_id=merchant.merchant_id,
        sealed_secrets=[keyring.seal(secret.encode(), seal_context(tenant_id))],
        clearing_id=ledger.account(
            session, tenant_id, AccountKind.CLEARING, account_id, now
        ),
        created_at=now,
    )
    _describe(row, merchant)
    _insert(session, row)
    return row


def _describe(row: GatewayAccount, merchant: Merchant) -> None:
    for name in ("driver", "base_url", "biller_id", "promptpay_id", "promptpay_kind"):
        setattr(row, name, getattr(merchant, name))
    row.least, row.most, row.hints = merchant.least, merchant.most, merchant.hints
    row.qr_life_s = int(merchant.qr_life.total_seconds())


def _insert(session: Session, row: GatewayAccount) -> None:
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, psycopg.Error) and (
            cause.diag.constraint_name in ONE_TENANT_EACH
        ):
            raise MerchantTakenError(
                "another account has this merchant ID; capital letters do not count"
            ) from None
        raise


def _change(
    session: Session,
    keyring: Keyring,
    row: GatewayAccount,
    merchant: Merchant,
    secret: str,
) -> GatewayAccount:
    _describe(row, merchant)
    row.active = True
    if secret not in live(keyring, row).secrets[:1]:
        rotate_secret(session, keyring, row.tenant_id, row.gateway_account_id, secret)
    session.flush()
    return row


def _check(merchant: Merchant) -> None:
    gateway(merchant.driver)
    if IDENTIFIER.fullmatch(merchant.merchant_id) is None:
        raise GatewayAccountError(
            "a merchant's id: 1 to 128 visible ASCII characters", "merchant_id"
        )
    if not 0 < merchant.least <= merchant.most <= emvco.MOST:
        raise GatewayAccountError(
            f"0.01 to {baht(emvco.MOST)}, the least at most the most", "least"
        )
    if merchant.qr_life < timedelta(seconds=1):
        raise GatewayAccountError("a QR lives a second at least", "qr_life")
    if (merchant.promptpay_id is None) != (merchant.promptpay_kind is None):
        missing = "kind" if merchant.promptpay_id else "id"
        raise GatewayAccountError("a PromptPay ID has a kind", f"promptpay_{missing}")
    _check_receiver(merchant)


def _check_receiver(merchant: Merchant) -> None:
    field = "biller_id"
    try:
        if merchant.biller_id is not None:
            biller_id(merchant.biller_id)
        field = "promptpay_id"
        if merchant.promptpay_id is not None and merchant.promptpay_kind is not None:
            promptpay_id(merchant.promptpay_kind, merchant.promptpay_id)
    except InvalidError as error:
        raise GatewayAccountError(str(error), field) from None


def rotate_secret(
    session: Session,
    keyring: Keyring,
    tenant_id: TenantId,
    account_id: UUID,
    secret: str,
) -> None:
    """Let notices be signed with ``secret``; the one before it holds until the next."""
    row = lock(session, GatewayAccount, (tenant_id, account_id))
    sealed = keyring.seal(secret.encode(), seal_context(tenant_id))
    row.sealed_secrets = [sealed, *row.sealed_secrets][:LIVE_SECRETS]


def active_account(session: Session, tenant_id: TenantId) -> GatewayAccount:
    """Return the account that new top-ups are paid to.

    Raises:
        NoGatewayError: the tenant has none.
    """
    found = session.scalar(
        select(GatewayAccount).where(
            GatewayAccount.tenant_id == tenant_id, GatewayAccount.active
        )
    )
    if found is None:
        raise NoGatewayError("payments are not set up here yet")
    return found


def get_account(
    session: Session, tenant_id: TenantId, account_id: UUID
) -> GatewayAccount:
    """Return one account, or raise NotFoundError."""
    found = session.get(GatewayAccount, (tenant_id, account_id))
    if found is None:
        raise NotFoundError("there is no such gateway account")
    return found


def live(keyring: Keyring, row: GatewayAccount) -> LiveAccount:
    """Return what a gateway's driver needs, secrets opened: never store or log it."""
    context = seal_context(row.tenant_id)
    return LiveAccount(
        account_id=row.gateway_account_id,
        merchant_id=row.merchant_id,
        driver=row.driver,
        base_url=row.base_url,
        biller_id=row.biller_id,
        promptpay_id=row.promptpay_id,
        promptpay_id_kind=row.promptpay_kind,
        secrets=tuple(keyring.open(s, context).decode() for s in row.sealed_secrets),
        least=row.least,
        most=row.most,
        qr_life=timedelta(seconds=row.qr_life_s),
    )


def find_merchant(engine: Engine, merchant_id: str) -> tuple[TenantId, UUID] | None:
    """Return whose account ``merchant_id`` names, before any tenant is known."""
    query = text("SELECT tenant_id, gateway_account_id FROM find_merchant(:asked)")
    with engine.connect() as connection:
        found = connection.execute(query, {"asked": merchant_id}).one_or_none()
    return None if found is None else (TenantId(found[0]), found[1])


def seal_context(tenant_id: TenantId) -> str:
    """Return what a tenant's webhook secrets are bound to."""
    return f"gateway_accounts.secrets:{tenant_id}"
