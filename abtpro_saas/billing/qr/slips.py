"""Transfer slips: the small QR on them names one transfer at one bank.

The QR cannot be paid, and its checksum proves nothing: whoever prints a slip prints
the QR too. It only says which transfer to look up, and to count once.
"""

import re
from dataclasses import dataclass

from abtpro_saas.billing.qr.emvco import (
    QrPayloadError,
    crc16,
    fields_text,
    parse_fields,
)
from abtpro_saas.errors import InvalidError

_API = "000001"
_BANK = re.compile(r"\d{3}", re.ASCII)
_TRANSFER = re.compile(r"[A-Za-z0-9]{1,25}", re.ASCII)
_CHECKSUM = re.compile(r"91(\d\d)([0-9A-Fa-f]{1,4})", re.ASCII)
_LONGEST = 128


class SlipError(InvalidError):
    """Not a transfer slip's QR, nor a bank's code with a transfer's number."""

    code = "invalid_slip"


@dataclass(frozen=True)
class Slip:
    """One transfer: the sending bank's three digits and its number there.

    The pair is the transfer's identity; two banks may use the same number.
    """

    bank: str
    transfer: str


def slip(bank: str, transfer: str) -> Slip:
    """Return the slip that an admin typed.

    Raises:
        SlipError: the bank is not three digits or the number not 1 to 25 letters
            and digits.
    """
    if _BANK.fullmatch(bank) is None:
        raise SlipError("a bank's code has three digits", "bank")
    if _TRANSFER.fullmatch(transfer) is None:
        raise SlipError("a transfer's number is 1 to 25 letters and digits", "transfer")
    return Slip(bank, transfer)


def read_slip(text: str) -> Slip:
    """Return the transfer that a slip's QR names.

    Raises:
        SlipError: broken, a wrong checksum, or not a slip's QR.
    """
    # The last field is cut off first: banks that drop the checksum's leading zeros
    # print its length as 4 all the same, or as what is left.
    body, checksum = _split(text)
    if crc16(body) != checksum.upper().rjust(4, "0"):
        raise SlipError("the checksum is wrong: the QR was changed or misread")
    try:
        fields = parse_fields(body[:-4])
        named = parse_fields(fields.get("00", ""))
    except QrPayloadError as error:
        raise SlipError(str(error)) from None
    if fields.keys() != {"00", "51"} or fields["51"] != "TH":
        raise SlipError("not the QR of a Thai transfer slip")
    if named.keys() != {"00", "01", "02"} or named["00"] != _API:
        raise SlipError("not the QR of a transfer slip")
    return slip(named["01"], named["02"])


def slip_payload(made: Slip) -> str:
    """Return the text of the QR that a bank prints on this slip."""
    named = fields_text([("00", _API), ("01", made.bank), ("02", made.transfer)])
    text = fields_text([("00", named), ("51", "TH")]) + "9104"
    return text + crc16(text)


def _split(text: str) -> tuple[str, str]:
    """Return the text that the checksum covers, and the checksum as printed."""
    for digits in range(4, 0, -1) if len(text) <= _LONGEST and text.isascii() else ():
        match = _CHECKSUM.fullmatch(text[-digits - 4 :])
        if match and int(match[1]) in {digits, 4}:
            # Computed over the true length, 04, whatever the printed one says.
            return f"{text[: -digits - 4]}9104", match[2]
    raise SlipError("not the QR of a transfer slip")
