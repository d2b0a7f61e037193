"""Where prices have been: true range and channels.

TA-Lib serves here: a highest value is not rounded, and its average true range is
Wilder's own. It loads pandas, and so is loaded itself when it is asked: who only checks
an order is not to pay for that.
"""

from collections.abc import Callable

import numpy as np

from abtpro_saas.backtesting.indicators.compiling import first_number
from abtpro_saas.plugins.api.candles import Floats

Extreme = Callable[[Floats, int], Floats]


def atr(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Return Wilder's average true range (1978), from row ``period`` on.

    A true range needs the close before it, so the first candle has none.
    """
    if len(close) <= period:
        return np.full(len(close), np.nan)
    import talib  # noqa: PLC0415 - see the module

    return talib.ATR(high, low, close, timeperiod=period)


def highest(values: Floats, period: int) -> Floats:
    """Return the highest of the last ``period`` values, from row ``period - 1`` on."""
    import talib  # noqa: PLC0415 - see the module

    return _extreme(values, period, talib.MAX)


def lowest(values: Floats, period: int) -> Floats:
    """Return the lowest of the last ``period`` values, from row ``period - 1`` on."""
    import talib  # noqa: PLC0415 - see the module

    return _extreme(values, period, talib.MIN)


def before(values: Floats) -> Floats:
    """Return what each row held one candle earlier; the first is NaN.

    A channel that the present candle may break is made of those before it.
    """
    return np.concatenate((np.full(min(1, len(values)), np.nan), values[:-1]))


def _extreme(values: Floats, period: int, function: Extreme) -> Floats:
    if period == 1:  # TA-Lib wants two
        return values.copy()
    if len(values) - first_number(values) < period:
        return np.full(len(values), np.nan)
    return function(values, period)
