"""How much history decisions need is measured, and told where it is too little."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.robustness.examination.warming import (
    LEAST,
    history,
    longer,
)
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import read_values
from abtpro_saas.plugins.api.strategies import Signals, SignalStrategy
from tests.backtesting.candles import walk


def measured(name, candles, **given):
    strategy = find_strategy(name)
    count = max(strategy.symbols[0], 1)
    values = read_values(strategy.parameters, given)
    return history(strategy, [candles] * count, values)


@pytest.mark.parametrize("bars", [300, 5_000])
def test_an_ema_of_200_needs_several_times_what_it_declares(bars):
    """Each candle outside its window still weighs (1 - 2/201) as much as the next."""
    found = measured("EMA_CROSS", walk(3, bars), fast=12, slow=200)

    assert found.declared == 201
    assert 400 < found.needed < 2_000
    assert (found.bars, found.drawn) == (bars, bars == 300)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("DONCHIAN", {}),
        ("BREAKOUT", {"lookback": 50}),
        ("VWAP", {"period": 30}),
        ("VOL_TARGET_TREND", {"lookback": 40, "vol_period": 20}),
        ("BUY_AND_HOLD", {}),
    ],
)
def test_what_looks_back_so_far_and_no_further_needs_what_it_declares(name, given):
    found = measured(name, walk(5, 8_000), **given)

    assert found.needed == found.declared


def test_a_simple_average_needs_its_window_and_a_crossing():
    found = measured("SMA_CROSS", walk(5, 8_000), fast=5, slow=40)

    assert 41 <= found.needed <= 60


class Remembering(SignalStrategy):
    """Adds up all volume since it began: what rose less what fell (OBV)."""

    name = "REMEMBERING"

    def warm_up(self, values):  # noqa: ARG002 - it has none
        return 10

    def signals(self, candles, values):  # noqa: ARG002 - the same
        way = np.sign(candles.close - candles.open)
        balance = np.cumsum(way * candles.volume)
        return Signals(balance > 0, balance < 0)


class Declaring(Remembering):
    """Remembers fifty candles and declares ten."""

    def signals(self, candles, values):  # noqa: ARG002 - it has none
        line = np.full(len(candles), np.inf)
        for i in range(49, len(candles)):
            line[i] = candles.close[i - 49 : i + 1].mean()
        return Signals(candles.close > line, candles.close < line)


def test_who_never_forgets_is_told_so():
    assert history(Remembering(), [walk(1, 4_000)], {}).needed is None


def test_who_declares_too_little_is_measured_all_the_same():
    assert 49 <= history(Declaring(), [walk(1, 4_000)], {}).needed <= 50


class Picky(Remembering):
    """Knows its own candles alone."""

    def signals(self, candles, values):
        if len(candles) != 4_000:
            raise ValueError("not my candles")
        return super().signals(candles, values)


def test_who_cannot_be_asked_again_is_told_so():
    found = history(Picky(), [walk(1, 4_000)], {})

    assert found.failed
    assert found.needed is None


def test_the_same_candles_are_the_same_figures():
    candles = walk(2, 400)

    assert measured("EMA_CROSS", candles) == measured("EMA_CROSS", candles)


def test_candles_that_stand_still_turn_no_decision_over():
    """Sums that begin elsewhere round elsewhere: no tie may hang on it."""
    flat = walk(2, 4_000)
    flat = replace(
        flat, **dict.fromkeys(("open", "high", "low", "close"), 0 * flat.close + 97.3)
    )

    assert measured("VWAP", flat).needed == measured("VWAP", flat).declared


@pytest.mark.parametrize("bars", [60, 400])
def test_drawn_candles_are_candles_like_the_run_s(bars):
    candles = walk(6, bars)
    rows = np.random.default_rng(1).integers(0, bars, LEAST)
    drawn = longer(candles, rows)

    assert len(drawn) == LEAST
    assert (drawn.high >= np.maximum(drawn.open, drawn.close) * (1 - 1e-12)).all()
    assert (drawn.low <= np.minimum(drawn.open, drawn.close) * (1 + 1e-12)).all()
    assert np.allclose(drawn.high / drawn.low, (candles.high / candles.low)[rows])
    assert np.allclose(
        drawn.close[1:] / drawn.close[:-1],
        (candles.close / np.append(candles.open[0], candles.close[:-1]))[rows][1:],
    )
    assert (np.diff(drawn.time) == candles.step).all()


def test_two_symbols_are_drawn_at_the_same_times():
    first = walk(1, 200)
    second = Candles("ETH/USDT", *(getattr(first, name) for name in COLUMNS))
    strategy = find_strategy("PAIRS")
    values = read_values(strategy.parameters, {"lookback": 20})
    found = history(strategy, [first, second], values)

    assert found.drawn
    assert found.needed == 20


COLUMNS = ("step", "time", "open", "high", "low", "close", "volume")
