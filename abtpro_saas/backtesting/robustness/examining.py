"""All that one run's data allow to be checked, as figures; ``grade`` judges them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from abtpro_saas.backtesting.engines.port import NOTHING, Beside
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.checks.words import FORM
from abtpro_saas.backtesting.robustness.examination import shape
from abtpro_saas.backtesting.robustness.examination.decisions import decides_at_once
from abtpro_saas.backtesting.robustness.examination.leaks import (
    foresight,
    foresight_by_bars,
)
from abtpro_saas.backtesting.robustness.examination.stress import stressed
from abtpro_saas.backtesting.robustness.examination.warming import history
from abtpro_saas.backtesting.robustness.running import run
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.universe import PointInTime
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.strategies import Strategy


def examine(
    market: Sequence[Candles],
    order: Order,
    record: Record,
    metrics: Mapping[str, float | None],
    beside: Beside = NOTHING,
    *,
    strategy: Strategy | None = None,
) -> dict[str, Any]:
    """Return the figures of all checks, ready for JSON; same inputs, same bytes.

    The candles of all symbols have the same times, and ``order`` was checked;
    ``strategy`` is who decided, where it is not the order's itself. What takes long is
    bounded: a strategy that decides candle by candle is asked again over part of the
    candles, and the figures say how many.
    """
    values, strategy = order.parameters, strategy or find_strategy(order.strategy)
    found: dict[str, Any] = {
        "version": FORM,
        "setup": _setup(order),
        "costs": stressed(market, order, record, metrics, beside, strategy=strategy),
        "concentration": shape.concentration(record),
        "days": shape.daily(record),
        "data": shape.quality(market),
        "inside": shape.inside(record),
        "rejected": record.rejected,
    }
    if isinstance(strategy, PointInTime):
        # Cut at its front, a market has other members.
        found["universe"] = {"joined": strategy.joined, "left": strategy.left}
        foreseen, warmed = foresight(strategy, market, values), None
    elif decides_at_once(strategy):
        foreseen = foresight(strategy, market, values)
        warmed = history(strategy, market, values).told()
    else:
        foreseen = foresight_by_bars(
            partial(_part, market, order, beside), market, record
        )
        warmed = None
    return found | {"foresight": foreseen.told(), "history": warmed}


def _part(market: Sequence[Candles], order: Order, beside: Beside, bars: int) -> Record:
    return run([each[:bars] for each in market], order, beside=beside)


def _setup(order: Order) -> dict[str, Any]:
    setup = order.setup
    return {
        "fill_at": setup.fill_at.value,
        "detail": setup.detail_timeframe,
        "funding": setup.funding is not None,
        "slow_engine": order.engine is EngineName.BACKTRADER,
    }
