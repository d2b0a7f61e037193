"""Parts, coins, margin, funding and detail against the slow reference."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import (
    Beside,
    Costs,
    FillAt,
    Funding,
    Margin,
    Market,
    Setup,
)
from abtpro_saas.backtesting.engines.rules import is_plain
from abtpro_saas.performance.record import Reason
from tests.backtesting.engines.worlds import (
    Given,
    all_signals,
    besides,
    fine,
    markets,
    noise,
    venues,
    walk,
)
from tests.backtesting.reference_venue import simulate

NUMBERS = ("entry_price", "exit_price", "size", "profit", "fees", "slippage", "funding")


def assert_same(candles, signals, setup, beside, warm_up=0):
    """Compare every trade, and the account at every candle."""
    record = CompiledEngine().run([candles], Given(signals, warm_up), {}, setup, beside)
    expected = simulate(candles, signals, setup, max(warm_up - 1, 0), beside)
    trades, scale = record.trades, setup.initial_capital
    assert [Reason(r).name for r in trades.reason] == [
        t.reason for t in expected.trades
    ]
    for name in ("side", "entry", "exit"):
        assert getattr(trades, name).tolist() == [
            getattr(t, name) for t in expected.trades
        ]
    for name in NUMBERS:
        theirs = [getattr(t, name) for t in expected.trades]
        money = name in {"profit", "funding", "fees", "slippage"}
        within = 1e-10 * scale if money else 1e-12
        ours = getattr(trades, name)
        np.testing.assert_allclose(ours, theirs, 1e-10, within, err_msg=name)
    np.testing.assert_allclose(record.equity, expected.equity, 1e-10, 1e-10 * scale)
    np.testing.assert_allclose(record.exposure, expected.exposure, 1e-10, 1e-9 * scale)
    assert record.rejected == expected.rejected
    assert record.inside.unclear == expected.unclear


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_a_venue_does_gives_the_reference_s_trades(data):
    candles = data.draw(markets())
    signals = data.draw(all_signals(len(candles)))
    setup, beside = data.draw(venues()), data.draw(besides(candles))
    if data.draw(st.booleans()):
        setup = replace(setup, detail_timeframe="30s")
    if not is_plain(setup):
        assert_same(candles, signals, setup, beside, data.draw(st.integers(0, 9)))


@pytest.mark.parametrize("fill_at", FillAt)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("leverage", [2.0, 20.0])
def test_long_walks_on_margin_give_the_reference_s_trades(fill_at, seed, leverage):
    candles = walk(2_000, seed, wild=0.004)
    signals = noise(
        2_000, seed, shorts=True, stop_loss=0.02, take_profit=0.02, trailing=0.03
    )
    setup = Setup(
        shorts=True,
        fill_at=fill_at,
        fraction=0.1,
        costs=Costs(0.0002, 0.0005),
        market=Market(participation=0.5),
        margin=Margin(leverage, 0.005, 0.001),
        funding=Funding(0.0001, 0.5),
        detail_timeframe="30s",
    )
    assert_same(candles, signals, setup, Beside(fine(candles, 4, seed)))
