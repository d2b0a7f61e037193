"""One run of an order's engine: over other candles, values or settings than ordered."""

from collections.abc import Sequence
from dataclasses import replace

from abtpro_saas.backtesting.calculating import engine
from abtpro_saas.backtesting.engines.port import NOTHING, Beside, Setup
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import Strategy


def run(
    market: Sequence[Candles],
    order: Order,
    *,
    values: Values | None = None,
    setup: Setup | None = None,
    strategy: Strategy | None = None,
    beside: Beside = NOTHING,
) -> Record:
    """Return what a run leaves; what is not given is the order's.

    The candles of all symbols share their times.

    Raises:
        UnsupportedError: the engine has no such order, cost or form.
    """
    return engine(order.engine).run(
        market,
        strategy or find_strategy(order.strategy),
        order.parameters if values is None else values,
        possible(setup or order.setup, beside),
        beside,
    )


def possible(setup: Setup, beside: Beside = NOTHING) -> Setup:
    """Return a setup without detail from finer candles where there are none."""
    return setup if beside.detail else replace(setup, detail_timeframe=None)
