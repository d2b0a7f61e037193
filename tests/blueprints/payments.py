"""A merchant of a tenant, and the notices that its gateway sends."""

import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from abtpro_saas.billing.gateways import signatures
from abtpro_saas.billing.gateways.notices import read_notice
from abtpro_saas.billing.gateways.port import GatewayAccount
from abtpro_saas.clock import utc_now
from abtpro_saas.money import Satang, baht

SECRET = "whsec_for_tests_only_0123"
BILLER = "000000000000101"
WEBHOOK = "/api/v1/payment/webhook/promptpay"


@dataclass(frozen=True)
class Merchant:
    """A gateway account, with what is needed to speak for its gateway."""

    tenant_id: UUID
    account_id: UUID
    merchant_id: str
    secret: str = SECRET

    def event(self, topup, **changes):
        """Return the body of a notice that pays ``topup`` (an API answer)."""
        now = utc_now()
        body = {
            "event_id": f"evt_{uuid4().hex}",
            "event_type": "payment.succeeded",
            "merchant_id": self.merchant_id,
            "transaction_id": f"txn_{uuid4().hex}",
            "reference_id": topup["reference_id"],
            "amount": topup["amount"],
            "currency": "THB",
            "paid_at": now.isoformat(),
            "created_at": now.isoformat(),
        }
        return {k: v for k, v in (body | changes).items() if v is not None}

    def notice(self, body):
        """Return what our reader makes of a notice's body."""
        live = GatewayAccount(
            self.account_id, self.merchant_id, "generic", "", BILLER, None, None,
            (self.secret,), Satang(1), Satang(999_999_999), timedelta(minutes=15),
        )  # fmt: skip
        return read_notice(live, json.dumps(body).encode(), utc_now())

    def send(self, client, body, *, at=None, headers=None, raw=None):
        """Post a notice as the gateway would; return the answer."""
        raw = json.dumps(body).encode() if raw is None else raw
        signed = signatures.sign(raw, [self.secret], at or utc_now())
        return client.post(
            WEBHOOK,
            data=raw,
            content_type="application/json",
            headers={"X-PromptPay-Signature": signed, **(headers or {})},
        )


def ago(seconds):
    """Return the instant that many seconds ago (or ahead, if negative)."""
    return utc_now() - timedelta(seconds=seconds)


def money(satang):
    """Return satang as the API writes them."""
    return baht(satang)
