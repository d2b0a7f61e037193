"""How templates write money, dates and the words of states, in the page's language."""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask
from markupsafe import Markup

from abtpro_saas import formats
from abtpro_saas.blueprints.pages.contracts import wording
from abtpro_saas.blueprints.pages.frame import deeds, labels
from abtpro_saas.blueprints.pages.frame.devices import device_name
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.clock import utc_now
from abtpro_saas.money import baht


def install(app: Flask) -> None:
    """Give the filters to ``app``'s templates."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(GLOBALS)


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


def _code(text: str) -> Markup:
    return Markup('<span class="mono">{}</span>').format(text)


def _json(value: object) -> str:
    """Return what a program noted, as people read it: Thai letters stay letters."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _dict_labels(words: Iterable[str]) -> list[tuple[str, str]]:
    """Return (word, label) pairs, as fields take their options."""
    return [(str(word), labels.said(word)) for word in words]


def _preset_choices(amounts: Iterable[int]) -> list[tuple[str, str]]:
    """Return amounts as fields write them, and as buttons show them: ``฿1,000``."""
    return [
        (baht(each).removesuffix(".00"), _money(each).removesuffix(".00"))
        for each in amounts
    ]


def _month_choices(months: Iterable[date]) -> list[tuple[str, str]]:
    return [(f"{month:%Y-%m}", _month(month)) for month in months]


def loop_id(payment: str) -> str:
    """Return an id for a page's element; a gateway's number may hold anything."""
    return sha256(payment.encode()).hexdigest()[:12]


def _incident_subject(subject: str) -> str:
    """Return what an incident is about as people know it: the gateway's number."""
    return subject.rpartition(":")[2]


GLOBALS: dict[str, Callable[..., Any]] = {
    "dict_labels": _dict_labels,
    "preset_choices": _preset_choices,
    "month_choices": _month_choices,
    "loop_id": loop_id,
}

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
    "code": _code,
    "json": _json,
    "described": labels.described,
    "device": device_name,
    "incident_subject": _incident_subject,
    "flag_meaning": labels.flag_meaning,
    "deed": deeds.deed,
    "is_deed": deeds.is_deed,
    "said": labels.said,
    "tone": labels.tone,
    "tone_icon": labels.tone_icon,
    **wording.FILTERS,
}
