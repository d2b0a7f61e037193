"""A run's arithmetic: candles and an order in, a record and its metrics out.

Nothing here knows of rows, users or queues: the service's processes and the command on
somebody's own machine compute the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module

import numpy as np

from abtpro_saas.backtesting import results
from abtpro_saas.backtesting.checking import check_bars, check_gaps, check_strategy
from abtpro_saas.backtesting.engines.port import NOTHING, Beside, Engine, Members
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.universe import PointInTime, universe_of
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.strategies import Strategy, WeightStrategy

ENGINES: Mapping[EngineName, str] = {
    EngineName.COMPILED: "compiled:CompiledEngine",
    EngineName.BACKTRADER: "bt:BacktraderEngine",
}
"""Where each engine stands: loaded by who computes with it, and by nobody else."""

Say = Callable[[int], None]
"""Takes how far the work is, in percent."""


@dataclass(frozen=True)
class Calculated:
    """What came out of a run; ``result`` is the hash of the record."""

    record: Record
    metrics: Mapping[str, float | None]
    undefined: Mapping[str, str]
    strategy_version: str
    engine_version: str
    result: str


def engine(name: EngineName) -> Engine:
    """Return the engine of this name."""
    module, _, kind = ENGINES[name].partition(":")
    made: Engine = getattr(
        import_module(f"abtpro_saas.backtesting.engines.{module}"), kind
    )()
    return made


def calculate(
    order: Order,
    market: Sequence[Candles],
    say: Say,
    beside: Beside = NOTHING,
    *,
    own: Strategy | None = None,
) -> Calculated:
    """Return what a run over ``market`` leaves, and what is known ``beside`` it.

    Raises:
        OrderError: too few candles, too many gaps, or prices below a tick.
        UnsupportedError: the engine has no such order, cost or form.
    """
    checked = check_strategy(order, own)
    bars, strategy = prepared(order, market, checked.strategy)
    check_data(order, bars, checked.warm_up)
    say(20)
    chosen = engine(order.engine)
    values = checked.order.parameters
    record = chosen.run(bars, strategy, values, order.setup, beside)
    say(80)
    measured = measure(record)
    undefined = {key: m.reason for key, m in measured.items() if m.reason is not None}
    return Calculated(
        record,
        {key: each.value for key, each in measured.items()},
        undefined,
        str(getattr(checked.strategy, "version", "1")),
        chosen.version,
        results.hash_of(record),
    )


def prepared(
    order: Order, market: Sequence[Candles], strategy: Strategy
) -> tuple[Sequence[Candles], Strategy]:
    """Return the candles of all symbols at the same times, and who decides over them.

    Raises:
        OrderError: a symbol that may come and go never comes.
    """
    come_and_go = order.setup.universe is Members.POINT_IN_TIME
    if not come_and_go or not isinstance(strategy, WeightStrategy):
        return shared(market), strategy
    for each in market:
        if not len(each):
            raise OrderError(f"{each.symbol} has no candles in this time", "symbols")
    made = universe_of(market)
    return made.market, PointInTime(strategy, made.listed)


def shared(market: Sequence[Candles]) -> Sequence[Candles]:
    """Return the candles at the times that all symbols have."""
    if len(market) == 1:
        return market
    times = reduce(np.intersect1d, (each.time for each in market))
    return [_at(each, np.isin(each.time, times)) for each in market]


def _at(candles: Candles, chosen: np.ndarray) -> Candles:
    return Candles(
        candles.symbol,
        candles.step,
        candles.time[chosen],
        candles.open[chosen],
        candles.high[chosen],
        candles.low[chosen],
        candles.close[chosen],
        candles.volume[chosen],
    )


def check_data(order: Order, market: Sequence[Candles], warm_up: int) -> None:
    """Hold the candles that are there against an order.

    Raises:
        OrderError: too few of them, too many gaps, or prices below a tick.
    """
    bars = len(market[0])
    if not bars:
        raise OrderError("there are no candles in this time", "start_date")
    check_bars(bars, warm_up)
    for each in market:
        whole = int(each.time[-1] - each.time[0]) // each.step + 1
        check_gaps(order, each.symbol, whole - bars, whole)
        _check_tick(order.setup.market.price_tick, each)


def _check_tick(tick: float, candles: Candles) -> None:
    """Refuse a tick that a price is less than: at market, that would be sold for 0."""
    lowest = float(candles.low.min())
    if 0.0 < lowest < tick:
        told = f"{candles.symbol} went down to {lowest:,.12g}, less than a price_tick"
        raise OrderError(told, "costs.price_tick")
