"""Gateway accounts that settings or the demo name: opened once, then kept as named."""

import json
import urllib.request
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, select

from abtpro_saas.billing import accounts
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId
from abtpro_saas.sealing import Keyring

PATIENCE_S = 10


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
        row = session.scalars(
            select(GatewayAccount).where(
                GatewayAccount.tenant_id == tenant_id,
                GatewayAccount.merchant_id == merchant.merchant_id,
            )
        ).one_or_none()
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
