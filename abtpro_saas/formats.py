"""Money, dates and counts as people read them, in Thai and in English.

Instants are shown in Bangkok's time. A year is counted in the Buddhist era in Thai and
in the Christian era in English unless the reader chose otherwise; what is stored, and
what machines read, never is.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from babel.dates import format_timedelta, get_month_names
from babel.numbers import format_decimal

from abtpro_saas.clock import BANGKOK, bangkok_date

LOCALES = ("th", "en")
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
_BUDDHIST_YEARS_AHEAD = 543
_JUST_NOW = timedelta(seconds=45)
_THAI_UNITS = {
    "year": "ปี",
    "month": "เดือน",
    "day": "วัน",
    "hour": "ชั่วโมง",
    "minute": "นาที",
    "second": "วินาที",
}


class Era(StrEnum):
    """How a reader counts years; AUTO follows the language."""

    AUTO = "auto"
    BUDDHIST = "buddhist"
    CHRISTIAN = "christian"


def format_money(satang: int, *, signed: bool = False) -> str:
    """Write satang as ``฿1,499.00``; ``signed`` puts a plus before a gain as well.

    The same in both languages, as Thai banks write it. A loss has a true minus sign,
    which is as wide as the plus.
    """
    baht, rest = divmod(abs(satang), 100)
    sign = MINUS if satang < 0 else "+" if signed and satang > 0 else ""
    return f"{sign}฿{baht:,}.{rest:02d}"


def format_compact(satang: int) -> str:
    """Write satang as axes do: ``฿950``, ``฿12.5k``, ``฿1.25M``, in two decimals."""
    sign, baht = MINUS if satang < 0 else "", Decimal(abs(satang)) / 100
    size, unit = (10**6, "M") if baht >= 10**6 else (10**3, "k")
    if baht < size:
        size, unit = 1, ""
    shown = f"{(baht / size).quantize(Decimal('0.01')):,f}"
    return f"{sign}฿{shown.rstrip('0').rstrip('.')}{unit}"


def format_day(day: date, locale: str, era: Era = Era.AUTO) -> str:
    """Write a day as ``22 พ.ย. 2569`` or ``22 Nov 2026``."""
    month = get_month_names("abbreviated", locale=locale)[day.month]
    return NO_BREAK.join((str(day.day), month, _year(day.year, locale, era)))


def format_month(day: date, locale: str, era: Era = Era.AUTO) -> str:
    """Write the month of a day in full: ``พฤศจิกายน 2569`` or ``November 2026``."""
    month = get_month_names("wide", "stand-alone", locale=locale)[day.month]
    return NO_BREAK.join((month, _year(day.year, locale, era)))


def format_month_short(
    day: date, locale: str, era: Era = Era.AUTO, *, year: bool = False
) -> str:
    """Write the month of a day as axes do: ``พ.ย.`` or ``Nov``, or ``Nov 2026``."""
    month = get_month_names("abbreviated", "stand-alone", locale=locale)[day.month]
    return NO_BREAK.join((month, _year(day.year, locale, era))) if year else month


def format_time(instant: datetime, *, seconds: bool = False) -> str:
    """Write Bangkok's time of day, 24 hours: ``14:02`` or ``14:02:07``."""
    return instant.astimezone(BANGKOK).strftime("%H:%M:%S" if seconds else "%H:%M")


def format_instant(
    instant: datetime, locale: str, era: Era = Era.AUTO, *, seconds: bool = False
) -> str:
    """Write day and time in Bangkok: ``22 พ.ย. 2569 14:02``."""
    day = format_day(bangkok_date(instant), locale, era)
    return f"{day} {format_time(instant, seconds=seconds)}"


def format_ago(instant: datetime, now: datetime, locale: str) -> str:
    """Write how far an instant is from now: ``5 minutes ago``, ``ในอีก 2 ชั่วโมง``."""
    distance = instant - now
    if abs(distance) < _JUST_NOW:
        return "เมื่อสักครู่" if locale == "th" else "just now"
    return format_timedelta(distance, add_direction=True, locale=locale)


def format_lasting(length: timedelta, locale: str) -> str:
    """Write a length of time, rounded to its largest unit: ``15 minutes``."""
    return format_timedelta(length, threshold=1.2, locale=locale)


def format_left(length: timedelta, locale: str) -> str:
    """Write what is left of a term, rounded down: ``27 days``, ``36 hours``.

    Days from two on, then hours, minutes and seconds; never less than nothing.
    """
    seconds = max(0, int(length.total_seconds()))
    units = (("day", 86_400), ("hour", 3600), ("minute", 60))
    for unit, each in units:
        if seconds >= 2 * each:
            return _unit(seconds // each, unit, locale)
    return _unit(seconds, "second", locale)


def format_term(months: int, days: int, seconds: int, locale: str) -> str:
    """Write a length that a contract names: ``1 month``, ``14 วัน``, ``1 year``."""
    years, months = divmod(months, 12)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        (years, "year"),
        (months, "month"),
        (days, "day"),
        (hours, "hour"),
        (minutes, "minute"),
        (seconds, "second"),
    )
    return " ".join(_unit(count, unit, locale) for count, unit in parts if count)


def format_countdown(left: timedelta) -> str:
    """Write what is left as ``14:59`` or ``1:02:03``, and never less than zero."""
    seconds = max(0, int(left.total_seconds()))
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:" * bool(hours) + f"{minutes:02d}:{seconds % 60:02d}"


def format_count(count: int, locale: str) -> str:
    """Write a whole number with separators: ``12,345``."""
    return format_decimal(count, locale=locale)


def format_percent(basis_points: int, *, signed: bool = True) -> str:
    """Write basis points as a percentage with two digits: 512 is ``+5.12%``."""
    whole, rest = divmod(abs(basis_points), 100)
    sign = MINUS if basis_points < 0 else "+" if signed and basis_points > 0 else ""
    return f"{sign}{whole:,}.{rest:02d}%"


def _unit(count: int, unit: str, locale: str) -> str:
    # Babel's data has no long Thai words for most of these.
    word = _THAI_UNITS[unit] if locale == "th" else f"{unit}{'s' * (count != 1)}"
    return f"{count:,}{NO_BREAK}{word}"


def _year(year: int, locale: str, era: Era) -> str:
    if era is Era.BUDDHIST or (era is Era.AUTO and locale == "th"):
        buddhist = str(year + _BUDDHIST_YEARS_AHEAD)
        # 2569 surprises a reader of English who did not see where it comes from.
        return buddhist if locale == "th" else f"{buddhist}{NO_BREAK}BE"
    return str(year)
