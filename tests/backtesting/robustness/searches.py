"""Searches, orders and markets for tests, and a strategy that has its best point."""

from dataclasses import replace

import numpy as np

from abtpro_saas.backtesting.engines.port import Costs, Setup
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.planning import plan_optimisation
from abtpro_saas.backtesting.robustness.search import Method, Range, Search
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values
from tests.backtesting.candles import HOUR, START, made

COSTS = Costs(maker=0.001, taker=0.001)


def ordered(strategy="SMA_CROSS", bars=600, *, symbols=("BTC/USDT",), **parameters):
    """Return an order as it is once it was checked."""
    declared = find_strategy(strategy).parameters
    return Order(
        strategy=strategy,
        symbols=symbols,
        timeframe="1h",
        start=START,
        end=START + bars * HOUR,
        parameters=read_values(declared, parameters),
        setup=Setup(costs=COSTS),
    )


def over(order, market):
    """Return the order over all of a market's time."""
    end = int(market.time[-1]) + market.step
    return replace(order, start=int(market.time[0]), end=end)


def noise(seed, bars, *, spread=0.01, drift=0.0):
    """Return candles that nobody can foresee: independent moves."""
    moves = np.random.default_rng(seed).normal(drift, spread, bars)
    return made(1_000 * np.exp(np.cumsum(moves)))


def planned(order, method=Method.GRID, *, batch=None, **members):
    """Return a search in full, over the two lengths of averages if nothing is said."""
    space = members.pop("space", {"fast": Range(5, 15, 5), "slow": Range(20, 40, 10)})
    search, _ = plan_optimisation(order, Search(method, space, **members))
    return replace(search, batch=batch or search.batch)


def trial(score, days=(), *, feasible=True, **values):
    """Return a trial made by hand."""
    return Trial(values, {}, score, feasible, np.array(days, np.float64))
