"""Long chains are cut into parts that go side by side: nobody may tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.indicators.averages import ema, wilder
from abtpro_saas.backtesting.indicators.momentum import rsi
from tests.backtesting import plain
from tests.backtesting.candles import walk


def kinds(seed, bars):
    """Return closes that walk, stand still, move in ticks, rise alone, and jump."""
    draw = np.random.default_rng(seed)
    close = walk(seed, bars).close.copy()
    still = np.round(close, 1)
    still[bars // 5 : -bars // 5] = still[bars // 5]
    ticks = np.round(100.0 + 0.1 * np.cumsum(draw.integers(-1, 2, bars)), 1)
    rising = np.cumsum(draw.random(bars)) + 1.0
    jumps = close * 10.0 ** (draw.integers(-8, 9, bars) * (draw.random(bars) < 0.001))
    return close, still, ticks, rising, jumps


def strengths(close, period):
    """Return plain strengths; standing still makes averages too small to divide by."""
    with np.errstate(over="ignore"):
        return plain.rsi(close, period)


@pytest.mark.parametrize("period", [1, 2, 3, 14, 21])
@pytest.mark.parametrize("bars", [4_999, 20_003])
def test_parts_join_to_the_one_chain_to_the_last_bit(period, bars):
    for close in kinds(period, bars):
        assert plain.same(ema(close, period), plain.ema(close, period))
        smoothed = plain.smoothed(close, period, 1.0 / period)
        assert plain.same(wilder(close, period), smoothed)
    for close in kinds(period, bars)[:4]:
        assert plain.same(rsi(close, period), strengths(close, period))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(3_000, 6_000))
def test_so_they_do_wherever_they_are_cut(seed, period, bars):
    close = kinds(seed, bars)[seed % 4]
    assert plain.same(ema(close, period), plain.ema(close, period))
    assert plain.same(rsi(close, period), strengths(close, period))


def test_what_is_no_number_stays_to_the_end():
    close = walk(1, 8_000).close.copy()
    close[700] = np.nan
    assert plain.same(ema(close, 3), plain.ema(close, 3))
    assert np.isnan(ema(close, 3)[700:]).all()
