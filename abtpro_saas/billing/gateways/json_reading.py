"""Reading JSON that a gateway sent, strictly: what is odd is refused, never guessed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from abtpro_saas.errors import InvalidError
from abtpro_saas.money import THB, AmountError, Satang, parse_baht

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
# Beyond them an instant is a mistake; near year 9999 none could be shown in Bangkok's.
_YEARS = range(2000, 2200)
IDENTIFIER = re.compile(r"[!-~]{1,128}", re.ASCII)
"""The shape of what gateways name things by: merchants, transactions, events."""
_CURRENCY = re.compile(r"[A-Za-z]{3}|\d{3}", re.ASCII)


class MalformedError(InvalidError):
    """Not a JSON object in UTF-8, or one that says a thing twice."""

    code = "malformed_body"


class FieldError(InvalidError):
    """A field is missing, unknown, or not of the form that it should have."""

    code = "invalid_field"


@dataclass(frozen=True)
class Fraction:
    """A number with a point or an exponent, as written: Decimal forgets exponents."""

    text: str


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in ``raw``; fractions stay as written.

    Raises:
        MalformedError: broken, not UTF-8, too deep, a key twice, NaN or Infinity.
    """
    try:
        found = json.loads(
            raw.decode("utf-8"),
            parse_float=Fraction,
            parse_constant=_refuse_constant,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError):
        # Not the parser's own words: they repeat parts of the body.
        raise MalformedError("the body is not JSON that can be read") from None
    if not isinstance(found, dict):
        raise MalformedError("the body is not a JSON object")
    return found


def check_names(
    body: Mapping[str, Any], required: frozenset[str], optional: frozenset[str]
) -> None:
    """Refuse a body that lacks a field, or has one that nobody explained.

    Raises:
        FieldError: names the first field at fault.
    """
    for name in sorted(required - body.keys()):
        raise FieldError(f"{name} is missing", name)
    for name in sorted(body.keys() - required - optional):
        raise FieldError(f"{name[:40]!r} is not a known field", name[:40])


def identifier(body: Mapping[str, Any], name: str) -> str:
    """Return a field of 1 to 128 visible ASCII characters.

    Raises:
        FieldError: missing, of another type, longer, or with other characters.
    """
    value = body.get(name)
    if not isinstance(value, str) or IDENTIFIER.fullmatch(value) is None:
        raise FieldError(f"{name} is 1 to 128 visible ASCII characters", name)
    return value


def instant(body: Mapping[str, Any], name: str) -> datetime:
    """Return a field that holds an instant with its zone (RFC 3339), in UTC.

    Raises:
        FieldError: anything else, and an instant without a zone.
    """
    value = body.get(name)
    found = parse_instant(value) if isinstance(value, str) else None
    if found is None:
        raise FieldError(f"{name} is an instant such as 2026-11-22T05:00:00Z", name)
    return found


def parse_instant(text: str) -> datetime | None:
    """Return the instant that ``text`` writes with its zone, in UTC, or None."""
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in _YEARS else None


def amount(body: Mapping[str, Any], name: str) -> Satang:
    """Return a field of baht, a string or an exact number, in satang; above zero.

    Raises:
        AmountError: zero, signs, exponents, a third decimal, or of another type.
    """
    value = body.get(name)
    if isinstance(value, Fraction):
        value = value.text
    # bool is an int in Python.
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise AmountError(f"{name} is a string or a number", name)
    satang = parse_baht(str(value), name)
    if satang == 0:
        raise AmountError(f"{name} is above zero", name)
    return satang


def currency(body: Mapping[str, Any], name: str) -> str:
    """Return a field that holds a currency: ``THB`` for "764", THB and thb.

    Raises:
        FieldError: not three letters or three digits.
    """
    value = body.get(name)
    if not isinstance(value, str) or _CURRENCY.fullmatch(value) is None:
        raise FieldError(f"{name} is an ISO 4217 code", name)
    return THB if value.upper() in {"764", THB} else value.upper()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Which of two amounts counts? Parsers differ, so neither does.
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)
