"""Candles as a chart shows them: few enough to draw, and no extreme goes missing."""

from bisect import bisect_left

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

_WIDTHS = (
    *(1, 2, 3, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320),
    *(10_080, 20_160, 40_320, 80_640, 161_280),
)
"""How many candles are drawn as one: round numbers of minutes, hours and days."""


def width_for(bars: int, points: int) -> int:
    """Return how many candles to draw as one, so that about ``points`` are drawn."""
    least = -(-bars // max(points, 1))
    place = bisect_left(_WIDTHS, least)
    return _WIDTHS[place] if place < len(_WIDTHS) else least


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

    The highest and the lowest of all are among them, and the last one ends the line.
    """
    highest, lowest = (
        np.maximum.reduceat(values, starts),
        np.minimum.reduceat(values, starts),
    )
    began = values[starts]
    chosen = np.where(highest - began >= began - lowest, highest, lowest)
    chosen[-1] = values[-1]
    chosen[highest.argmax()] = highest.max()
    chosen[lowest.argmin()] = lowest.min()
    return chosen
