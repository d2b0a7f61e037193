"""Passes over all bars, compiled: a year of minutes takes about a millisecond each."""

from typing import NamedTuple

import numpy as np
from numba import njit

from abtpro_saas.performance.record import Floats, Integers


class Falls(NamedTuple):
    """Each stretch below the highest equity so far, oldest first, as bars.

    ``high`` is the bar that set the peak (-1: the initial capital), ``low`` the first
    bar of the lowest equity, ``end`` the bar that reached the peak again (the number of
    bars: none has). ``peak`` and ``trough`` are the equity at ``high`` and ``low``.
    """

    high: Integers
    low: Integers
    end: Integers
    peak: Floats
    trough: Floats


@njit(cache=True)
def count_falls(initial: float, equity: Floats) -> int:
    """Return how many stretches below the highest equity so far there are."""
    peak, under, count = initial, False, 0
    for now in equity:
        if now < peak:
            if not under:
                count += 1
            under = True
        else:
            peak, under = now, False
    return count


@njit(cache=True)
def fill_falls(initial: float, equity: Floats, falls: Falls) -> None:
    """Fill the columns of ``falls``, made as long as ``count_falls`` says."""
    high, low, end, peak, trough = falls
    top, top_at, under, row = initial, -1, False, -1
    for bar in range(len(equity)):
        now = equity[bar]
        if now >= top:
            if under:
                end[row] = bar
            top, top_at, under = now, bar, False
        elif not under:
            row, under = row + 1, True
            high[row], low[row], end[row] = top_at, bar, len(equity)
            peak[row], trough[row] = top, now
        elif now < trough[row]:
            low[row], trough[row] = bar, now


def find_falls(initial: float, equity: Floats) -> Falls:
    """Return each stretch below the highest equity so far."""
    count = count_falls(initial, equity)
    high, low, end = np.empty((3, count), np.int64)
    falls = Falls(high, low, end, *np.empty((2, count)))
    fill_falls(initial, equity, falls)
    return falls


@njit(cache=True)
def walk(initial: float, equity: Floats) -> tuple[float, float, float, float]:
    """Return the sums of drawdowns and of their squares, and the largest run-ups.

    Drawdowns are fractions of the highest equity so far, run-ups the rise from the
    lowest so far: as an amount, and as a fraction of it.
    """
    peak, low = initial, initial
    total, squares, rise, run_up = 0.0, 0.0, 0.0, 0.0
    for now in equity:
        peak, low = max(peak, now), min(low, now)
        fall = (peak - now) / peak
        total += fall
        squares += fall * fall
        rise = max(rise, now - low)
        if low > 0 and now - low > run_up * low:
            run_up = (now - low) / low
    return total, squares, rise, run_up


@njit(cache=True)
def spread(initial: float, equity: Floats) -> tuple[float, float]:
    """Return mean and sample variance (n - 1) of the returns from bar to bar."""
    before, total = initial, 0.0
    for now in equity:
        if before > 0:
            total += now / before - 1
        before = now
    mean, squares, before = total / len(equity), 0.0, initial
    for now in equity:
        off = (now / before - 1 if before > 0 else 0.0) - mean
        squares += off * off
        before = now
    return mean, squares / max(len(equity) - 1, 1)


@njit(cache=True)
def misfit(initial: float, equity: Floats, goal: float) -> tuple[float, float]:
    """Return the squared distances of equity from a straight line, and from its mean.

    The line begins at the initial capital and reaches ``goal`` at the last bar.
    """
    bars, total = len(equity), initial
    for now in equity:
        total += now
    mean = total / (bars + 1)
    apart, around = 0.0, (initial - mean) ** 2
    for bar in range(bars):
        off = equity[bar] - (initial + (goal - initial) * (bar + 1) / bars)
        apart += off * off
        around += (equity[bar] - mean) ** 2
    return apart, around


@njit(cache=True)
def load(equity: Floats, exposure: Floats) -> tuple[int, float, float, float, float]:
    """Return how positions load the account.

    These are: bars with a position, the mean and the largest exposure as fractions of
    equity (a bar without equity counts none), the largest exposure, the mean equity.
    """
    held, total, most, largest, worth = 0, 0.0, 0.0, 0.0, 0.0
    for bar in range(len(equity)):
        now = exposure[bar]
        worth += equity[bar]
        held += now > 0
        largest = max(largest, now)
        if equity[bar] > 0:
            total += now / equity[bar]
            most = max(most, now / equity[bar])
    return held, total / len(equity), most, largest, worth / len(equity)
