"""Sums over a sliding window that do not drift."""

import math

import numpy as np

from abtpro_saas.backtesting.indicators.compiling import compiled, fixed
from abtpro_saas.backtesting.indicators.shared import shared
from abtpro_saas.plugins.api.candles import Floats

BITS = 53
LEAST = -960
MOST = 1020
"""Of float64: how many bits, and between which powers of two nothing is lost."""

UNSIGNED = np.uint64(0x7FFF_FFFF_FFFF_FFFF)
"""All bits of a float64 but its sign."""

BLOCK = 512
"""Values that fit the processor's nearest memory with all that is made of them."""

PARTIALS = 64
"""More than the parts into which any sum of float64 falls apart (at most 41)."""


def exact_means(values: Floats, period: int, out: Floats) -> None:
    """Write ``math.fsum(window) / period`` of each window of ``period`` values.

    ``out`` has ``len(values) - period + 1`` rows, oldest first; each will be the true
    sum, rounded once, and then divided. A window that holds NaN or an infinity is NaN.
    """
    values = fixed(values)
    scale = scale_of(values, period)
    if scale is None:
        _sums_of_partials(values, period, out)
        out /= period
    else:
        _means_of_halves(values, period, scale, out)


def scale_of(values: Floats, period: int) -> float | None:
    """Return the number that splits the values, or None where two halves are too few.

    With |x| < 2**e and 2**p windows, ``(scale + x) - scale`` keeps the bits of x above
    2**(e+p-52): any window's sum of those needs 53 bits. What is left of x adds up
    exactly too, if the smallest value's last bit is not too far down.
    (Rump, Ogita, Oishi: Accurate Floating-Point Summation Part I, 2008.)
    """
    smallest, largest = _sizes(values)
    if not 0.0 < smallest <= largest < math.inf:
        return None
    least, most = math.frexp(smallest)[1], math.frexp(largest)[1]
    room = max((period - 1).bit_length(), 1)
    if most - least + 2 * room > BITS or least < LEAST or most + room > MOST:
        return None
    return math.ldexp(1.5, most + room)


@shared
def _sizes(values: Floats) -> tuple[float, float]:
    """Return the smallest |x| but 0, and the largest: no number if one is none."""
    smallest, largest = np.array(_bits(values), np.uint64).view(np.float64)
    return float(smallest), float(largest)


@compiled
def _bits(values: Floats) -> tuple[np.uint64, np.uint64]:
    """Return the same as bits.

    Without its sign, a float64 is ordered as its bits are; and those the processor
    compares many at once. One less, 0 is the most that there is.
    """
    bits, one = values.view(np.uint64), np.uint64(1)
    smallest, largest = ~np.uint64(0), np.uint64(0)
    for i in range(len(bits)):
        size = bits[i] & UNSIGNED
        smallest, largest = min(smallest, size - one), max(largest, size)
    return smallest + one, largest


@compiled
def _means_of_halves(values: Floats, period: int, scale: float, out: Floats) -> None:
    """Cut all values into halves, and sum those; block by block, many at once.

    One loop would do, but adding up is all that must go one by one.
    """
    high = low = 0.0
    for i in range(period):
        top = (scale + values[i]) - scale
        high += top
        low += values[i] - top
    out[0] = (high + low) / period
    highs, lows = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(1, len(out), BLOCK):
        means = out[start : start + BLOCK]
        added, gone = values[start + period - 1 :], values[start - 1 :]
        for i in range(len(means)):
            top, old = (scale + added[i]) - scale, (scale + gone[i]) - scale
            highs[i] = top - old
            lows[i] = (added[i] - top) - (gone[i] - old)
        for i in range(len(means)):
            high += highs[i]
            low += lows[i]
            highs[i], lows[i] = high, low
        for i in range(len(means)):
            means[i] = (highs[i] + lows[i]) / period  # the sum is rounded here


@compiled
def _sums_of_partials(values: Floats, period: int, out: Floats) -> None:
    partials = np.empty(PARTIALS)
    used = broken = 0
    for i in range(len(values)):
        if np.isfinite(values[i]):
            used = _add(partials, used, values[i])
        else:
            broken += 1
        if i >= period:
            if np.isfinite(values[i - period]):
                used = _add(partials, used, -values[i - period])
            else:
                broken -= 1
        if i >= period - 1:
            out[i - period + 1] = np.nan if broken else _rounded(partials, used)


@compiled
def _add(partials: Floats, used: int, term: float) -> int:
    """Add to a sum kept as parts that don't overlap, the least first; Shewchuk 1997."""
    kept = 0
    for i in range(used):
        part = partials[i]
        if abs(term) < abs(part):
            term, part = part, term
        total = term + part
        error = part - (total - term)
        if error != 0.0:
            partials[kept] = error
            kept += 1
        term = total
    partials[kept] = term
    return kept + 1


@compiled
def _rounded(partials: Floats, used: int) -> float:
    """Return the sum of the parts, rounded half to even as a whole."""
    total = error = 0.0
    while used > 0 and error == 0.0:
        used -= 1
        before = total
        total = before + partials[used]
        error = partials[used] - (total - before)
    # Half way between two numbers, what lies below the error decides.
    if used > 0 and error != 0.0 and (error > 0.0) == (partials[used - 1] > 0.0):
        doubled = 2.0 * error
        if (total + doubled) - total == doubled:
            total += doubled
    return total


@compiled
def direct_sums(values: Floats, period: int, out: Floats) -> None:
    """Write each window's sum, from additions of its own values alone.

    A window is the end of one block of ``period`` values and the beginning of the next.
    Nothing is ever subtracted, so nothing that has left the window stays behind.
    """
    tails = np.zeros(period + 1)
    for start in range(0, len(values), period):
        head = 0.0
        stop = min(start + period, len(values))
        for i in range(start, stop):
            head += values[i]
            if i >= period - 1:
                out[i - period + 1] = tails[i - start + 1] + head
        if stop - start == period:
            for k in range(period - 1, -1, -1):
                tails[k] = tails[k + 1] + values[start + k]
