"""Who a PromptPay QR pays: mobile numbers, national and tax IDs, e-wallets, billers.

The kind of an ID is always given, never guessed: a mobile number in its 13-digit form
looks like a national ID.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from abtpro_saas.errors import InvalidError

_MOBILE = re.compile(r"(?:0|\+66|0066)([689]\d{8})", re.ASCII)
_NATIONAL_ID = re.compile(r"\d{13}", re.ASCII)
_EWALLET = re.compile(r"\d{15}", re.ASCII)
_BILLER = re.compile(r"\d{15}", re.ASCII)
_REFERENCE = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)

REFERENCE_LENGTH = 15
"""Of the references that we make: some banks' libraries cap ref1 at 15, below the 20
that the standard allows."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: people read slips aloud


class PromptPayError(InvalidError):
    """Not an ID that PromptPay knows, or not of the kind that was named."""

    code = "invalid_promptpay_id"


class PaymentReferenceError(InvalidError):
    """Not a bill-payment reference."""

    code = "invalid_reference"


class IdKind(StrEnum):
    """What sort of ID a credit transfer is addressed to."""

    PHONE = "PHONE"
    NATIONAL_ID = "NATIONAL_ID"
    EWALLET = "EWALLET"


@dataclass(frozen=True)
class PromptPayId:
    """An ID as it stands in the QR: a mobile number is ``0066`` and nine digits."""

    kind: IdKind
    value: str


def promptpay_id(kind: IdKind, text: str) -> PromptPayId:
    """Return the ID that ``text`` writes; a national or tax ID is one kind.

    Mobile numbers are ``0XXXXXXXXX`` or ``+66XXXXXXXXX`` (or as in a QR, ``0066…``).

    Raises:
        PromptPayError: separators, landlines, other lengths, a wrong check digit.
    """
    return PromptPayId(kind, _READERS[kind](text))


def _mobile(text: str) -> str:
    match = _MOBILE.fullmatch(text)
    if match is None:
        raise PromptPayError("a mobile number is 0 and nine digits, from 06, 08 or 09")
    return f"0066{match[1]}"


def _national_id(text: str) -> str:
    if _NATIONAL_ID.fullmatch(text) is None:
        raise PromptPayError("a national or tax ID has 13 digits")
    if text.startswith("0066"):
        raise PromptPayError("this is a mobile number, not a national or tax ID")
    if check_digit(text[:12]) != text[12]:
        raise PromptPayError("the check digit of this ID is wrong")
    return text


def _ewallet(text: str) -> str:
    if _EWALLET.fullmatch(text) is None:
        raise PromptPayError("an e-wallet ID has 15 digits")
    return text


_READERS = {
    IdKind.PHONE: _mobile,
    IdKind.NATIONAL_ID: _national_id,
    IdKind.EWALLET: _ewallet,
}


def check_digit(first12: str) -> str:
    """Return the 13th digit of a national or tax ID, from its first twelve.

    ``(11 - sum(d[i] * (14 - i), i = 1..12) mod 11) mod 10``.
    """
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(first12))
    return str((11 - total % 11) % 10)


def biller_id(text: str) -> str:
    """Return ``text`` if it is a biller ID: a 13-digit tax ID and a 2-digit suffix.

    Raises:
        PromptPayError: it has not exactly 15 digits.
    """
    if _BILLER.fullmatch(text) is None:
        raise PromptPayError("a biller ID has 15 digits")
    return text


def reference(text: str) -> str:
    """Return ``text`` if it can be a reference: 1 to 20 of A-Z and 0-9.

    Raises:
        PaymentReferenceError: anything else.
    """
    if _REFERENCE.fullmatch(text) is None:
        raise PaymentReferenceError("a reference is 1 to 20 capital letters and digits")
    return text


def new_reference() -> str:
    """Return a fresh ref1 that nobody can guess: 15 characters, 75 random bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(REFERENCE_LENGTH))
