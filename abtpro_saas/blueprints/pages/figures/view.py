"""What a page of business figures shows: charts, tables and the months to choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import dropwhile
from typing import Any

from flask import request
from flask_babel import gettext as _

from abtpro_saas.blueprints.pages.figures.plots import (
    Part,
    Plot,
    Point,
    columns,
    lines,
)
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.contracts.figures.months import (
    MOST,
    Months,
    MonthsError,
    asked_months,
    month_of,
)
from abtpro_saas.contracts.figures.report import (
    Cohort,
    Figures,
    MonthFigures,
    Renewals,
    Topups,
)
from abtpro_saas.formats import (
    NO_BREAK,
    format_compact,
    format_lasting,
    format_money,
    format_month,
    format_month_short,
    format_percent,
)

WHOLE_BPS = 10_000
A_SECOND_MS = 1000
ENOUGH = 100
"""Of fewer the decimals of a percentage say nothing."""

LABELS = 12
"""How many months an axis has room to name."""

BAHT = 100


@dataclass(frozen=True)
class Label:
    """A month on an axis; a phone has room for those that are ``narrow``."""

    text: str
    narrow: bool


@dataclass(frozen=True)
class Chart:
    """A plot with what is written around it; ``legend`` holds (tone, words)."""

    plot: Plot
    ticks: tuple[str, ...]
    labels: tuple[Label, ...]
    legend: tuple[tuple[str, str], ...] = ()


def page_months(now: datetime) -> Months:
    """Return the months that the query asks for, or the usual ones."""
    try:
        return asked_months(request.args.get("from"), request.args.get("to"), now)
    except MonthsError:
        return asked_months(None, None, now)


def page_context(figures: Figures) -> dict[str, Any]:
    """Return what the page of a tenant's figures draws."""
    return {
        **months_context(figures.months),
        "figures": figures,
        "last": figures.lines[-1],
        "movements": movements(),
        "cohorts": _begun(figures.cohorts),
        "is_empty": not any(_is_lively(line) for line in figures.lines),
        "charts": {
            "mrr": _mrr(figures),
            "movements": _movements(figures),
            "revenue": _revenue(figures),
            "rates": _rates(figures),
        },
    }


def months_context(months: Months) -> dict[str, Any]:
    """Return what the choice of months shows."""
    present = month_of(months.at)
    return {
        "months": months,
        "asked": {"from": str(months.first), "to": str(months.last)},
        "choices": [present.plus(-n).first_day for n in range(MOST)],
    }


def movements() -> list[tuple[str, str, int]]:
    """Return each movement of MRR, its words, and whether it adds or takes."""
    return [
        ("new", _("New"), 1),
        ("reactivation", _("Came back"), 1),
        ("expansion", _("Expansion"), 1),
        ("contraction", _("Contraction"), -1),
        ("churn", _("Churn"), -1),
    ]


def lag(milliseconds: int) -> str:
    """Write how late something was: ``412 ms``, ``7 seconds``, ``2 hours``."""
    if milliseconds < A_SECOND_MS:
        return f"{milliseconds}{NO_BREAK}ms"
    return format_lasting(timedelta(milliseconds=milliseconds), language())


def share(bps: int, whole: int) -> str:
    """Write a part of so many: ``33%`` of three, ``33.33%`` of three hundred."""
    if whole < ENOUGH:
        return f"{(bps + 50) // 100}%"
    return format_percent(bps, signed=False)


def _begun(cohorts: Sequence[Cohort]) -> list[Cohort]:
    """Return the cohorts from the first that somebody is in."""
    return list(dropwhile(lambda each: not each.size, cohorts))


def _is_lively(line: MonthFigures) -> bool:
    return bool(
        any(vars(line.mrr).values())
        or line.with_access
        or line.renewals.due
        or line.topups.created
        or line.revenue.invoiced
        or line.revenue.net
    )


def _mrr(figures: Figures) -> Chart:
    stacks = [
        [Part(line.mrr.closing, "accent", _told(line, line.mrr.closing))]
        for line in figures.lines
    ]
    return _of_money(figures, columns(stacks, BAHT))


def _movements(figures: Figures) -> Chart:
    kinds = movements()
    stacks = [
        [
            Part(
                sign * getattr(line.mrr, name),
                name,
                f"{words}: {_told(line, sign * getattr(line.mrr, name), signed=True)}",
            )
            for name, words, sign in kinds
        ]
        for line in figures.lines
    ]
    legend = tuple((name, words) for name, words, _sign in kinds)
    return _of_money(figures, columns(stacks, BAHT), legend)


def _revenue(figures: Figures) -> Chart:
    stacks = [
        [Part(line.revenue.net, "accent", _told(line, line.revenue.net))]
        for line in figures.lines
    ]
    return _of_money(figures, columns(stacks, BAHT))


def _rates(figures: Figures) -> Chart:
    each = figures.lines
    named = {
        "accent": [_rate(of, of.renewals, of.renewals.renewed) for of in each],
        "info": [_rate(of, of.topups, of.topups.paid) for of in each],
    }
    plot = lines(WHOLE_BPS, named)
    ticks = tuple(f"{tick.amount // 100}%" for tick in plot.ticks)
    legend = (("accent", _("Renewed")), ("info", _("Top-ups paid")))
    return Chart(plot, ticks, _labels(figures), legend)


def _of_money(
    figures: Figures, plot: Plot, legend: tuple[tuple[str, str], ...] = ()
) -> Chart:
    ticks = tuple(format_compact(tick.amount) for tick in plot.ticks)
    return Chart(plot, ticks, _labels(figures), legend)


def _labels(figures: Figures) -> tuple[Label, ...]:
    """Name each month, or of many every second or third; the year where it begins."""
    count, locale = len(figures.lines), language()
    every = -(-count // LABELS)
    found = []
    for number, line in enumerate(figures.lines):
        day: date = line.month.first_day
        year = number == 0 or day.month <= every
        text = format_month_short(day, locale, year=year) if not number % every else ""
        found.append(Label(text, not number % (every * 3)))
    return tuple(found)


def _rate(line: MonthFigures, of: Renewals | Topups, part: int) -> Point:
    month, bps = format_month(line.month.first_day, language()), of.rate_bps
    if bps is None:
        return Point(None, month)
    size = f"{of.decided:,}"
    counts = _("%(kept)s of %(size)s", kept=f"{part:,}", size=size)
    return Point(bps, f"{month}: {share(bps, of.decided)} ({counts})")


def _told(line: MonthFigures, satang: int, *, signed: bool = False) -> str:
    month = format_month(line.month.first_day, language())
    return f"{month}: {format_money(satang, signed=signed)}"
