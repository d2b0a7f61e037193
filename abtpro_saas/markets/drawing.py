"""Candles as a chart shows them: few enough to draw, and no extreme goes missing."""

from collections.abc import Iterable

import numpy as np

from abtpro_saas.markets.store import joined
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, WEEK, floors
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


def bars_between(first: int, end: int, step: int) -> int:
    """Return how many candles of ``step`` ms have room in [first, end), gaps or not."""
    return max(-(-(end - first) // step), 0)


def edges(time: Integers, length: int) -> Integers:
    """Return the rows with which stretches of ``length`` ms begin.

    They are the same ones wherever ``time`` begins and whatever is missing in it, so a
    chart that is moved shows the same candles; the first and the last may be cut.
    """
    begun = floors(time, length)
    return np.flatnonzero(np.diff(begun, prepend=begun[:1] - 1))


def fewer(symbol: str, step: int, parts: Iterable[Candles], length: int) -> Candles:
    """Return one candle for each ``length`` ms of ``parts``, which follow each other.

    Of ``step`` ms; one part is held at a time, so the whole may be of any length.
    """
    few = [merged(part, edges(part.time, length)) for part in parts]
    whole = joined(symbol, step, few)
    # A stretch that goes on in the next part was merged in two.
    return merged(whole, edges(whole.time, length))


def merged(candles: Candles, starts: Integers) -> Candles:
    """Return one candle for each stretch that begins at one of ``starts``."""
    if not len(candles):
        return candles
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
