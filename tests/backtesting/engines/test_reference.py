"""The compiled engine against the slow one, trade by trade."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import FillAt, Setup
from abtpro_saas.performance.record import Reason
from tests.backtesting.engines.worlds import (
    Given,
    all_signals,
    markets,
    noise,
    setups,
    walk,
)
from tests.backtesting.reference.signals import simulate

ENGINE = CompiledEngine()
EQUAL = {"rtol": 1e-12, "atol": 1e-12}


def assert_same(candles, signals, setup, warm_up=0):
    """Compare every column of every trade, and the equity of every candle."""
    record = ENGINE.run([candles], Given(signals, warm_up), {}, setup)
    expected = simulate(candles, signals, setup, max(warm_up - 1, 0))
    trades = record.trades
    assert [Reason(r).name for r in trades.reason] == [
        t.reason for t in expected.trades
    ]
    for name in ("side", "entry", "exit"):
        assert getattr(trades, name).tolist() == [
            getattr(t, name) for t in expected.trades
        ]
    for name in (
        *("entry_price", "exit_price", "size", "profit", "fees", "slippage"),
        *("mae", "mfe"),
    ):
        theirs = [getattr(t, name) for t in expected.trades]
        scale = setup.initial_capital if name == "profit" else 1.0
        np.testing.assert_allclose(
            getattr(trades, name), theirs, 1e-12, 1e-12 * scale, err_msg=name
        )
    scale = setup.initial_capital
    np.testing.assert_allclose(record.equity, expected.equity, 1e-12, 1e-12 * scale)
    np.testing.assert_allclose(record.exposure, expected.exposure, 1e-12, 1e-12 * scale)
    assert record.rejected == expected.rejected


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_every_market_signal_and_cost_gives_the_reference_s_trades(data):
    candles = data.draw(markets())
    signals = data.draw(all_signals(len(candles)))
    assert_same(candles, signals, data.draw(setups()), data.draw(st.integers(0, 9)))


@pytest.mark.parametrize("fill_at", FillAt)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("drift", [-0.001, 0.0, 0.001])
def test_long_walks_with_tight_stops_give_the_reference_s_trades(fill_at, seed, drift):
    candles = walk(3_000, seed, drift=drift)
    signals = noise(
        3_000, seed, shorts=True, stop_loss=0.01, take_profit=0.01, trailing=0.02
    )
    assert_same(candles, signals, Setup(shorts=True, fill_at=fill_at))
