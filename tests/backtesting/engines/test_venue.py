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
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Market,
    Setup,
)
from abtpro_saas.backtesting.engines.rules import is_plain
from abtpro_saas.markets.resampling import resample
from abtpro_saas.performance.record import Reason
from tests.backtesting.candles import real
from tests.backtesting.engines.worlds import (
    MINUTE,
    Given,
    all_signals,
    besides,
    fine,
    longer,
    markets,
    noise,
    venues,
    walk,
)
from tests.backtesting.reference.venue import simulate

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
    candles = longer(data.draw(markets()), data.draw(st.sampled_from([1, 4])))
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


@pytest.mark.parametrize("shorts", [False, True])
@pytest.mark.parametrize("leverage", [3.0, 25.0])
def test_real_minutes_and_their_quarters_give_the_reference_s_trades(leverage, shorts):
    minutes = real("bybit_BTCUSDT_1m_20221213")
    quarters = resample(minutes, 15 * MINUTE)
    signals = noise(
        len(quarters), 1, often=0.3, shorts=shorts, stop_loss=0.004, trailing=0.003
    )
    setup = Setup(
        shorts=shorts,
        costs=Costs(0.0002, 0.0005),
        market=Market(0.1, 0.001, 5.0, 0.02),
        margin=Margin(leverage, 0.005),
        funding=Funding(0.0001, 1.0),
        detail_timeframe="1m",
    )
    assert_same(quarters, signals, setup, Beside(minutes))


@pytest.mark.parametrize("costs", [Costs(0.001, 0.001, fee_in=FeeIn.BASE), Costs()])
def test_real_hours_in_coins_and_parts_give_the_reference_s_trades(costs):
    hours = real("binance_BTCUSDT_1h")
    signals = noise(len(hours), 2, stop_loss=0.02, take_profit=0.01)
    market = Market(0.01, 1e-6, 10.0, 1e-4)
    assert_same(hours, signals, Setup(costs=costs, market=market), Beside())
