"""Loops of these strategies, compiled at their first call and kept on disk."""

from collections.abc import Callable
from typing import cast

import numpy as np
from numba import njit

from abtpro_saas.plugins.api.candles import Flags, Floats

ROUNDING = 1e-12
"""What a line may leave of the first symbol's variance before it is more than noise."""


def _turns(  # noqa: PLR0917 - a compiled loop takes no keywords
    lower: Floats, upper: Floats, close: Floats, first: int, up: Flags, down: Flags
) -> None:
    """Mark the turns; ``lower`` and ``upper`` are the bare lines, from ``first`` on."""
    rising = False
    floor, ceiling = lower[first], upper[first]
    for i in range(first + 1, len(close)):
        # A line is free again once the close before has broken it.
        if lower[i] > floor or close[i - 1] < floor:
            floor = lower[i]
        if upper[i] < ceiling or close[i - 1] > ceiling:
            ceiling = upper[i]
        if not rising and close[i] > ceiling:
            rising = up[i] = True
        elif rising and close[i] < floor:
            rising = False
            down[i] = True


def _holds(  # noqa: PLR0917 - a compiled loop takes no keywords
    first: Floats,
    second: Floats,
    lookback: int,
    enter: float,
    leave: float,
    stop: float,
    both: bool,  # noqa: FBT001 - the same
    out: Floats,
) -> None:
    held = 0
    for i in range(lookback - 1, len(first)):
        slope, spread = _measured(first, second, i - lookback + 1, i + 1)
        away = held * spread  # negative while what is held is cheap
        if held != 0 and (away >= -leave or (0.0 < stop <= -away)):
            held = 0
            out[i] = 0.0
        elif held == 0 and slope > 0.0 and abs(spread) >= enter:
            if stop > 0.0 and abs(spread) >= stop:
                continue  # it would be given up at once
            held = 1 if spread < 0.0 else -1
            one, other = 1.0 / (1.0 + slope), slope / (1.0 + slope)
            if both:
                out[i, 0], out[i, 1] = held * one, -held * other
            else:
                out[i, 0], out[i, 1] = max(held, 0), max(-held, 0)


def _regression(
    first: Floats, second: Floats, start: int, stop: int
) -> tuple[float, float]:
    """Return the slope, and the last row's distance in standard deviations.

    Without any spread the distance is 0.
    """
    count = stop - start
    mean, other = first[start:stop].mean(), second[start:stop].mean()
    square = product = total = 0.0
    for i in range(start, stop):
        a, b = first[i] - mean, second[i] - other
        total += a * a
        square += b * b
        product += a * b
    if square == 0.0:
        return 0.0, 0.0
    slope = product / square
    left = max(total - slope * product, 0.0) / count
    last = (first[stop - 1] - mean) - slope * (second[stop - 1] - other)
    if left * count <= ROUNDING * total:
        return slope, 0.0
    return slope, last / np.sqrt(left)


_Turn = Callable[[Floats, Floats, Floats, int, Flags, Flags], None]
_Measure = Callable[[Floats, Floats, int, int], tuple[float, float]]
_Hold = Callable[[Floats, Floats, int, float, float, float, bool, Floats], None]

turn = cast("_Turn", njit(cache=True, nogil=True)(_turns))
_measured = cast("_Measure", njit(cache=True, nogil=True)(_regression))
hold = cast("_Hold", njit(cache=True, nogil=True)(_holds))
