"""Candles as a chart shows them: few enough to draw, and no extreme goes missing."""

import numpy as np

from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, WEEK
from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

_LENGTHS = (
    *(each * MINUTE for each in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(each * HOUR for each in (1, 2, 3, 4, 6, 8, 12)),
    *(each * DAY for each in (1, 2, 3)),
    *(each * WEEK for each in (1, 2, 4, 8, 16, 32)),
)
"""What a drawn candle may last: lengths that people count in."""


def width_for(bars: int, points: int, step: int) -> int:
    """Return how many candles of ``step`` ms to draw as one: ``points`` at most."""
    least = -(-bars // max(points, 1))
    for length in _LENGTHS:
        if length >= least * step and length % step == 0:
            return length // step
    return least


def edges(first: int, last: int, width: int) -> Integers:
    """Return where the stretches of ``width`` rows begin that cover [first, last).

    They begin at multiples of ``width``, so a chart that is moved shows the same
    candles; the first and the last may be shorter.
    """
    inner = np.arange((first // width + 1) * width, last, width, dtype=np.int64)
    return np.append(np.int64(first), inner)


def merged(candles: Candles, starts: Integers) -> Candles:
    """Return one candle for each stretch that begins at one of ``starts``."""
    ends = np.append(starts[1:], len(candles)) - 1
    return Candles(
        candles.symbol,
        candles.step,
        candles.time[starts],
        candles.open[starts],
        np.maximum.reduceat(candles.high, starts),
        np.minimum.reduceat(candles.low, starts),
        candles.close[ends],
        np.add.reduceat(candles.volume, starts),
    )


def telling(values: Floats, starts: Integers) -> Floats:
    """Return of each stretch the value that is furthest from where it began.

    The highest and the lowest of all are among them, unless one stretch holds both, and
    the line ends with the last value if that stretch holds neither.
    """
    highest = np.maximum.reduceat(values, starts)
    lowest = np.minimum.reduceat(values, starts)
    began = values[starts]
    chosen = np.where(highest - began >= began - lowest, highest, lowest)
    top, bottom = highest.argmax(), lowest.argmin()
    chosen[-1] = values[-1]
    if top != bottom:
        chosen[top], chosen[bottom] = highest[top], lowest[bottom]
    return chosen
