"""EMVCo merchant QR payloads as PromptPay uses them: an encoder and a strict parser.

A payload is a row of fields: two digits of tag, two of length in characters, then the
value. Field 00 comes first and 63, the checksum, last. Nothing in a payload expires:
life and single use exist at the gateway alone.

The parser accepts fields in any order and refuses what a bank might read otherwise
than we do: repeated tags, cut lengths, anything after the checksum.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from abtpro_saas.billing.qr.promptpay import (
    IdKind,
    PaymentReferenceError,
    PromptPayError,
    PromptPayId,
    biller_id,
    promptpay_id,
    reference,
)
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import AmountError, Satang, baht, parse_baht

CREDIT_TRANSFER_AID = "A000000677010111"
BILL_PAYMENT_AID = "A000000677010112"
MOST = Satang(999_999_999_999)
"""9,999,999,999.99 baht: what the 13 characters of field 54 can hold."""

_LONGEST = 512
_LONGEST_VALUE = 99
_PRINTABLE = re.compile(r"[ -~]*", re.ASCII)
_NUMBER = re.compile(r"\d\d", re.ASCII)
_TERMINAL = re.compile(r"[A-Z0-9]{1,25}", re.ASCII)
_ID_TAGS = {IdKind.PHONE: "01", IdKind.NATIONAL_ID: "02", IdKind.EWALLET: "03"}


class QrPayloadError(InvalidError):
    """Not a payload that we can make, or not one that we can read safely."""

    code = "invalid_qr_payload"


@dataclass(frozen=True)
class BillPayment:
    """A QR that pays a biller; the reference comes back with the confirmation."""

    biller_id: str
    reference: str
    amount: Satang | None = None
    reference2: str | None = None
    terminal: str | None = None
    one_time: bool = True


@dataclass(frozen=True)
class CreditTransfer:
    """A QR that pays a person or firm: no reference, no confirmation, no end."""

    target: PromptPayId
    amount: Satang | None = None
    one_time: bool = True


def bill_payment(
    biller: str,
    ref1: str,
    amount: Satang | None,
    *,
    ref2: str | None = None,
    terminal: str | None = None,
) -> str:
    """Return the payload of a bill payment; without ``amount`` the payer types it.

    ``terminal`` is what Thai banks call ref3 and stands in field 62-07.

    Raises:
        InvalidError: an ID, a reference or the amount is not as the banks want it.
    """
    account = [("00", BILL_PAYMENT_AID), ("01", biller_id(biller))]
    account += [("02", reference(ref1))]
    if ref2 is not None:
        account += [("03", reference(ref2))]
    extra = (
        [] if terminal is None else [("62", fields_text([("07", _label(terminal))]))]
    )
    return _payload(("30", fields_text(account)), amount, extra)


def credit_transfer(target: PromptPayId, amount: Satang | None) -> str:
    """Return the payload that pays ``target``; without ``amount`` the payer types it.

    Raises:
        InvalidError: the ID or the amount is not as the banks want it.
    """
    checked = promptpay_id(target.kind, target.value)
    account = [("00", CREDIT_TRANSFER_AID), (_ID_TAGS[target.kind], checked.value)]
    return _payload(("29", fields_text(account)), amount, [])


def read_payload(text: str) -> BillPayment | CreditTransfer:
    """Return what ``text`` asks the payer to pay.

    Raises:
        QrPayloadError: broken, not PromptPay, not in baht, or ambiguous.
    """
    fields = parse(text)
    if fields.get("53") != "764" or fields.get("58") != "TH":
        raise QrPayloadError("not a Thai QR in baht")
    kinds = fields.keys() & {"29", "30"}
    if len(kinds) != 1:
        raise QrPayloadError("not one PromptPay transfer or bill payment")
    initiation = fields.get("01", "11")
    if initiation not in {"11", "12"}:
        raise QrPayloadError("unknown point of initiation")
    try:
        read = _read_transfer if kinds == {"29"} else _read_bill
        return read(fields, _read_amount(fields), one_time=initiation == "12")
    except (PromptPayError, PaymentReferenceError, AmountError) as error:
        raise QrPayloadError(str(error)) from None


def parse(text: str) -> dict[str, str]:
    """Return the fields of a whole payload by tag, its checksum verified.

    Raises:
        QrPayloadError: not ASCII, too long, wrong checksum, or broken fields.
    """
    if len(text) > _LONGEST:
        raise QrPayloadError("too long for a payment QR")
    fields = parse_fields(text)
    if not text.startswith("000201"):
        raise QrPayloadError("a payment QR begins with 000201")
    if list(fields)[-1] != "63" or len(fields["63"]) != len("FFFF"):
        raise QrPayloadError("the checksum is not at the end")
    if crc16(text[:-4]) != text[-4:]:
        raise QrPayloadError("the checksum is wrong: the QR was changed or misread")
    return fields


def parse_fields(text: str) -> dict[str, str]:
    """Return tag-length-value fields by tag, in the order in which they stand.

    Raises:
        QrPayloadError: not ASCII, a length that does not fit, a tag twice.
    """
    if _PRINTABLE.fullmatch(text) is None:
        raise QrPayloadError("a payment QR is plain ASCII")
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not _NUMBER.fullmatch(tag) or not _NUMBER.fullmatch(length):
            raise QrPayloadError("a field begins with a tag and a length in digits")
        value = text[at + 4 : at + 4 + int(length)]
        if not value or len(value) != int(length):
            raise QrPayloadError(f"field {tag} is empty or cut short")
        if tag in fields:
            raise QrPayloadError(f"field {tag} stands twice")
        fields[tag] = value
        at += 4 + len(value)
    return fields


def fields_text(fields: Iterable[tuple[str, str]]) -> str:
    """Return fields as tag, length in characters, value.

    Raises:
        QrPayloadError: a value is empty, longer than 99, or not printable ASCII.
    """
    return "".join(_field(tag, value) for tag, value in fields)


def crc16(text: str) -> str:
    """Return CRC-16/CCITT-FALSE of ASCII ``text``: four capital hex digits, padded."""
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc = (crc << 8 & 0xFF00) ^ _CRC_TABLE[crc >> 8 ^ byte]
    return f"{crc:04X}"


def _crc_of_byte(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


_CRC_TABLE = [_crc_of_byte(byte) for byte in range(256)]


def _field(tag: str, value: str) -> str:
    if not 1 <= len(value) <= _LONGEST_VALUE or _PRINTABLE.fullmatch(value) is None:
        raise QrPayloadError(f"field {tag} cannot hold this")
    return f"{tag}{len(value):02d}{value}"


def _payload(
    account: tuple[str, str], amount: Satang | None, extra: list[tuple[str, str]]
) -> str:
    # 12 is one-time, 11 reusable: a QR whose amount is open is meant to be kept.
    fields = [("00", "01"), ("01", "11" if amount is None else "12"), account]
    fields += [("53", "764")]
    if amount is not None:
        fields += [("54", _amount_text(amount))]
    text = fields_text([*fields, ("58", "TH"), *extra]) + "6304"
    return text + crc16(text)


def _amount_text(amount: Satang) -> str:
    if not 0 < amount <= MOST:
        raise AmountError("an amount in a QR is from 0.01 to 9999999999.99", "amount")
    return baht(amount)


def _label(terminal: str) -> str:
    if _TERMINAL.fullmatch(terminal) is None:
        raise PaymentReferenceError("a terminal is 1 to 25 capital letters and digits")
    return terminal


def _read_amount(fields: Mapping[str, str]) -> Satang | None:
    if "54" not in fields:
        return None
    amount = parse_baht(fields["54"])
    if not 0 < amount <= MOST:
        raise QrPayloadError("an amount in a QR is from 0.01 to 9999999999.99")
    return amount


def _read_bill(
    fields: Mapping[str, str], amount: Satang | None, *, one_time: bool
) -> BillPayment:
    account = parse_fields(fields["30"])
    if account.get("00") != BILL_PAYMENT_AID:
        raise QrPayloadError("not a domestic PromptPay bill payment")
    if not {"00", "01", "02"} <= account.keys() <= {"00", "01", "02", "03"}:
        raise QrPayloadError("a bill payment names a biller and one or two references")
    terminal = parse_fields(fields.get("62", "")).get("07")
    return BillPayment(
        biller_id(account["01"]),
        reference(account["02"]),
        amount,
        reference(account["03"]) if "03" in account else None,
        _label(terminal) if terminal is not None else None,
        one_time,
    )


def _read_transfer(
    fields: Mapping[str, str], amount: Satang | None, *, one_time: bool
) -> CreditTransfer:
    account = parse_fields(fields["29"])
    if account.get("00") != CREDIT_TRANSFER_AID:
        raise QrPayloadError("not a PromptPay transfer that we know")
    targets = [(kind, account[tag]) for kind, tag in _ID_TAGS.items() if tag in account]
    if len(targets) != 1 or len(account) != len(("00", "ID")):
        raise QrPayloadError("a PromptPay transfer names one mobile, ID or e-wallet")
    [(kind, value)] = targets
    target = promptpay_id(kind, value)
    if target.value != value:
        raise QrPayloadError("the mobile number is not in its 0066 form")
    return CreditTransfer(target, amount, one_time)
