"""Thai baht, counted in whole satang (100 satang = 1 THB)."""

import re
from typing import NewType

from abtpro_saas.errors import InvalidError

Satang = NewType("Satang", int)

THB = "THB"
NOTHING = Satang(0)
LARGEST = Satang(9_223_372_036_854_775_807)
"""What a BIGINT holds; a configured limit is far below it."""

_BAHT = re.compile(r"(\d{1,17})(?:\.(\d{1,2}))?", re.ASCII)


class AmountError(InvalidError):
    """Not an amount of money in baht, with two decimals at most."""

    code = "invalid_amount"


def parse_baht(text: str, field: str | None = "amount") -> Satang:
    """Read a decimal string: ``"1499.5"`` is 149950 satang.

    Raises:
        AmountError: white space, signs, separators, exponents, a third decimal
            place, non-ASCII digits, or more than the database can hold.
    """
    match = _BAHT.fullmatch(text)
    if match is None:
        raise AmountError(f"not an amount in baht: {text[:20]!r}", field)
    baht, fraction = match.groups(default="")
    satang = int(baht) * 100 + int(fraction.ljust(2, "0"))
    if satang > LARGEST:
        raise AmountError("the amount is too large", field)
    return Satang(satang)


def baht(satang: int) -> str:
    """Write satang as a decimal string of baht: 149950 is ``"1499.50"``."""
    sign = "-" if satang < 0 else ""
    whole, rest = divmod(abs(satang), 100)
    return f"{sign}{whole}.{rest:02d}"
