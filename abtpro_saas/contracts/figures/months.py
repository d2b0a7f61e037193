"""The months of business figures: Bangkok's, and those in a row that are asked for."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from abtpro_saas.clock import bangkok_date, bangkok_day
from abtpro_saas.errors import InvalidError

MOST = 36
USUAL = 12
_A_YEAR = 12
_FORM = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])", re.ASCII)


class MonthsError(InvalidError):
    """Not months that figures can be given of."""

    code = "invalid_months"


class Month(NamedTuple):
    """A calendar month of Bangkok's."""

    year: int
    month: int

    def __str__(self) -> str:
        """Return it as ``parse_month`` reads it: ``2026-11``."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The day that it begins with."""
        return date(self.year, self.month, 1)

    @property
    def start(self) -> datetime:
        """The instant at which it begins, in UTC."""
        return bangkok_day(self.first_day)[0]

    def plus(self, months: int) -> "Month":
        """Return the month so many after this one, or before it if negative."""
        year, month = divmod(self.year * _A_YEAR + self.month - 1 + months, _A_YEAR)
        return Month(year, month + 1)

    def until(self, later: "Month") -> int:
        """Return how many months ``later`` is after this one."""
        return (later.year - self.year) * _A_YEAR + later.month - self.month


@dataclass(frozen=True)
class Months:
    """Months in a row, both ends included, seen at the instant ``at``.

    None of them is still to come; the last may not be over.
    """

    first: Month
    last: Month
    at: datetime

    @property
    def each(self) -> list[Month]:
        """The months, the earliest first."""
        return [self.first.plus(n) for n in range(self.first.until(self.last) + 1)]

    @property
    def bounds(self) -> list[datetime]:
        """Where the months begin, and where the last one ends: at ``at`` at most."""
        starts = [month.start for month in self.each]
        return [*starts, min(self.last.plus(1).start, self.at)]

    def is_over(self, month: Month) -> bool:
        """Tell whether a month has ended, so that its figures stay."""
        return month.plus(1).start <= self.at


def month_of(instant: datetime) -> Month:
    """Return the month in Bangkok in which ``instant`` lies."""
    day = bangkok_date(instant)
    return Month(day.year, day.month)


def parse_month(text: str, field: str | None = None) -> Month:
    """Read a month: ``2026-11``, from 2000 to 2199.

    Raises:
        MonthsError: another form.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise MonthsError("a month is written as 2026-11", field)
    return Month(int(found[1]), int(found[2]))


def asked_months(first: str | None, last: str | None, now: datetime) -> Months:
    """Return the months from ``first`` to ``last``, those to come left out.

    Without ``last`` up to the present month; without ``first`` twelve of them.

    Raises:
        MonthsError: no months, in the wrong order, all to come, or more than 36.
    """
    present = month_of(now)
    end = parse_month(last, "to") if last else present
    begin = parse_month(first, "from") if first else None
    if begin is not None and begin > end:
        raise MonthsError("the first month is not after the last", "from")
    end = min(end, present)
    begin = begin or end.plus(1 - USUAL)
    if begin > end:
        raise MonthsError("months to come have no figures", "from")
    if begin.until(end) >= MOST:
        raise MonthsError(f"{MOST} months at most", "from")
    return Months(begin, end, now)
