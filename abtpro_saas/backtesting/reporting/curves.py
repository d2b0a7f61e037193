"""What a report's files draw: lines within a unit square, whatever the paper."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor, log10
from typing import TypeAlias

import numpy as np

from abtpro_saas import formats
from abtpro_saas.backtesting.reporting.writing import at_ms, number
from abtpro_saas.backtesting.results import decimate
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.record import Floats, Integers, Record

POINTS = 600
"""Of each chart: what a sheet of paper can tell apart."""

TICKS = 4
DATES = 5

Dots: TypeAlias = list[tuple[float, float]]


@dataclass(frozen=True)
class Mark:
    """A place on an axis, from 0 (left, above) to 1, and what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Lines by their names; (0, 0) is the upper left corner, (1, 1) the lower right."""

    title: str
    lines: dict[str, Dots]
    ticks: list[Mark]
    dates: list[Mark]


def kept_rows(record: Record, points: int) -> Integers:
    """Return which rows stand for all, rising: no extreme of equity or drawdown lacks.

    All rows, if there are no more than ``points``.
    """
    if len(record.time) <= points:
        return np.arange(len(record.time))
    half = points // 2
    chosen = decimate(record.equity, half), decimate(drawdown_curve(record), half)
    return np.union1d(*chosen)


def equity_chart(record: Record, title: str, locale: str) -> Chart:
    """Return equity, and what buying and holding would have been worth."""
    rows = kept_rows(record, POINTS)
    held = record.initial * record.benchmark[rows] / record.benchmark[0]
    lines = {"held": held, "equity": record.equity[rows]}
    return _chart(record, rows, lines, title, locale)


def drawdown_chart(record: Record, title: str, locale: str) -> Chart:
    """Return how far equity was below its highest so far, in percent."""
    rows = kept_rows(record, POINTS)
    lines = {"drawdown": drawdown_curve(record)[rows]}
    return _chart(record, rows, lines, title, locale, most=0.0)


def _chart(  # noqa: PLR0917 - a chart has as many parts
    record: Record,
    rows: Integers,
    lines: dict[str, Floats],
    title: str,
    locale: str,
    most: float | None = None,
) -> Chart:
    low = min(float(each.min()) for each in lines.values())
    high = max(float(each.max()) for each in lines.values()) if most is None else most
    if high - low <= abs(high) * 1e-12:  # flat: a line in the middle
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    times = record.time[rows]
    start, end = int(times[0]), max(int(times[-1]), int(times[0]) + 1)
    xs = (times - start) / (end - start)
    return Chart(
        title,
        {
            name: _dots(xs, (high - values) / (high - low))
            for name, values in lines.items()
        },
        [Mark((high - at) / (high - low), _amount(at)) for at in _round(low, high)],
        list(_dates(start, end, lambda at: _day(at, locale))),
    )


def _dots(xs: Floats, ys: Floats) -> Dots:
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _round(low: float, high: float) -> Iterator[float]:
    """Yield round numbers between the two, some four."""
    rough = (high - low) / TICKS
    size = 10.0 ** floor(log10(rough))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
    for place in range(floor(low / step), floor(high / step) + 1):
        if low <= place * step <= high:
            yield place * step


def _amount(value: float) -> str:
    return number(value, digits=0 if abs(value) >= 10 or value == int(value) else 2)  # noqa: PLR2004 - two figures are enough to read


def _dates(start: int, end: int, write: Callable[[int], str]) -> Iterator[Mark]:
    for place in range(DATES):
        share = place / (DATES - 1)
        yield Mark(share, write(start + round(share * (end - start))))


def _day(milliseconds: int, locale: str) -> str:
    return formats.format_day(at_ms(milliseconds).date(), locale)
