"""How templates write money, dates and the words of states, in the page's language."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask

from abtpro_saas import formats
from abtpro_saas.blueprints.pages import labels
from abtpro_saas.blueprints.pages.preferences import language
from abtpro_saas.clock import utc_now
from abtpro_saas.money import baht


def install(app: Flask) -> None:
    """Give the filters to ``app``'s templates."""
    app.jinja_env.filters.update(FILTERS)


def _money(satang: int, *, signed: bool = False) -> str:
    return formats.format_money(satang, signed=signed)


def _day(day: date) -> str:
    return formats.format_day(day, language())


def _month(day: date) -> str:
    return formats.format_month(day, language())


def _instant(instant: datetime, *, seconds: bool = False) -> str:
    return formats.format_instant(instant, language(), seconds=seconds)


def _ago(instant: datetime) -> str:
    return formats.format_ago(instant, utc_now(), language())


def _lasting(length: timedelta) -> str:
    return formats.format_lasting(length, language())


def _count(count: int) -> str:
    return formats.format_count(count, language())


FILTERS: dict[str, Callable[..., Any]] = {
    "money": _money,
    "baht": baht,
    "day": _day,
    "month": _month,
    "instant": _instant,
    "time": formats.format_time,
    "ago": _ago,
    "lasting": _lasting,
    "countdown": formats.format_countdown,
    "count_text": _count,
    "percent": formats.format_percent,
    "said": labels.said,
    "tone": labels.tone,
    "tone_icon": labels.tone_icon,
}
