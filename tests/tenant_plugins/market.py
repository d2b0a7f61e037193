"""Markets of several symbols that share their times, and one way to ask a strategy."""

import numpy as np

from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values
from tests.backtesting.candles import made, walk


def several(seed, count, bars):
    """Return random walks with the times of the first."""
    first = walk(seed, bars, gaps=seed % 2 == 1)
    others = [walk(seed + 1 + k, bars) for k in range(count - 1)]
    return [first] + [
        made(each.close, time=first.time, symbol=f"{k}/USDT")
        for k, each in enumerate(others)
    ]


def asked(name, **parameters):
    """Return a strategy with its values, checked."""
    strategy = find_strategy(name)
    values = read_values(strategy.parameters, parameters)
    strategy.check(values)
    return strategy, values


def weights(name, market, **parameters):
    strategy, values = asked(name, **parameters)
    return strategy.weights(market, values)


def rows(found):
    """Return the rows that decide, by number."""
    decided = np.flatnonzero(~np.isnan(found).any(axis=1))
    return {int(i): [float(x) for x in found[i]] for i in decided}
