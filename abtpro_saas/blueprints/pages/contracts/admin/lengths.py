"""Lengths of time as forms ask for them: so many of a unit."""

from contextlib import suppress
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from abtpro_saas.blueprints.pages.frame.forms import text
from abtpro_saas.contracts.terms.durations import DurationError, parse_duration

UNITS = {
    "P1Y": _l("years"),
    "P1M": _l("months"),
    "P1D": _l("days"),
    "PT1H": _l("hours"),
    "PT1M": _l("minutes"),
    "PT1S": _l("seconds"),
}
_YEAR = 12
_SECONDS = {"PT1H": 3600, "PT1M": 60, "PT1S": 1}
_LONGEST = 5


@dataclass(frozen=True)
class Length:
    """So many of a unit, as a form shows it."""

    count: str = ""
    unit: str = "P1D"


def shown_length(text: str | None) -> Length:
    """Return a duration as a form shows it; one of mixed units is a unit itself."""
    if text is None:
        return Length()
    found = parse_duration(text)
    if found.months and not found.days and not found.seconds:
        return _years(found.months) or Length(str(found.months), "P1M")
    if found.days and not found.months and not found.seconds:
        return Length(str(found.days), "P1D")
    if found.months or found.days:
        return Length("1", str(found))
    if not found.seconds:
        return Length("0", "PT1S")
    unit = next(unit for unit, each in _SECONDS.items() if not found.seconds % each)
    return Length(str(found.seconds // _SECONDS[unit]), unit)


def _years(months: int) -> Length | None:
    years, rest = divmod(months, _YEAR)
    return None if rest else Length(str(years), "P1Y")


def typed_length(name: str) -> Length:
    """Return what was typed into a length's two fields, to be shown again."""
    unit = text(f"{name}_unit")
    if unit in UNITS:
        return Length(text(name), unit)
    with suppress(DurationError):
        return Length(text(name), str(parse_duration(unit)))
    return Length(text(name))


def asked_length(name: str) -> str | None:
    """Return the duration that a form names, or None where it names none.

    Raises:
        DurationError: no whole number of a unit, or too long.
    """
    count = text(name)
    if not count:
        return None
    if not count.isdecimal() or len(count) > _LONGEST:
        raise DurationError("a whole number", name)
    each = parse_duration(text(f"{name}_unit"), name)
    return str(parse_duration(str(each * int(count)), name))
