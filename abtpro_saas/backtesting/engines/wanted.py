"""What a strategy wants, as compiled loops read it."""

from typing import TypeVar

import numpy as np

from abtpro_saas.backtesting.engines.loops.signals import Fractions, Wishes
from abtpro_saas.backtesting.engines.port import UnsupportedError
from abtpro_saas.backtesting.indicators.compiling import fixed
from abtpro_saas.plugins.api.candles import Flags, Floats
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import Signals, Strategy

Array = TypeVar("Array", Flags, Floats)


def first_decision(strategy: Strategy, values: Values) -> int:
    """Return the candle at whose close the strategy decides for the first time."""
    return max(strategy.warm_up(values) - 1, 0)


def wishes_of(signals: Signals, bars: int) -> Wishes:
    """Return the signals as the loop reads them.

    Raises:
        UnsupportedError: an array's length is not the candles'.
    """
    nothing = np.zeros(bars, np.bool_)
    enter, leave, enter_short, leave_short = (
        _flags(nothing if each is None else each, bars)
        for each in (
            signals.enter,
            signals.leave,
            signals.enter_short,
            signals.leave_short,
        )
    )
    return enter, leave, enter_short, leave_short


def fractions_of(signals: Signals, bars: int) -> Fractions:
    """Return sizes, stops, targets and trails.

    They are empty where there are none, one number where all candles have the same.

    Raises:
        UnsupportedError: an array's length is not the candles'.
    """
    sizes, stops, targets, trails = (
        _numbers(each, bars)
        for each in (
            signals.size,
            signals.stop_loss,
            signals.take_profit,
            signals.trailing,
        )
    )
    return sizes, stops, targets, trails


def _flags(given: Flags, bars: int) -> Flags:
    view = np.ascontiguousarray(given, dtype=np.bool_).view()
    view.flags.writeable = False
    return _long(view, bars)


def _numbers(given: Floats | None, bars: int) -> Floats:
    if given is None:
        return fixed(np.empty(0))
    one = bars > 1 and given.strides == (0,)  # the same for all candles
    return fixed(_long(given, bars)[:1] if one else _long(given, bars))


def _long(array: Array, bars: int) -> Array:
    if array.shape != (bars,):
        raise UnsupportedError(
            f"a signal has the shape {array.shape}, not the {bars} candles'"
        )
    return array
