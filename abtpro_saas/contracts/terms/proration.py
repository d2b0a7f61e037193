"""What the part of a period that is still to come is worth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from abtpro_saas.clock import bangkok_date
from abtpro_saas.errors import InvalidError
from abtpro_saas.formats import format_money
from abtpro_saas.money import Satang

_DAY = timedelta(days=1)
_MICRO = timedelta(microseconds=1)
_UNITS = {"en": ("day", "second"), "th": ("วัน", "วินาที")}


@dataclass(frozen=True)
class Share:
    """So many of a period's days; of its microseconds where it is a day at most."""

    left: int
    whole: int
    is_short: bool

    def of(self, price: Satang) -> Satang:
        """Return this part of ``price``, in satang, rounded half up."""
        return Satang((price * self.left * 2 + self.whole) // (self.whole * 2))

    @property
    def unit(self) -> str:
        """What is counted: ``days``, or ``seconds``."""
        return "seconds" if self.is_short else "days"

    @property
    def counts(self) -> tuple[str, str]:
        """How many are left, of how many; parts of a second as decimals."""
        each = 1_000_000 if self.is_short else 1
        left, whole = (Decimal(count) / each for count in (self.left, self.whole))
        return f"{left.normalize():f}", f"{whole.normalize():f}"

    def words(self, price: Satang, locale: str) -> str:
        """Return what is multiplied: ``20 of 30 days, at ฿1,499.00 for 30 days``."""
        left, whole = self.counts
        money, (day, second) = format_money(price), _UNITS[locale]
        unit = second if self.is_short else day
        if locale == "th":
            return f"{left} {unit}จาก {whole} {unit} ในราคา {money} ต่อ {whole} {unit}"
        units = unit if whole == "1" else f"{unit}s"
        return f"{left} of {whole} {units}, at {money} for {whole} {units}"


def unused_share(start: datetime, end: datetime, now: datetime) -> Share:
    """Return which part of [start, end) is [now, end).

    Whole Bangkok days of the whole period count, and today is not yet used; the last
    one counts as a day until the period ends. A period of a day or less counts in
    seconds: its one day would be unused until midnight.

    Raises:
        InvalidError: the period is empty.
    """
    if end <= start:
        raise InvalidError("a period ends after it starts")
    at = min(max(now, start), end)
    if end - start <= _DAY:
        return Share((end - at) // _MICRO, (end - start) // _MICRO, is_short=True)
    last = bangkok_date(end)
    left = (last - bangkok_date(at)).days
    whole = (last - bangkok_date(start)).days
    # Else the last morning would be free, whatever plan it is changed to.
    return Share(max(left, int(at < end)), whole, is_short=False)


def unused_value(
    price: Satang, start: datetime, end: datetime, now: datetime
) -> Satang:
    """Return the part of ``price``, in satang, that pays for [now, end).

    Raises:
        InvalidError: the period is empty.
    """
    return unused_share(start, end, now).of(price)


class Rate(NamedTuple):
    """What a period costs, in satang, and how long it is."""

    price: Satang
    length: timedelta


def same_worth(left: timedelta, old: Rate, new: Rate) -> timedelta:
    """Return how long time that was given at one rate lasts at another.

    It keeps its worth and never becomes longer; whole seconds, rounded down.
    """
    worth = left // _MICRO * old.price * (new.length // _MICRO)
    price = new.price * (old.length // _MICRO)
    lasts = min(left, timedelta(microseconds=worth // price)) if price else left
    return timedelta(seconds=lasts // timedelta(seconds=1))
