"""RSI, MACD, bands, ranges and VWAP against the same in plain Python."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.indicators.momentum import macd, rsi
from abtpro_saas.backtesting.indicators.ranges import atr, before, highest, lowest
from abtpro_saas.backtesting.indicators.spread import bollinger, standard_deviation
from abtpro_saas.backtesting.indicators.volume import vwap
from tests.backtesting import plain
from tests.backtesting.candles import made, real, walk

SEEDS = st.integers(0, 10_000)
PERIODS = st.integers(1, 15)


@settings(deadline=None)  # the first call compiles
@given(SEEDS, PERIODS, st.integers(0, 80))
def test_rsi_is_that_of_plain_python_to_the_last_bit(seed, period, bars):
    close = walk(seed, bars).close

    assert plain.same(rsi(close, period), plain.rsi([*close], period))


@pytest.mark.parametrize(
    ("closes", "strength"),
    [([5] * 9, 50.0), (range(1, 10), 100.0), (range(10, 1, -1), 0.0)],
)
def test_rsi_of_prices_that_only_stand_rise_or_fall(closes, strength):
    values = rsi(made(closes).close, 3)

    assert np.isnan(values[:3]).all()
    assert (values[3:] == strength).all()


def test_rsi_begins_after_leading_nan():
    close = walk(4, 40).close
    late = np.concatenate((np.full(3, nan), close))

    assert np.array_equal(rsi(late, 6)[3:], rsi(close, 6), equal_nan=True)


@settings(deadline=None)  # the first call compiles
@given(SEEDS, PERIODS, PERIODS, PERIODS, st.integers(0, 80))
def test_macd_is_that_of_plain_python_to_the_last_bit(seed, fast, more, signal, bars):
    close = walk(seed, bars).close
    line, average = macd(close, fast, fast + more, signal)
    expected = plain.macd([*close], fast, fast + more, signal)

    assert plain.same(line, expected[0])
    assert plain.same(average, expected[1])


@settings(deadline=None)  # the first call compiles
@given(SEEDS, PERIODS, st.integers(0, 80))
def test_a_deviation_is_that_of_its_window(seed, period, bars):
    close = walk(seed, bars).close
    expected = plain.deviation([*close], period)

    flat = np.array([x == 0.0 for x in expected], dtype=bool)
    values = standard_deviation(close, period)
    assert (values[flat] == 0.0).all()
    assert plain.same(values, expected, within=1e-9)


def test_what_has_left_the_window_leaves_nothing_behind():
    prices = np.array([1.0, 1e9, 3.0] + [0.1] * 30)

    assert (standard_deviation(prices, 7)[9:] == 0.0).all()


def test_a_small_spread_far_from_zero_is_not_lost():
    prices = 1e8 + np.tile([0.0, 1.0], 30)

    assert standard_deviation(prices, 10)[9:] == pytest.approx(0.5, rel=1e-12)


def test_a_nan_spoils_the_deviations_of_its_windows_alone():
    prices = walk(9, 40).close.copy()
    prices[17] = nan

    assert [*np.flatnonzero(np.isnan(standard_deviation(prices, 6)))] == [
        *range(5),
        *range(17, 23),
    ]


def test_bands_lie_around_the_exact_average():
    close = walk(3, 120).close
    bands = bollinger(close, 20, 2.5)

    assert plain.same(bands.middle, plain.sma(close, 20))
    reach = [x and 2.5 * x for x in plain.deviation(close, 20)]
    assert plain.same(bands.upper - bands.middle, reach, within=1e-6)
    assert plain.same(bands.middle - bands.lower, reach, within=1e-6)


@settings(deadline=None)  # the first call compiles
@given(SEEDS, PERIODS, st.integers(0, 80))
def test_channels_and_ranges_are_those_of_plain_python(seed, period, bars):
    candles = walk(seed, bars)
    high, low, close = [*candles.high], [*candles.low], [*candles.close]

    assert plain.same(highest(candles.high, period), plain.highest(high, period))
    assert plain.same(lowest(candles.low, period), plain.lowest(low, period))
    expected = plain.atr(high, low, close, period)
    found = atr(candles.high, candles.low, candles.close, period)
    assert plain.same(found, expected, within=1e-11)


def test_before_is_a_candle_late():
    assert np.array_equal(before(np.array([1.0, 2.0])), [nan, 1.0], equal_nan=True)
    assert len(before(np.array([]))) == 0


@settings(deadline=None)  # the first call compiles
@given(SEEDS, PERIODS, st.integers(0, 80))
def test_vwap_is_value_over_volume(seed, period, bars):
    candles = walk(seed, bars)

    assert plain.same(vwap(candles, period), plain.vwap(candles, period), within=1e-12)


def test_vwap_of_nothing_traded_is_none():
    candles = made([1.0] * 9, volume=[1, 1, 0, 0, 0, 0, 1, 1, 1])

    assert [*np.flatnonzero(np.isnan(vwap(candles, 3)))] == [0, 1, 4, 5]


def test_real_candles_are_measured_as_plain_ones_are():
    candles = real("binance_BTCUSDT_1h")
    close = [*candles.close]

    assert plain.same(rsi(candles.close, 14), plain.rsi(close, 14))
    deviations = plain.deviation(close, 20)
    assert plain.same(standard_deviation(candles.close, 20), deviations, within=1e-9)
    assert plain.same(vwap(candles, 24), plain.vwap(candles, 24), within=1e-12)
