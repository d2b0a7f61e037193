"""How far values spread around their mean, and bands drawn from it."""

from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.indicators.averages import sma
from abtpro_saas.backtesting.indicators.compiling import begun, compiled, fixed
from abtpro_saas.plugins.api.candles import Floats


class Bands(NamedTuple):
    """A middle line with one above and one below."""

    lower: Floats
    middle: Floats
    upper: Floats


def bollinger(values: Floats, period: int, width: float) -> Bands:
    """Return the exact mean, and ``width`` standard deviations below and above it.

    Bollinger (2001) divides by ``period``, as does ``standard_deviation``. TA-Lib's
    bands round their sums at each step, which leaves a width where prices stand still.
    """
    middle = sma(values, period)
    reach = width * standard_deviation(values, period)
    return Bands(middle - reach, middle, middle + reach)


def standard_deviation(values: Floats, period: int) -> Floats:
    """Return the deviation of the last ``period`` values, divided by ``period``.

    Rows before ``period - 1`` are NaN. Equal values have a deviation of exactly 0.
    """
    out, begin = begun(values, period)
    if begin < len(values):
        _deviations(fixed(values[begin - period + 1 :]), period, out[begin:])
    return out


@compiled
def _deviations(values: Floats, period: int, out: Floats) -> None:
    """Write each window's deviation, in a constant number of steps for each.

    A window is the end of one block of ``period`` values and the beginning of the next,
    measured from the first value of the latter, which is in the window: so little is
    lost to cancellation, and nothing that has left the window stays behind.
    """
    tails, tail_squares = np.zeros(period + 1), np.zeros(period + 1)
    for start in range(0, len(values), period):
        centre = values[start]
        if start > 0:
            for k in range(period - 1, -1, -1):
                apart = values[start - period + k] - centre
                tails[k] = tails[k + 1] + apart
                tail_squares[k] = tail_squares[k + 1] + apart * apart
        head = head_squares = 0.0
        for i in range(start, min(start + period, len(values))):
            apart = values[i] - centre
            head += apart
            head_squares += apart * apart
            if i >= period - 1:
                k = i - start + 1
                total = tails[k] + head
                squares = tail_squares[k] + head_squares
                spread = max(squares - total * total / period, 0.0)
                out[i - period + 1] = np.sqrt(spread / period)
