"""Moving averages: exact, exponential, and Wilder's.

Here and beside it, an indicator takes arrays of shape (n,), float64, oldest first, and
returns one of the same length. Rows without enough history are NaN, all of them where
the candles are too few. NaN at the beginning count as no candles.
"""

import math

from abtpro_saas.backtesting.indicators.compiling import begun, fixed
from abtpro_saas.backtesting.indicators.shared import shared
from abtpro_saas.backtesting.indicators.smoothing import smooth
from abtpro_saas.backtesting.indicators.sums import exact_means
from abtpro_saas.plugins.api.candles import Floats


@shared
def sma(values: Floats, period: int) -> Floats:
    """Return the mean of the last ``period`` values, from row ``period - 1`` on.

    It equals ``math.fsum(window) / period``: two averages that are equal compare as
    equal, where a sum that is rounded at each step would invent a crossing. TA-Lib's
    does. NaN among the values make NaN of the windows that hold them.
    """
    out, begin = begun(values, period)
    if begin < len(values):
        exact_means(values[begin - period + 1 :], period, out[begin:])
    return out


@shared
def ema(values: Floats, period: int) -> Floats:
    """Return the exponential average, each value weighing ``2 / (period + 1)``.

    It begins at row ``period - 1`` with the mean of the first values, and is computed
    as backtrader does: TA-Lib's differs in the last bits. NaN among the values stay.
    """
    return _smoothed(values, period, 2.0 / (1.0 + period))


@shared
def wilder(values: Floats, period: int) -> Floats:
    """Return Wilder's average: as ``ema``, each value weighing ``1 / period``."""
    return _smoothed(values, period, 1.0 / period)


def _smoothed(values: Floats, period: int, weight: float) -> Floats:
    out, begin = begun(values, period)
    if begin < len(values):
        seed = math.fsum(values[begin - period + 1 : begin + 1]) / period
        smooth(fixed(values[begin + 1 :]), seed, weight, out[begin:])
    return out
