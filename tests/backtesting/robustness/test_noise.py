"""Candles with noise are candles: high and low hold open and close."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.canonical import canonical
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo, Resampling
from abtpro_saas.backtesting.robustness.resampling.chance import generator
from abtpro_saas.backtesting.robustness.resampling.noise import noisy
from abtpro_saas.backtesting.robustness.studies import monte_carlo
from abtpro_saas.markets.inspection.passport import inspect
from tests.backtesting.candles import real, walk
from tests.backtesting.robustness.searches import ordered

ORDER = ordered(bars=900, fast=3, slow=10)
MARKET = [walk(5, 900)]
LATER = 4_000_000_000_000


def told(order=ORDER, market=MARKET, **members):
    record = calculate(order, market, lambda _: None).record
    plan = MonteCarlo(Resampling.CANDLE_NOISE, **{"simulations": 20} | members)
    return record, monte_carlo(market, order, record, plan)


def wrong_in(candles):
    """Return how many candles break which rule; none where all are candles."""
    broken = {
        "high": candles.high < np.maximum(candles.open, candles.close),
        "low": candles.low > np.minimum(candles.open, candles.close),
        "worth": candles.low <= 0,
    }
    counted = {rule: int(rows.sum()) for rule, rows in broken.items()}
    counted["quarantined"] = inspect(candles, LATER).quarantined
    return {rule: rows for rule, rows in counted.items() if rows}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 1.0), st.booleans())
def test_every_candle_stays_valid(seed, noise, gaps):
    assert wrong_in(noisy(walk(seed, 300, gaps=gaps), generator(seed), noise)) == {}


@pytest.mark.parametrize("name", ["binance_BTCUSDT_1d", "coinbase_BTCUSD_1d"])
def test_real_candles_stay_valid_too(name):
    assert wrong_in(noisy(real(name), generator(1), 1.0)) == {}


def test_closes_move_by_their_candle_s_range_and_come_back():
    candles = walk(2, 20_000)
    moved = noisy(candles, generator(3), 0.25)
    ranges = (candles.high - candles.low) / candles.close
    moves = (moved.close / candles.close - 1) / ranges

    assert moves.std() == pytest.approx(0.25, rel=0.03)
    assert abs(moves.mean()) < 0.01
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1]) < 0.03


def test_the_next_open_moves_with_the_close():
    candles = walk(2, 500)
    moved = noisy(candles, generator(3), 0.5)

    assert np.allclose(
        moved.open[1:] / moved.close[:-1], candles.open[1:] / candles.close[:-1]
    )
    assert moved.open[0] == candles.open[0]
    assert np.array_equal(moved.time, candles.time)
    assert np.array_equal(moved.volume, candles.volume)


def test_less_noise_is_nearer_to_what_was():
    candles = walk(2, 500)
    far, near = (
        np.abs(noisy(candles, generator(3), noise).close / candles.close - 1).mean()
        for noise in (0.5, 0.01)
    )

    assert near < far / 20


def test_a_candle_without_range_is_not_moved():
    flat = replace(MARKET[0], high=MARKET[0].close, low=MARKET[0].close)
    flat = replace(flat, open=flat.close)

    assert np.array_equal(noisy(flat, generator(1), 1.0).close, flat.close)


def test_the_strategy_runs_over_each_and_the_same_seed_is_the_same():
    record, found = told(seed=5)

    assert canonical(found) == canonical(told(seed=5)[1]) != canonical(told(seed=6)[1])
    assert found["simulations"] == 20
    assert found["axis"] == "time"
    assert found["x"][-1] == record.time[-1] + record.step
    assert found["end"]["original"] == record.equity[-1]
    assert found["end"]["percentiles"]["5"] < found["end"]["percentiles"]["95"]


def test_next_to_no_noise_leads_next_to_where_the_run_ended():
    record, found = told(ordered("BUY_AND_HOLD", 900), noise=0.001)

    assert found["end"]["percentiles"]["50"] == pytest.approx(
        record.equity[-1], rel=1e-3
    )


def test_several_symbols_move_by_themselves():
    order = ordered("PAIRS", 400, symbols=("BTC/USDT", "ETH/USDT"), lookback=20)
    other = replace(walk(6, 400, symbol="ETH/USDT"), time=walk(5, 400).time)
    _, found = told(order, [walk(5, 400), other], simulations=10)

    assert found["simulations"] == 10
