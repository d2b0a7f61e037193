"""What a report says in tables: every metric with its meaning, and every month."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from abtpro_saas.backtesting.reporting.labels import SOURCES
from abtpro_saas.backtesting.reporting.writing import (
    NOTHING,
    at_ms,
    in_language,
    measured,
    number,
    quote_of,
)
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.performance.arithmetic.calendar import Period
from abtpro_saas.performance.definitions import CATALOGUE
from abtpro_saas.performance.metric import GROUPS, Metric, Unit
from abtpro_saas.performance.record import Record
from abtpro_saas.performance.tables import PeriodRow, by_period
from abtpro_saas.performance.undefined import WORDS, Why
from abtpro_saas.plugins.api.parameters import Text

SHADES = 5
_BUDDHIST_YEARS_AHEAD = 543


@dataclass(frozen=True)
class Line:
    """A metric as it is read, ``amount`` as it was measured; ``reason`` is of none."""

    key: str
    title: str
    definition: str
    source: str
    value: str
    reason: str
    amount: float | None
    unit: Unit


@dataclass(frozen=True)
class Shelf:
    """The metrics of one group, under its heading."""

    title: str
    lines: tuple[Line, ...]


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


def shelves(run: Backtest, locale: str) -> list[Shelf]:
    """Return every metric under the heading of its group."""
    return [
        Shelf(
            in_language(title, locale),
            tuple(
                line(run, each, locale)
                for each in CATALOGUE.values()
                if each.group is group
            ),
        )
        for group, title in GROUPS.items()
    ]


def line(run: Backtest, metric: Metric, locale: str) -> Line:
    """Return one metric of a run."""
    amount = (run.metrics or {}).get(metric.key)
    value, reason = NOTHING, why_not(run, metric.key, locale)
    if amount is not None:
        currency = quote_of(run.symbols[0])
        value, reason = measured(amount, metric.unit, currency, locale), ""
    return Line(
        metric.key,
        in_language(metric.title, locale),
        in_language(metric.definition, locale),
        in_language(SOURCES.get(metric.source, Text(*2 * (metric.source,))), locale),
        value,
        reason,
        amount,
        metric.unit,
    )


def of_perpetual(run: Backtest) -> tuple[str, ...]:
    """Return which figures of a perpetual contract have something to tell of a run.

    Funding where it was asked for, liquidations where there were any, and the highest
    leverage where a margin was.
    """
    setup, told = run.ordered["setup"], run.metrics or {}
    asked = {
        "funding": is_funded(run),
        "liquidations": told.get("liquidations"),
        "max_leverage": setup.get("margin"),
    }
    return tuple(key for key, there in asked.items() if there)


def is_funded(run: Backtest) -> bool:
    """Tell whether positions of a run were to pay and earn funding."""
    return bool(run.ordered["setup"].get("funding"))


def lacks_funding(run: Backtest) -> bool:
    """Tell whether a result lacks funding of which nobody knows the rates."""
    return (run.metrics or {}).get("funding", 0.0) is None


def why_not(run: Backtest, key: str, locale: str) -> str:
    """Return why one of a run's metrics has no value."""
    reason = (run.undefined or {}).get(key)
    try:
        return in_language(WORDS[Why(str(reason))], locale)
    except ValueError:
        return ""


def months(record: Record) -> Sequence[PeriodRow]:
    """Return each month's equity, profit and return, oldest first."""
    return by_period(record, Period.MONTH)


def years(record: Record, locale: str) -> list[Year]:
    """Return the heat map of months, oldest year first."""
    rows = months(record)
    furthest = max((abs(row.return_percent) for row in rows), default=0.0)
    found = []
    for year, group in groupby(rows, key=lambda row: at_ms(row.starts_at).year):
        by_month = {at_ms(row.starts_at).month: row for row in group}
        shown = tuple(_month(by_month.get(n), furthest) for n in range(1, 13))
        grown = 1.0
        for row in by_month.values():
            grown *= 1 + row.return_percent / 100
        label = str(year + _BUDDHIST_YEARS_AHEAD if locale == "th" else year)
        found.append(Year(label, shown, 100 * (grown - 1)))
    return found


def _month(row: PeriodRow | None, furthest: float) -> Month:
    if row is None:
        return Month(None, "")
    share = abs(row.return_percent) / furthest if furthest else 0.0
    depth = min(int(share * SHADES) + 1, SHADES)
    side = "up" if row.return_percent >= 0 else "down"
    shade = f"{side}-{depth}" if number(row.return_percent) != "0.00" else ""
    return Month(row.return_percent, shade)
