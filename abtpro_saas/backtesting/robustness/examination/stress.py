"""What is left of a result when trading costs more than was said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from abtpro_saas.backtesting.engines.port import (
    NOTHING,
    Beside,
    Costs,
    Setup,
    Slippage,
    SlippageModel,
)
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.examination.decisions import decides_at_once
from abtpro_saas.backtesting.robustness.running import run
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.strategies import BarStrategy, Strategy

MULTIPLES = (1, 2, 3)
ASSUMED = 0.001
"""The fee of a fill where none was given: what large spot venues take of small accounts
(0.1 %)."""
BARS_RUN = 10_000
"""Over more candles what runs candle by candle is not run again, but estimated."""
_DEAREST = {SlippageModel.FIXED: 0.5, SlippageModel.SPREAD: 0.5}

Metrics = Mapping[str, float | None]


def stressed(
    market: Sequence[Candles],
    order: Order,
    record: Record,
    metrics: Metrics,
    beside: Beside = NOTHING,
    *,
    strategy: Strategy | None = None,
) -> dict[str, Any]:
    """Return the total return, in percent, with costs once, twice and three times.

    Free of costs, ``ASSUMED`` is what is multiplied. Estimated returns are the run's,
    less what more its trades would have paid. A bar strategy remembers its run: each
    has one of its own, and not ``strategy``.
    """
    costs = order.setup.costs
    assumed = is_free(costs)
    once = Costs(ASSUMED, ASSUMED) if assumed else costs
    estimated = _too_long(order, len(record.time))
    who = None if isinstance(strategy, BarStrategy) else strategy
    again = partial(run, market, order, strategy=who, beside=beside)
    returns = {
        str(multiple): _estimated(record, metrics, multiple, assumed=assumed)
        if estimated
        else _run_again(again, order.setup, record, _dearer(once, multiple))
        for multiple in MULTIPLES
    }
    return {
        "assumed": assumed,
        "estimated": estimated,
        "fee_percent": 100 * once.taker,
        "returns": returns,
        "paid_percent": _paid(metrics),
        "break_even_percent": metrics.get("break_even_cost"),
    }


def is_free(costs: Costs) -> bool:
    """Tell whether trading costs nothing."""
    slips = costs.slippage.model is not SlippageModel.NONE and costs.slippage.value
    return not (costs.maker or costs.taker or slips)


def _too_long(order: Order, bars: int) -> bool:
    slow = order.engine is EngineName.BACKTRADER
    by_bars = not decides_at_once(find_strategy(order.strategy))
    return (slow or by_bars) and bars > BARS_RUN


def _run_again(
    run_again: Callable[..., Record], setup: Setup, record: Record, costs: Costs
) -> float:
    if costs == setup.costs:
        return _return(float(record.equity[-1]), record.initial)
    again = run_again(setup=replace(setup, costs=costs))
    return _return(float(again.equity[-1]), again.initial)


def _dearer(costs: Costs, multiple: int) -> Costs:
    """Return costs so many times as high, as far as engines take them."""
    slippage = costs.slippage
    most = _DEAREST.get(slippage.model, float("inf"))
    return replace(
        costs,
        maker=min(costs.maker * multiple, 0.5),
        taker=min(costs.taker * multiple, 0.5),
        slippage=Slippage(slippage.model, min(slippage.value * multiple, most)),
    )


def _estimated(
    record: Record, metrics: Metrics, multiple: int, *, assumed: bool
) -> float:
    fees, slippage, volume = (
        metrics.get(key) or 0.0 for key in ("fees", "slippage_paid", "volume")
    )
    more = (
        multiple * ASSUMED * volume if assumed else (multiple - 1) * (fees + slippage)
    )
    return _return(max(float(record.equity[-1]) - more, 0.0), record.initial)


def _paid(metrics: Metrics) -> float | None:
    """Return what fills cost, in percent of their value; None where there were none."""
    volume = metrics.get("volume")
    if not volume:
        return None
    paid = (metrics.get("fees") or 0.0) + (metrics.get("slippage_paid") or 0.0)
    return 100 * paid / volume


def _return(final: float, initial: float) -> float:
    return 100 * (final / initial - 1)
