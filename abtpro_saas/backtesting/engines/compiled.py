"""The fast engine: compiled loops over signals and weights; bars in plain Python."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numba
import numpy as np

from abtpro_saas.backtesting.engines.books import record_of, table_of
from abtpro_saas.backtesting.engines.log import FILLS, REJECTED
from abtpro_saas.backtesting.engines.port import Setup, UnsupportedError
from abtpro_saas.backtesting.engines.rules import rules_of
from abtpro_saas.backtesting.engines.signals import (
    SOUND,
    Fractions,
    Prices,
    Wishes,
    run_signals,
)
from abtpro_saas.backtesting.indicators.compiling import fixed
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles, Flags, Floats
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import (
    Signals,
    SignalStrategy,
    Strategy,
)

Score = TypeVar("Score")


class CompiledEngine:
    """Runs every form of strategy; the loops are compiled once and kept on disk."""

    name = "compiled"
    version = f"1 (numba {numba.__version__})"

    def run(
        self,
        market: Sequence[Candles],
        strategy: Strategy,
        values: Values,
        setup: Setup,
    ) -> Record:
        """Return what the run leaves; decisions begin after the strategy's warm-up.

        Raises:
            UnsupportedError: the form, the setup or what the strategy wants is none
                that this engine knows.
        """
        if isinstance(strategy, SignalStrategy):
            return _run_signals(market, strategy, values, setup)
        raise UnsupportedError(f"{strategy.name} has no form that this engine knows")

    def sweep(
        self,
        market: Sequence[Candles],
        strategy: Strategy,
        grid: Sequence[Values],
        setup: Setup,
        score: Callable[[Record], Score],
        threads: int = 2,
    ) -> list[Score]:
        """Return the score of a run for each row of ``grid``, in its order.

        Runs share the candles, and no more records are alive than threads.

        Raises:
            UnsupportedError: as ``run``.
        """
        with ThreadPoolExecutor(threads) as pool:
            return list(
                pool.map(lambda v: score(self.run(market, strategy, v, setup)), grid)
            )


def first_decision(strategy: Strategy, values: Values) -> int:
    """Return the candle at whose close the strategy decides for the first time."""
    return max(strategy.warm_up(values) - 1, 0)


def _run_signals(
    market: Sequence[Candles], strategy: SignalStrategy, values: Values, setup: Setup
) -> Record:
    if len(market) != 1:
        raise UnsupportedError(f"{strategy.name} trades one symbol")
    rules, table, candles = rules_of(setup), table_of(market), market[0]
    signals = strategy.signals(candles, values)
    opens, highs, lows, closes = (each[0] for each in table)
    prices: Prices = opens, highs, lows, closes, fixed(candles.volume)
    fills, counts, fault = run_signals(
        prices,
        wishes_of(signals, len(candles)),
        fractions_of(signals, len(candles)),
        rules,
        first_decision(strategy, values),
    )
    if fault != SOUND:
        raise UnsupportedError(
            f"{strategy.name} asks for a size or a stop out of range at candle {fault}"
        )
    made = fills[: counts[FILLS]]
    return record_of(market, table, rules.cash, made, counts[REJECTED])


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
    """Return sizes, stops, targets and trails; empty where there are none.

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
    return fixed(np.empty(0)) if given is None else _long(fixed(given), bars)


Array = TypeVar("Array", Flags, Floats)


def _long(array: Array, bars: int) -> Array:
    if array.shape != (bars,):
        raise UnsupportedError(
            f"a signal has the shape {array.shape}, not the {bars} candles'"
        )
    return array
