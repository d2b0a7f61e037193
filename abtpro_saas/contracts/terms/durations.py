"""Lengths of time as contracts name them: ISO 8601 durations, such as ``P1M``.

A month is no number of days, so a duration keeps its parts apart until it is laid on
an instant. Days and months are Bangkok's.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

from abtpro_saas.clock import BANGKOK
from abtpro_saas.errors import InvalidError

_FORM = re.compile(
    r"P(?=.)(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})W)?(?:(\d{1,4})D)?"
    r"(?:T(?=.)(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?)?",
    re.ASCII,
)

_MONTHS_A_YEAR = 12
_LONGEST = timedelta(days=366 * 5)
_MONTH = timedelta(days=366) / _MONTHS_A_YEAR


class DurationError(InvalidError):
    """Not a duration that a contract can have."""

    code = "invalid_duration"


@dataclass(frozen=True)
class Duration:
    """A length of time: whole months, whole days and seconds, each zero or more."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        """Return the ISO 8601 form that ``parse_duration`` reads back."""
        date = (f"{self.months}M" if self.months else "") + (
            f"{self.days}D" if self.days else ""
        )
        time = f"T{self.seconds}S" if self.seconds else ""
        return f"P{date}{time}" if date or time else "PT0S"

    @property
    def is_short(self) -> bool:
        """Tell whether it is less than a day, and so counted in seconds."""
        return not self.months and timedelta(
            days=self.days, seconds=self.seconds
        ) < timedelta(days=1)

    def __mul__(self, times: int) -> "Duration":
        """Return it ``times`` over."""
        return Duration(self.months * times, self.days * times, self.seconds * times)


def parse_duration(text: str, field: str | None = None) -> Duration:
    """Read an ISO 8601 duration: ``P1M``, ``P3D``, ``P1Y``, ``P2W``, ``PT20S``.

    Raises:
        DurationError: another form, fractions, or more than five years.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise DurationError("a duration in ISO 8601, such as P1M or P3D", field)
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in match.groups()
    )
    found = Duration(
        years * _MONTHS_A_YEAR + months,
        weeks * 7 + days,
        (hours * 60 + minutes) * 60 + seconds,
    )
    length = timedelta(days=found.days, seconds=found.seconds)
    if found.months * _MONTH + length > _LONGEST:
        raise DurationError("a duration of five years at most", field)
    return found


def after(start: datetime, length: Duration) -> datetime:
    """Return the instant ``length`` after ``start``, at the same time in Bangkok.

    A day that its month does not have is the month's last: a month after 31 January is
    28 or 29 February.

    Raises:
        DurationError: no calendar has that instant: it ends with the year 9999.
    """
    try:
        return _moved(start, length)
    except (OverflowError, ValueError):
        raise DurationError("this ends after the year 9999", "duration") from None


def _moved(start: datetime, length: Duration) -> datetime:
    local = start.astimezone(BANGKOK)
    year, month = divmod(local.year * 12 + local.month - 1 + length.months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    moved = local.replace(year=year, month=month + 1, day=day)
    moved += timedelta(days=length.days, seconds=length.seconds)
    return moved.astimezone(start.tzinfo)
