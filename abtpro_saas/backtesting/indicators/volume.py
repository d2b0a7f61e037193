"""Prices weighed by what was traded at them."""

import numpy as np

from abtpro_saas.backtesting.indicators.compiling import fixed
from abtpro_saas.backtesting.indicators.sums import direct_sums
from abtpro_saas.plugins.api.candles import Candles, Floats


def vwap(candles: Candles, period: int) -> Floats:
    """Return the volume-weighted average price of the last ``period`` candles.

    Each candle trades at its typical price, a third of high, low and close (candles do
    not say more). It begins at row ``period - 1``; where nothing was traded in the
    whole window it is NaN.
    """
    out = np.full(len(candles), np.nan)
    if len(candles) < period:
        return out
    typical = (candles.high + candles.low + candles.close) / 3.0
    value, volume = np.empty((2, len(candles) - period + 1))
    direct_sums(fixed(typical * candles.volume), period, value)
    direct_sums(fixed(candles.volume), period, volume)
    np.divide(value, volume, out=out[period - 1 :], where=volume > 0.0)
    return out
