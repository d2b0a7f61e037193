"""Gateway accounts that operators, settings or the demo name."""

import json
import secrets
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from abtpro_saas.billing import accounts
from abtpro_saas.billing.qr.promptpay import IdKind
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId
from abtpro_saas.sealing import Keyring

PATIENCE_S = 10


def set_merchant(
    engine: Engine,
    keyring: Keyring,
    tenant_id: TenantId,
    merchant_id: str,
    given: Mapping[str, Any],
    *,
    secret: str | None,
    now: datetime,
) -> str | None:
    """Make a merchant the tenant's active one, and change of it what is given.

    ``given`` holds fields of ``Merchant``. Returns the secret that was made because a
    new account needs one and none was given.

    Raises:
        InvalidError: an ID cannot be, or there is no such driver.
        MerchantTakenError: another tenant has this merchant.
    """
    made = None
    with tenant_transaction(engine, tenant_id) as session:
        row = _account(session, tenant_id, merchant_id)
        if row is None:
            merchant = accounts.Merchant(merchant_id, **given)
            made = secrets.token_urlsafe(32) if secret is None else None
        else:
            merchant = replace(_merchant_of(row), **given)
            secret = secret or accounts.live(keyring, row).secrets[0]
        accounts.open_account(
            session, keyring, tenant_id, merchant, secret=secret or made or "", now=now
        )
    return made


def _account(
    session: Session, tenant_id: TenantId, merchant_id: str
) -> GatewayAccount | None:
    return session.scalars(
        select(GatewayAccount).where(
            GatewayAccount.tenant_id == tenant_id,
            GatewayAccount.merchant_id == merchant_id,
        )
    ).one_or_none()


def _merchant_of(row: GatewayAccount) -> accounts.Merchant:
    return accounts.Merchant(
        merchant_id=row.merchant_id,
        driver=row.driver,
        base_url=row.base_url,
        biller_id=row.biller_id,
        promptpay_id=row.promptpay_id,
        promptpay_kind=IdKind(row.promptpay_kind) if row.promptpay_kind else None,
        least=row.least,
        most=row.most,
        qr_life=timedelta(seconds=row.qr_life_s),
        hints=row.hints,
    )


def keep_merchant(
    engine: Engine,
    keyring: Keyring,
    tenant_id: TenantId,
    merchant: accounts.Merchant,
    *,
    secret: str,
    now: datetime,
) -> None:
    """Make ``merchant`` the tenant's account, with this address and this secret.

    Safe to repeat: what is right already stays as it is.
    """
    with tenant_transaction(engine, tenant_id) as session:
        row = _account(session, tenant_id, merchant.merchant_id)
        if row is None:
            accounts.open_account(
                session, keyring, tenant_id, merchant, secret=secret, now=now
            )
            return
        row.base_url, row.biller_id = merchant.base_url, merchant.biller_id
        if secret not in accounts.live(keyring, row).secrets[:1]:
            account_id = row.gateway_account_id
            accounts.rotate_secret(session, keyring, tenant_id, account_id, secret)


def register_at_simulator(
    gateway_url: str,
    merchant: accounts.Merchant,
    *,
    secrets: Sequence[str],
    name: str,
    callback_url: str,
) -> None:
    """Let the gateway's simulator take payments for ``merchant``."""
    body = {
        "merchant_id": merchant.merchant_id,
        "secrets": list(secrets),
        "callback_url": callback_url,
        "name": name,
        "biller_id": merchant.biller_id,
    }
    request = urllib.request.Request(  # noqa: S310 - our own simulator
        f"{gateway_url}/sim/accounts",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()  # noqa: S310 - the same
