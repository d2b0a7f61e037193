"""Averages: exact where a rounding would invent a crossing."""

from math import fsum, inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.indicators import sums
from abtpro_saas.backtesting.indicators.averages import ema, sma, wilder
from abtpro_saas.backtesting.indicators.crossing import crossings
from tests.backtesting import plain
from tests.backtesting.candles import made, real, walk

PRICES = st.floats(0.01, 100_000.0)
ANY = st.floats(-1e290, 1e290)


def arrays(numbers):
    return st.lists(numbers, min_size=1, max_size=60).map(np.array)


@settings(deadline=None)  # the first call compiles
@given(arrays(PRICES), st.integers(1, 12))
def test_a_simple_average_is_the_true_sum_rounded_once(prices, period):
    assert plain.same(sma(prices, period), plain.sma(prices, period))


@settings(deadline=None)  # the first call compiles
@given(arrays(ANY), st.integers(1, 12))
def test_so_it_is_of_any_numbers(numbers, period):
    assert plain.same(sma(numbers, period), plain.sma(numbers, period))


@settings(deadline=None)  # the first call compiles
@given(arrays(st.integers(-8, 8).map(lambda k: k * 2.0**-1074)), st.integers(1, 5))
def test_so_it_is_of_the_smallest_numbers(numbers, period):
    assert plain.same(sma(numbers, period), plain.sma(numbers, period))


@pytest.mark.parametrize("period", [1, 2, 3, 20, 127, 128, 129, 1_000])
def test_so_it_is_over_long_series(period):
    rng = np.random.default_rng(period)
    prices = 30_000.0 * np.exp(np.cumsum(rng.normal(0.0, 0.002, 3_000)))

    assert sums.scale_of(prices, period) is not None
    assert plain.same(sma(prices, period), plain.sma(prices, period))


@pytest.mark.parametrize("period", [1, 2, 7, 64])
def test_so_it_is_where_sizes_differ_too_much_for_the_fast_way(period):
    rng = np.random.default_rng(period)
    numbers = rng.normal(size=2_000) * 10.0 ** rng.integers(-30, 30, 2_000)

    assert sums.scale_of(numbers, period) is None
    assert plain.same(sma(numbers, period), plain.sma(numbers, period))


@pytest.mark.parametrize("narrow", [37, 38, 39, 40, 41, 42])
def test_so_it_is_on_both_sides_of_the_border_between_the_ways(narrow):
    rng = np.random.default_rng(narrow)
    numbers = (1.0 + rng.random(900)) * 2.0 ** rng.integers(0, narrow, 900)

    assert (sums.scale_of(numbers, 100) is None) == (narrow > 40)
    assert plain.same(sma(numbers, 100), plain.sma(numbers, 100))


def rolling(prices, period):
    """Return averages as they are often computed: with a sum rounded at each step."""
    out, total = np.full(len(prices), nan), 0.0
    for i, price in enumerate(prices):
        total += price
        total -= prices[i - period] if i >= period else 0.0
        if i >= period - 1:
            out[i] = total / period
    return out


def test_averages_that_are_equal_do_not_cross():
    # Prices repeat every six candles, so both averages are the same from row 11 on.
    prices = np.tile(np.random.default_rng(2).random(6), 500)
    fast, slow = sma(prices, 6), sma(prices, 12)

    assert (fast[11:] == slow[11:]).all()
    assert not np.any(crossings(fast, slow))
    assert (rolling(prices, 6)[11:] != rolling(prices, 12)[11:]).any()


def test_near_ties_fall_as_the_true_sums_do():
    # In ticks of a tenth, averages of 5 and 20 closes meet all the time.
    steps = np.random.default_rng(5).integers(-1, 2, 5_000)
    prices = np.round(100.0 + 0.1 * np.cumsum(steps), 1)
    exact = plain.crossed(plain.sma(prices, 5), plain.sma(prices, 20))

    up, down = crossings(sma(prices, 5), sma(prices, 20))
    assert ([*np.flatnonzero(up)], [*np.flatnonzero(down)]) == exact
    careless = crossings(rolling(prices, 5), rolling(prices, 20))
    assert [*np.flatnonzero(careless.up)] != exact[0]


def test_real_closes_average_as_plain_ones_do():
    close = real("binance_BTCUSDT_1h").close

    assert plain.same(sma(close, 20), plain.sma(close, 20))
    assert plain.same(ema(close, 20), plain.ema(close, 20))


@settings(deadline=None)  # the first call compiles
@given(arrays(PRICES), st.integers(1, 12))
def test_an_exponential_average_is_that_of_plain_python_to_the_last_bit(prices, period):
    assert plain.same(ema(prices, period), plain.ema(prices, period))
    smoothed = plain.smoothed(prices, period, 1.0 / period)
    assert plain.same(wilder(prices, period), smoothed)


@pytest.mark.parametrize("average", [sma, ema, wilder])
def test_leading_nan_count_as_no_candles(average):
    prices = walk(1, 50).close
    late = np.concatenate((np.full(7, nan), prices))

    expected = np.concatenate((np.full(7, nan), average(prices, 5)))
    assert np.array_equal(average(late, 5), expected, equal_nan=True)


@pytest.mark.parametrize("average", [sma, ema, wilder])
@pytest.mark.parametrize("bars", [0, 1, 4])
def test_too_few_candles_have_no_average(average, bars):
    assert np.isnan(average(np.ones(bars), 5)).all()
    assert np.isnan(average(np.full(bars, nan), 1)).all()


@pytest.mark.parametrize("broken", [nan, inf, -inf])
def test_a_broken_value_spoils_the_windows_that_hold_it_and_no_other(broken):
    prices = walk(2, 40).close.copy()
    whole = sma(prices, 5)
    prices[20] = broken
    averages = sma(prices, 5)

    assert np.isnan(averages[20:25]).all()
    averages[20:25] = whole[20:25]
    assert np.array_equal(averages, whole, equal_nan=True)


def test_a_column_of_a_table_averages_as_an_array_does():
    table = np.random.default_rng(3).random((50, 4))

    expected = sma(table[:, 1].copy(), 6)
    assert np.array_equal(sma(table[:, 1], 6), expected, equal_nan=True)


def test_read_only_candles_are_taken_and_left_as_they_are():
    close = made(range(1, 30)).close
    close.flags.writeable = False

    assert sma(close, 3)[-1] == fsum([27, 28, 29]) / 3
    assert close[-1] == 29.0
