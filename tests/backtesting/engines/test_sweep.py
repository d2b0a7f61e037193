"""A sweep leaves what single runs leave, to the last byte."""

from dataclasses import astuple

import numpy as np
import pytest

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import Costs, Setup
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values
from tests.backtesting.engines.worlds import walk

ENGINE = CompiledEngine()
SETUP = Setup(shorts=True, costs=Costs(maker=0.001, taker=0.002))


def whole(record):
    """Return all of a record as bytes."""
    trades = (np.asarray(each).tobytes() for each in astuple(record.trades))
    return (record.equity.tobytes(), record.exposure.tobytes(), *trades)


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("SMA_CROSS", [{"fast": f, "slow": s} for f in (3, 5) for s in (20, 60)]),
        ("EMA_CROSS", [{"fast": 5, "slow": 20, "trailing": t} for t in (0.0, 0.01)]),
        ("RSI_CROSS", [{"rsi_period": p, "stop_loss": 0.01} for p in (5, 9)]),
        ("MEAN_REVERSION", [{"period": 20, "std_dev": d} for d in (1.0, 2.0)]),
        ("MACD", [{"fast": 5, "slow": 20, "take_profit": t} for t in (0.0, 0.02)]),
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_each_row_is_what_a_run_of_its_own_leaves(name, grid, threads):
    candles, strategy = walk(4_000, 7), find_strategy(name)
    rows = [read_values(strategy.parameters, each) for each in grid * 3]

    swept = ENGINE.sweep([candles], strategy, rows, SETUP, whole, threads)
    alone = [whole(ENGINE.run([candles], strategy, row, SETUP)) for row in rows]
    assert swept == alone
    assert len(set(swept)) == len(grid)


def test_one_number_for_all_candles_is_as_many_alike():
    """Stops that are the same for all candles take no memory for each."""
    candles, strategy = walk(2_000, 3), find_strategy("RSI_CROSS")
    given = {"stop_loss": 0.01, "take_profit": 0.02, "trailing": 0.03}
    values = read_values(strategy.parameters, {"rsi_period": 5, **given})
    made = strategy.signals(candles, values)
    assert made.stop_loss.strides == (0,)

    class Long(type(strategy)):
        def signals(self, candles, values):
            found = super().signals(candles, values)
            for name, fraction in given.items():
                object.__setattr__(found, name, np.full(len(candles), fraction))
            return found

    long = ENGINE.run([candles], Long(), values, SETUP)
    assert whole(long) == whole(ENGINE.run([candles], strategy, values, SETUP))
