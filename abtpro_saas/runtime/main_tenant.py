"""Tenant ``main``, which serves direct customers: its merchant is in the settings."""

from datetime import datetime

from abtpro_saas.billing.accounts import Merchant
from abtpro_saas.identity import tenants
from abtpro_saas.runtime.house import House
from abtpro_saas.runtime.merchants import keep_merchant


def ensure(house: House, now: datetime) -> None:
    """Make the tenant and, where the settings name one, its gateway account."""
    settings = house.settings
    tenant_id = tenants.ensure_main_tenant(house.operators, settings, now)
    if not (settings.promptpay_merchant_id and settings.promptpay_webhook_secret):
        return
    merchant = Merchant(
        settings.promptpay_merchant_id,
        base_url=settings.payment_gateway_url,
        biller_id=settings.promptpay_biller_id or None,
    )
    keep_merchant(
        house.app,
        house.keyring,
        tenant_id,
        merchant,
        secret=settings.promptpay_webhook_secret,
        now=now,
    )
