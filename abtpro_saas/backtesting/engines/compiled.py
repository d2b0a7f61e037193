"""The fast engine: compiled loops over signals and weights; bars in plain Python."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from typing import TypeVar

import numpy as np

from abtpro_saas.backtesting.engines.books import record_of, table_of
from abtpro_saas.backtesting.engines.events import run_bars
from abtpro_saas.backtesting.engines.loops.ledger import Table
from abtpro_saas.backtesting.engines.loops.log import FILLS, REJECTED, UNCLEAR
from abtpro_saas.backtesting.engines.loops.signals import (
    SOUND,
    Prices,
    run_signals,
)
from abtpro_saas.backtesting.engines.loops.weights import run_weights
from abtpro_saas.backtesting.engines.port import (
    NOTHING,
    Beside,
    Setup,
    UnsupportedError,
)
from abtpro_saas.backtesting.engines.rules import is_plain, rules_of, terms_of
from abtpro_saas.backtesting.engines.venue import Ordered, narrowest, settle
from abtpro_saas.backtesting.engines.wanted import (
    first_decision,
    fractions_of,
    wishes_of,
)
from abtpro_saas.backtesting.indicators.compiling import fixed
from abtpro_saas.backtesting.indicators.shared import Shelf, sharing
from abtpro_saas.performance.record import Inside, Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import (
    BarStrategy,
    SignalStrategy,
    Strategy,
    WeightStrategy,
)

Score = TypeVar("Score")


class CompiledEngine:
    """Runs every form of strategy; the loops are compiled once and kept on disk."""

    name = "compiled"
    version = f"2 (numba {version('numba')})"

    def run(
        self,
        market: Sequence[Candles],
        strategy: Strategy,
        values: Values,
        setup: Setup,
        beside: Beside = NOTHING,
    ) -> Record:
        """Return what the run leaves; decisions begin after the strategy's warm-up.

        Raises:
            UnsupportedError: the form, the setup or what the strategy wants is none
                that this engine knows.
        """
        return _run(market, table_of(market), strategy, values, setup, beside)

    def sweep(
        self,
        market: Sequence[Candles],
        strategy: Strategy,
        grid: Sequence[Values],
        setup: Setup,
        score: Callable[[Record], Score],
        threads: int = 2,
        beside: Beside = NOTHING,
    ) -> list[Score]:
        """Return the score of a run for each row of ``grid``, in its order.

        Runs share the candles, and what indicators say of them: each average is
        computed once. No more records are alive than threads.

        Raises:
            UnsupportedError: as ``run``.
        """
        table, shelf = table_of(market), Shelf(market)

        def one(values: Values) -> Score:
            with sharing(shelf):
                record = _run(market, table, strategy, values, setup, beside)
            return score(record)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, grid))


def _run(
    market: Sequence[Candles],
    table: Table,
    strategy: Strategy,
    values: Values,
    setup: Setup,
    beside: Beside = NOTHING,
) -> Record:
    if isinstance(strategy, SignalStrategy):
        return _run_signals(market, table, strategy, values, setup, beside)
    if setup.margin or setup.funding or setup.detail_timeframe:
        raise UnsupportedError(f"{strategy.name} trades spot markets, without detail")
    if isinstance(strategy, WeightStrategy):
        return _run_weights(market, table, strategy, values, setup)
    if not is_plain(setup):
        raise UnsupportedError(f"{strategy.name} trades whole orders, for money")
    if isinstance(strategy, BarStrategy):
        return _run_bars(market, table, strategy, values, setup)
    raise UnsupportedError(f"{strategy.name} has no form that this engine knows")


def _run_signals(
    market: Sequence[Candles],
    table: Table,
    strategy: SignalStrategy,
    values: Values,
    setup: Setup,
    beside: Beside,
) -> Record:
    if len(market) != 1:
        raise UnsupportedError(f"{strategy.name} trades one symbol")
    candles = market[0]
    signals = strategy.signals(candles, values)
    opens, highs, lows, closes = (each[0] for each in table)
    prices: Prices = opens, highs, lows, closes, fixed(candles.volume)
    ordered = Ordered(
        prices,
        wishes_of(signals, len(candles)),
        fractions_of(signals, len(candles)),
        first_decision(strategy, values),
    )
    return _settled(market, table, ordered, setup, beside)


def _settled(
    market: Sequence[Candles],
    table: Table,
    ordered: Ordered,
    setup: Setup,
    beside: Beside,
) -> Record:
    rules, candles = rules_of(setup), market[0]
    paid, coarse = None, None
    if is_plain(setup):
        fills, counts, fault = run_signals(*ordered[:3], rules, ordered.first)
    else:
        fills, counts, paid, fault = settle(candles, ordered, setup, beside)
    if fault != SOUND:
        raise UnsupportedError(f"a size or a stop is out of range at candle {fault}")
    if setup.detail_timeframe and beside.detail is not None:
        plainer = replace(setup, detail_timeframe=None)
        other = _settled(market, table, ordered, plainer, beside)
        coarse = float(other.equity[-1])
    trail = narrowest(candles, ordered.fractions[3])
    return record_of(
        market,
        table,
        rules.cash,
        fills[: counts[FILLS]],
        counts[REJECTED],
        inside=Inside(int(counts[UNCLEAR]), trail, coarse),
        paid=paid,
    )


def _run_weights(
    market: Sequence[Candles],
    table: Table,
    strategy: WeightStrategy,
    values: Values,
    setup: Setup,
) -> Record:
    rules = rules_of(setup)
    weights = strategy.weights(market, values)
    if weights.shape != (len(market[0]), len(market)):
        raise UnsupportedError(f"the weights have the shape {weights.shape}")
    fills, counts, fault = run_weights(
        (table[0], table[3], fixed(np.stack([each.volume for each in market]))),
        fixed(weights),
        rules,
        terms_of(setup),
        first_decision(strategy, values),
    )
    if fault != SOUND:
        raise UnsupportedError(
            f"{strategy.name} asks for more than all at candle {fault}: no leverage"
        )
    made = fills[: counts[FILLS]]
    return record_of(market, table, rules.cash, made, counts[REJECTED])


def _run_bars(
    market: Sequence[Candles],
    table: Table,
    strategy: BarStrategy,
    values: Values,
    setup: Setup,
) -> Record:
    if len(market) != 1:
        raise UnsupportedError(f"{strategy.name} trades one symbol")
    rules, first = rules_of(setup), first_decision(strategy, values)
    fills, rejected = run_bars(market[0], strategy, values, rules, first)
    return record_of(market, table, rules.cash, fills, rejected)
