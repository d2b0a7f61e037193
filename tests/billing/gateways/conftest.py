"""An account at a gateway, and notices as the gateway would write them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from abtpro_saas.billing.gateways.port import GatewayAccount
from abtpro_saas.money import Satang

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def account():
    """Return a function that makes an account, with some of its fields changed."""

    def make(**changes):
        return GatewayAccount(
            **{
                "account_id": UUID(int=7),
                "merchant_id": "m-siam",
                "driver": "generic",
                "base_url": "http://127.0.0.1:1",
                "biller_id": "000000000000101",
                "promptpay_id": None,
                "promptpay_id_kind": None,
                "secrets": ("whsec_new", "whsec_old"),
                "least": Satang(1),
                "most": Satang(999_999_999),
                "qr_life": timedelta(minutes=15),
            }
            | changes
        )

    return make


@pytest.fixture
def body():
    """Return a function that writes a notice; None leaves a field out."""

    def make(**changes):
        fields = {
            "event_id": "evt_1",
            "event_type": "payment.succeeded",
            "merchant_id": "m-siam",
            "transaction_id": "txn_1",
            "reference_id": "REF1",
            "amount": "499.00",
            "currency": "THB",
            "paid_at": "2026-11-22T11:59:30+07:00",
        } | changes
        return json.dumps({k: v for k, v in fields.items() if v is not None}).encode()

    return make
