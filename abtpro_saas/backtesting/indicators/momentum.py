"""How fast prices move: RSI and MACD."""

import math
from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.indicators.averages import ema
from abtpro_saas.backtesting.indicators.compiling import begun, fixed
from abtpro_saas.backtesting.indicators.shared import shared
from abtpro_saas.backtesting.indicators.strengths import strengths
from abtpro_saas.plugins.api.candles import Floats


@shared
def rsi(values: Floats, period: int) -> Floats:
    """Return Wilder's relative strength (1978), 0 to 100, from row ``period`` on.

    It is computed as backtrader does, and so equal to the last bit. Without losses it
    is 100, without any movement 50: backtrader fails there, and TA-Lib says 0.
    """
    out, begin = begun(values, period + 1)
    if begin < len(values):
        moves = np.diff(values[begin - period : begin + 1])
        gain = math.fsum(np.maximum(moves, 0.0)) / period
        loss = math.fsum(np.maximum(-moves, 0.0)) / period
        strengths(fixed(values[begin:]), 1.0 / period, gain, loss, out[begin:])
    return out


class Macd(NamedTuple):
    """The distance of two averages, and its own average."""

    line: Floats
    signal: Floats


def macd(values: Floats, fast: int, slow: int, signal: int) -> Macd:
    """Return Appel's MACD: ``ema(fast) - ema(slow)`` and its average over ``signal``.

    The line begins at row ``slow - 1``, the signal ``signal - 1`` rows later. TA-Lib
    begins its fast average late, and so differs for some hundred rows.
    """
    line = ema(values, fast) - ema(values, slow)
    return Macd(line, ema(line, signal))
