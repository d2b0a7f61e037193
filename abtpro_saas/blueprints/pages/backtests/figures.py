"""What a report shows beside its chart: months, the spread of days, all metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext as _

from abtpro_saas import formats
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.pages.backtests.words import (
    NOTHING,
    at_ms,
    in_words,
    measured,
    number,
    percent,
    quote_of,
    why_not,
)
from abtpro_saas.blueprints.pages.figures.plots import Part, columns
from abtpro_saas.blueprints.pages.figures.view import Chart, Label
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.performance.arithmetic.calendar import Period
from abtpro_saas.performance.charts import daily_histogram
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import GROUPS, Metric
from abtpro_saas.performance.record import Record
from abtpro_saas.performance.tables import PeriodRow, by_period

SHADES = 5
BINS = 31
_EVERY = 5
"""An axis of the histogram has room for every fifth edge."""


@dataclass(frozen=True)
class Month:
    """A month's return, and how strongly it is shaded; of one without bars, nothing."""

    percent: float | None
    shade: str


@dataclass(frozen=True)
class Year:
    """A row of the heat map: twelve months and the year."""

    label: str
    months: tuple[Month, ...]
    percent: float


@dataclass(frozen=True)
class Line:
    """A metric as it is read; ``reason`` stands in for a value that is not there."""

    key: str
    title: str
    definition: str
    source: str
    value: str
    reason: str


def years(record: Record) -> list[Year]:
    """Return the heat map of months, oldest year first."""
    rows = by_period(record, Period.MONTH)
    furthest = max((abs(row.return_percent) for row in rows), default=0.0)
    found = []
    for year, group in groupby(rows, key=lambda row: at_ms(row.starts_at).year):
        by_month = {at_ms(row.starts_at).month: row for row in group}
        months = tuple(_month(by_month.get(n), furthest) for n in range(1, 13))
        grown = 1.0
        for row in by_month.values():
            grown *= 1 + row.return_percent / 100
        label = str(year + 543 if language() == "th" else year)
        found.append(Year(label, months, 100 * (grown - 1)))
    return found


def month_names() -> list[str]:
    """Return the twelve months as the head of the heat map names them."""
    days = [at_ms(0).date().replace(month=month) for month in range(1, 13)]
    return [formats.format_month_short(day, language()) for day in days]


def months(record: Record) -> Sequence[PeriodRow]:
    """Return each month's equity, profit and return: the chart's table."""
    return by_period(record, Period.MONTH)


def spread(record: Record) -> Chart:
    """Return how daily returns are spread, drawn as columns."""
    found = daily_histogram(record, BINS)
    stacks, labels = [], []
    pairs = zip(found.edges[:-1].tolist(), found.edges[1:].tolist(), strict=True)
    for place, ((low, high), count) in enumerate(
        zip(pairs, found.counts.tolist(), strict=True)
    ):
        tone = "good" if low + high >= 0 else "bad"
        days = _("%(count)s days", count=f"{count:,}")
        told = f"{percent(low)} … {percent(high)}: {days}"
        stacks.append([Part(count, tone, told)])
        named = not place % _EVERY and place < BINS - _EVERY // 2
        text = percent(low) if named else ""
        labels.append(Label(text, not place % (_EVERY * 2)))
    plot = columns(stacks)
    ticks = tuple(f"{tick.amount:,}" for tick in plot.ticks)
    return Chart(plot, ticks, tuple(labels))


def shelves(run: Backtest) -> list[tuple[str, list[Line]]]:
    """Return every metric under the heading of its group."""
    found = []
    for group, title in GROUPS.items():
        lines = [_line(run, each) for each in CATALOGUE.values() if each.group is group]
        found.append((in_words(title), lines))
    return found


def _line(run: Backtest, metric: Metric) -> Line:
    value = (run.metrics or {}).get(metric.key)
    written = (
        NOTHING
        if value is None
        else measured(value, metric.unit, quote_of(run.symbols[0]))
    )
    return Line(
        metric.key,
        in_words(metric.title),
        in_words(metric.definition),
        metric.source,
        written,
        why_not(run, metric.key) if value is None else "",
    )


def _month(row: PeriodRow | None, furthest: float) -> Month:
    if row is None:
        return Month(None, "")
    share = abs(row.return_percent) / furthest if furthest else 0.0
    depth = min(int(share * SHADES) + 1, SHADES)
    side = "up" if row.return_percent >= 0 else "down"
    shade = f"{side}-{depth}" if number(row.return_percent) != "0.00" else ""
    return Month(row.return_percent, shade)
