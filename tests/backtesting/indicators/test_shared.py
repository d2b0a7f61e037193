"""Indicators that several runs ask for are worked out once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from abtpro_saas.backtesting.indicators.averages import ema, sma
from abtpro_saas.backtesting.indicators.momentum import rsi
from abtpro_saas.backtesting.indicators.shared import Shelf, shared, sharing
from tests.backtesting.candles import walk


@pytest.mark.parametrize("indicator", [sma, ema, rsi])
def test_what_is_shared_is_what_one_alone_would_have_said(indicator):
    candles = walk(3, 400)
    with sharing(Shelf([candles])):
        first, again = indicator(candles.close, 9), indicator(candles.close, 9)
        other = indicator(candles.close, 10)

    assert again is first
    assert first.tobytes() == indicator(candles.close, 9).tobytes()
    assert other.tobytes() == indicator(candles.close, 10).tobytes()


def test_nobody_changes_what_others_are_given():
    candles = walk(3, 50)
    with sharing(Shelf([candles])):
        line = sma(candles.close, 5)

    with pytest.raises(ValueError, match="read-only"):
        line *= 2


def test_an_indicator_of_an_indicator_is_shared_too():
    candles = walk(3, 400)
    with sharing(Shelf([candles])):
        assert ema(sma(candles.close, 5), 5) is ema(sma(candles.close, 5), 5)


def test_arrays_that_may_change_are_not_shared():
    candles, made = walk(3, 50), np.arange(50.0)
    with sharing(Shelf([candles])):
        before = sma(made, 5).copy()
        made[:] = 1.0
        after = sma(made, 5)

    assert after[-1] == 1.0 != before[-1]


def test_parts_of_candles_are_others_than_the_whole():
    candles = walk(3, 60)
    with sharing(Shelf([candles])):
        whole, part = sma(candles.close, 5), sma(candles.close[:50], 5)
        thin = sma(candles.close[::2], 5)

    assert (len(whole), len(part), len(thin)) == (60, 50, 30)


def test_a_full_shelf_keeps_what_it_has():
    candles = walk(3, 100)
    with sharing(Shelf([candles], room=1_000)):
        kept, fresh = sma(candles.close, 5), sma(candles.close, 6)

        assert sma(candles.close, 5) is kept
        assert sma(candles.close, 6) is not fresh
        assert sma(candles.close, 6).tobytes() == fresh.tobytes()


def test_other_threads_share_nothing_until_they_are_told():
    candles, asked = walk(3, 50), []

    @shared
    def spy(values):
        asked.append(values)
        return values + 1.0

    shelf = Shelf([candles])

    def within(_):
        with sharing(shelf):
            spy(candles.close)

    with ThreadPoolExecutor(2) as pool:
        with sharing(shelf):
            spy(candles.close)
            pool.submit(spy, candles.close).result()
        list(pool.map(within, range(3)))

    assert len(asked) == 2
    spy(candles.close)
    assert len(asked) == 3
