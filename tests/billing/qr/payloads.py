"""Payloads of PromptPay QRs for the tests of writing and of reading."""

from hypothesis import strategies as st

from abtpro_saas.billing.qr import emvco
from abtpro_saas.billing.qr.emvco import (
    crc16,
    fields_text,
)
from abtpro_saas.billing.qr.promptpay import (
    IdKind,
    promptpay_id,
)
from abtpro_saas.money import Satang

BILLER = "000000000000101"


MOBILE = promptpay_id(IdKind.PHONE, "0800000000")


MOBILE_QR = "00020101021129370016A0000006770101110113006680000000053037645802TH63046547"


BILL_QR = (
    "00020101021230550016A00000067701011201150000000000001010212TOPUP7F3K9Q2"
    "53037645406499.005802TH630478B2"
)


DOMESTIC = {"00": emvco.BILL_PAYMENT_AID}


references = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)


amounts = st.none() | st.integers(1, emvco.MOST).map(Satang)


def sealed(body):
    """Return ``body`` with a true checksum: only what it holds may be at fault."""
    return f"{body}6304" + crc16(f"{body}6304")


def bill(account=None, **changes):
    """Return a payload with some fields replaced, or left out for None."""
    fields = {
        "00": "01",
        "01": "12",
        "30": nested(DOMESTIC | {"01": BILLER, "02": "REF1"} | (account or {})),
        "53": "764",
        "54": "499.00",
        "58": "TH",
    } | {tag.removeprefix("f"): value for tag, value in changes.items()}
    return sealed(nested(fields))


def transfer(**fields):
    """Return the payload of a transfer whose account has ``fields`` beside its AID."""
    named = {"00": emvco.CREDIT_TRANSFER_AID}
    named |= {tag.removeprefix("f"): value for tag, value in fields.items()}
    return bill(f30=None, f29=nested(named))


def nested(fields):
    return fields_text((t, v) for t, v in fields.items() if v is not None)
