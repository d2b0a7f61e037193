"""What a report draws beside its tables; UTC days, as the metrics count them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.record import Floats, Integers, Record
from abtpro_saas.performance.undefined import ROUNDING


@dataclass(frozen=True, slots=True)
class Rolling:
    """Figures of the last ``days`` days; ``time`` is when each one's last bar opened.

    None where there is none: equity (``sharpe``) or the market (``beta``) was flat.
    """

    days: int
    time: list[int]
    sharpe: list[float | None]
    beta: list[float | None]


def rolling(record: Record, days: int = 30) -> Rolling:
    """Return Sharpe ratio (of a year) and beta of each stretch of ``days`` days.

    Empty if the record has fewer.
    """
    each = Days(record)
    if days < 2 or len(each.returns) < days:  # noqa: PLR2004 - one value has no spread
        return Rolling(days, [], [], [])
    own, market = (sliding_window_view(r, days) for r in (each.returns, each.market))
    means, follow = own.mean(axis=1), market.mean(axis=1)
    off, off_market = own - means[:, None], market - follow[:, None]
    spread = np.sqrt((off * off).sum(axis=1) / (days - 1))
    around = (off_market * off_market).sum(axis=1)
    return Rolling(
        days,
        each.time[days - 1 :].tolist(),
        _divide(means * sqrt(each.per_year), spread, ROUNDING * np.abs(means)),
        _divide((off * off_market).sum(axis=1), around, ROUNDING * follow * follow),
    )


def _divide(part: Floats, whole: Floats, least: Floats) -> list[float | None]:
    """Return quotients, None where ``whole`` is no more than ``least``."""
    there = whole > least
    ratios = np.divide(part, whole, out=np.zeros(len(part)), where=there)
    pairs = zip(ratios.tolist(), there.tolist(), strict=True)
    return [ratio if defined else None for ratio, defined in pairs]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie from each edge up to the next, the last one included."""

    edges: Floats
    counts: Integers


def daily_histogram(record: Record, bins: int = 40) -> Histogram:
    """Return how daily returns, in percent, are spread."""
    return histogram(100 * Days(record).returns, bins)


def histogram(values: Floats, bins: int = 40) -> Histogram:
    """Return how values are spread over ``bins`` of one width; of none it is empty."""
    if not len(values):
        return Histogram(np.empty(0), np.empty(0, np.int64))
    counts, edges = np.histogram(values, bins)
    return Histogram(edges, counts)


def drawdown_curve(record: Record) -> Floats:
    """Return how far equity is below its highest so far, in percent, 0 or less."""
    peaks = np.maximum(np.maximum.accumulate(record.equity), record.initial)
    drawdowns: Floats = 100 * (record.equity - peaks) / peaks
    return drawdowns
