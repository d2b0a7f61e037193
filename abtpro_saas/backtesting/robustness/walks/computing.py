"""One window of a walk: a search on what is past, a run on what follows."""

from collections.abc import Sequence
from copy import copy
from dataclasses import fields, replace
from typing import Any

import numpy as np

from abtpro_saas.backtesting.calculating import shared
from abtpro_saas.backtesting.engines.port import NOTHING, Beside, FillAt
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.running import run
from abtpro_saas.backtesting.robustness.search import Search
from abtpro_saas.backtesting.robustness.searching import luck
from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.searching.objectives import keys_of
from abtpro_saas.backtesting.robustness.searching.proposals import batch, batches
from abtpro_saas.backtesting.robustness.searching.space import Choices
from abtpro_saas.backtesting.robustness.searching.trying import try_values
from abtpro_saas.backtesting.robustness.surface import peak
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.robustness.walking import (
    Choose,
    Walk,
    Window,
    WindowResult,
)
from abtpro_saas.backtesting.robustness.walks.cutting import windows_over
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Record, Trades
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import Strategy

_WHOLE = {"symbol", "side", "entry", "exit", "reason"}
"""Columns of trades that hold whole numbers."""


def compute_window(
    market: Sequence[Candles],
    order: Order,
    search: Search,
    walk: Walk,
    number: int,
    *,
    beside: Beside = NOTHING,
) -> WindowResult:
    """Return what window ``number`` chooses, and what comes of it."""
    bars = shared(market)
    window = windows_over(order, walk, bars[0].time)[number]
    past = [each[window.start : window.end] for each in bars]
    trials = _search(past, order, search, beside)
    chosen = _chosen(Ground(search, trials), walk.choose)
    values = None if chosen is None else chosen.values
    record = unseen(bars, order, values, window, beside)
    measured = measure(record, keys_of(search))
    return WindowResult(
        window,
        values,
        {} if chosen is None else chosen.metrics,
        {key: each.value for key, each in measured.items()},
        record,
        luck.stats_of([each.days for each in trials]),
    )


def _search(
    market: Sequence[Candles], order: Order, search: Search, beside: Beside
) -> list[Trial]:
    """Return all trials of a search on training candles alone."""
    choices = Choices(search, find_strategy(order.strategy), order.parameters)
    trials: list[Trial] = []
    for number in range(batches(choices)):
        grid = batch(choices, number, trials)
        trials += try_values(market, order, search, grid, beside)
    return trials


def _chosen(ground: Ground, choose: Choose) -> Trial | None:
    found = peak(ground)
    if found is None:
        return None
    return ground.trials[found.best if choose is Choose.BEST else found.stable]


def unseen(
    market: Sequence[Candles],
    order: Order,
    values: Values | None,
    window: Window,
    beside: Beside = NOTHING,
) -> Record:
    """Return the run over the test candles alone, from no position on.

    The strategy sees the candles since training began, so that its indicators are as
    they would be, and decides from the last close before the test on (filled at the
    close: from the first close of the test on).
    """
    lead = window.test_start - window.start
    seen = [each[window.start : window.test_end] for each in market]
    if values is None:
        return _idle(seen[0][lead:], order)
    late = order.setup.fill_at is FillAt.CLOSE
    strategy = _waiting(find_strategy(order.strategy), values, lead + late)
    found = run(seen, order, values=values, strategy=strategy, beside=beside)
    return cut(found, lead)


def _idle(candles: Candles, order: Order) -> Record:
    """Return the record of an account that trades nothing."""
    bars, capital = len(candles), order.setup.initial_capital
    nothing: dict[str, Any] = {
        each.name: np.empty(0, np.int64 if each.name in _WHOLE else np.float64)
        for each in fields(Trades)
    }
    return Record(
        symbols=order.symbols,
        step=candles.step,
        time=candles.time,
        initial=capital,
        equity=np.full(bars, capital),
        exposure=np.zeros(bars),
        benchmark=candles.close,
        trades=Trades(**nothing),
    )


def _waiting(strategy: Strategy, values: Values, bars: int) -> Strategy:
    """Return the strategy as one that decides after so many candles, not before."""
    waiting, wanted = copy(strategy), max(bars, strategy.warm_up(values))
    waiting.warm_up = lambda _: wanted  # type: ignore[assignment,method-assign]
    return waiting


def cut(record: Record, lead: int) -> Record:
    """Return a record without its first bars, in which nothing was traded."""
    trades = record.trades
    moved = replace(trades, entry=trades.entry - lead, exit=trades.exit - lead)
    return replace(
        record,
        time=record.time[lead:],
        equity=record.equity[lead:],
        exposure=record.exposure[lead:],
        benchmark=record.benchmark[lead:],
        trades=moved,
    )
