"""Whoever knows the future is caught; whoever does not is left alone."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.robustness.examination.decisions import decides_at_once
from abtpro_saas.backtesting.robustness.examination.leaks import (
    BARS_ASKED,
    foresight,
    foresight_by_bars,
)
from abtpro_saas.backtesting.robustness.running import run
from abtpro_saas.backtesting.strategies.catalogue import all_strategies, find_strategy
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import read_values
from abtpro_saas.plugins.api.strategies import Signals
from tests.backtesting.candles import made, real, walk
from tests.backtesting.robustness.biased import (
    ADDED,
    SIGNALS,
    WEIGHTS,
    Foreseen,
    Signalled,
    Weighed,
    above,
    sma_rule,
    winner_of_the_week,
)
from tests.backtesting.robustness.searches import noise, ordered

BARS = 1_500
PLANTED = [
    *((Signalled(each), 1) for each in SIGNALS),
    *((Foreseen(each), 1) for each in ADDED),
    *((Weighed(each), 3) for each in WEIGHTS),
]


def name_of(planted):
    strategy = planted[0]
    return getattr(strategy, "adds", strategy.rule).__name__


def market(seed, count, bars=BARS):
    """Return symbols; of several the first is traded less and less, the others more."""
    if count == 1:
        return [made(noise(seed, bars).close, volume=walk(seed, bars).volume)]
    ends = [(4.0, 0.5), (1.0, 8.0), (2.0, 3.0)]
    return [
        made(noise(seed + k, bars).close, volume=np.linspace(*ends[k], bars))
        for k in range(count)
    ]


@pytest.mark.parametrize("planted", PLANTED, ids=name_of)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_bias_is_caught(planted, seed):
    strategy, count = planted
    found = foresight(strategy, market(seed, count), {})

    assert found.broken > 0
    assert found.column is not None
    assert found.time is not None


def test_there_are_more_than_twenty_of_them():
    assert len(PLANTED) >= 30
    assert len({name_of(each) for each in PLANTED}) == len(PLANTED)


CLEAN = [
    ("BUY_AND_HOLD", {}),
    ("SMA_CROSS", {}),
    ("SMA_CROSS", {"fast": 2, "slow": 3}),
    ("SMA_CROSS", {"fast": 50, "slow": 200, "trailing": 0.05}),
    ("EMA_CROSS", {}),
    ("EMA_CROSS", {"fast": 12, "slow": 200}),
    ("MACD", {}),
    ("MACD", {"fast": 3, "slow": 10, "signal": 16}),
    ("RSI_CROSS", {}),
    ("RSI_CROSS", {"stop_loss": 0.02, "take_profit": 0.04}),
    ("MEAN_REVERSION", {}),
    ("MEAN_REVERSION", {"take_profit": 0.01}),
    ("VWAP", {}),
    ("VWAP", {"period": 5, "deviation": 0.001}),
    ("BREAKOUT", {}),
    ("BREAKOUT", {"lookback": 3, "volume_factor": 0.0}),
    ("DONCHIAN", {}),
    ("SUPERTREND", {}),
    ("MTF_MOMENTUM", {}),
    ("VOL_TARGET_TREND", {}),
    ("VOL_TARGET_TREND", {"lookback": 20, "vol_period": 10}),
    ("XS_MOMENTUM", {}),
    ("XS_MOMENTUM", {"lookback": 24, "top": 1}),
    ("PAIRS", {}),
    ("PAIRS", {"lookback": 30, "enter": 1.0}),
]


@pytest.mark.parametrize(("name", "given"), CLEAN)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_clean_strategy_is_never_flagged(name, given, seed):
    strategy = find_strategy(name)
    count = max(strategy.symbols[0], min(strategy.symbols[1], 3))
    each = [walk(seed + k, BARS, symbol=str(k)) for k in range(count)]
    shared = [each[0], *(_at(one, each[0]) for one in each[1:])]
    found = foresight(strategy, shared, read_values(strategy.parameters, given))

    assert (found.broken, found.failed, found.repeatable) == (0, 0, True)
    assert found.cuts >= 20


def _at(candles, first):
    return Candles(
        candles.symbol,
        candles.step,
        first.time,
        candles.open,
        candles.high,
        candles.low,
        candles.close,
        candles.volume,
    )


def test_all_built_in_ones_that_decide_at_once_are_among_the_clean():
    at_once = {each.name for each in all_strategies() if decides_at_once(each)}

    assert {name for name, _ in CLEAN} == at_once


@pytest.mark.parametrize("name", ["SMA_CROSS", "RSI_CROSS", "BREAKOUT", "SUPERTREND"])
def test_real_candles_flag_no_clean_one(name):
    strategy = find_strategy(name)
    values = read_values(strategy.parameters, {})

    assert foresight(strategy, [real("binance_BTCUSDT_1h")], values).broken == 0


def test_a_leak_is_found_late_in_a_long_span_too():
    """It follows averages, and knows the mean of all after candle 40,000."""

    def late(candles):
        rises, falls = sma_rule(candles)
        rises[40_000:] = candles.close[40_000:] < candles.close.mean()
        return rises, falls & ~rises

    found = foresight(Signalled(late), [noise(3, 60_000)], {})

    assert found.broken > 0
    assert found.longest == 48_000


class Dice(Signalled):
    """Throws dice, and never the same."""

    random = np.random.default_rng(1)

    def signals(self, candles, values):  # noqa: ARG002 - it has none
        thrown = self.random.random(len(candles)) < 0.1
        return Signals(thrown, ~thrown)


def test_dice_are_no_foresight_but_repeat_nothing():
    found = foresight(Dice(sma_rule), market(1, 1), {})

    assert not found.repeatable
    assert found.broken == 0


def smoothed(candles):
    """Average the last twenty by Fourier's way: it rounds by the length of all."""
    weights = np.zeros(len(candles))
    weights[:20] = 1 / 20
    parts = np.fft.rfft(candles.close, 2 * len(candles))
    line = np.fft.irfft(parts * np.fft.rfft(weights, 2 * len(candles)))
    return above(candles.close, line[: len(candles)])


def test_rounding_where_a_market_stands_still_is_no_foresight():
    still = made(np.repeat(noise(2, 60).close, 25))
    moving = noise(2, BARS)

    for candles in (still, moving):
        found = foresight(Signalled(smoothed), [candles], {})
        assert (found.broken, found.column) == (0, None)


def coarse(seed):
    """Return candles in whole ticks: opens and lows equal others now and then."""
    candles = noise(seed, BARS)
    names = ("open", "high", "low", "close")
    return replace(candles, **{n: np.rint(getattr(candles, n)) for n in names})


def shifted(values):
    return np.append(values[1:], values[-1])


HIDDEN = {
    "no gap": lambda c: c.open == np.roll(c.close, 1),
    "a doji": lambda c: c.open == c.close,
    "a double bottom": lambda c: c.low == np.roll(c.low, 1),
    "a round price": lambda c: c.close % 5 == 0,
}


@pytest.mark.parametrize("name", HIDDEN)
def test_who_looks_ahead_where_prices_are_equal_is_not_excused(name):
    def peek(candles):
        rises = shifted(candles.close) > candles.close
        asked = HIDDEN[name](candles)
        return asked & rises, asked & ~rises

    def foresees(candles):
        return foresight(Signalled(peek), [candles], {}).broken > 0

    assert all(foresees(coarse(seed)) for seed in range(3))


class Once(Signalled):
    """Knows the future of its own candles, and raises over any others."""

    def signals(self, candles, values):
        if not np.array_equal(candles.close, self.mine.close[: len(candles)]):
            raise ValueError("not mine")
        return super().signals(candles, values)


def test_who_cannot_be_asked_over_moved_prices_is_not_excused():
    strategy = Once(SIGNALS[0])
    (strategy.mine,) = market(1, 1)

    assert foresight(strategy, [strategy.mine], {}).broken > 0


class Picky(Signalled):
    """Refuses to decide over few candles."""

    def signals(self, candles, values):
        if len(candles) < 1_490:
            raise ValueError("too few")
        return super().signals(candles, values)


def test_who_refuses_fewer_candles_is_told_so():
    found = foresight(Picky(sma_rule), market(1, 1), {})

    assert found.failed == found.cuts
    assert found.broken == 0


def test_of_a_very_wide_market_the_first_part_is_cut():
    """A hundred symbols of a year's minutes would take long to be asked about."""
    found = foresight(Weighed(winner_of_the_week), market(1, 3), {}, most=1_500)

    assert (found.bars, found.longest) == (BARS, 480)
    assert found.broken > 0


@pytest.mark.parametrize("name", ["DCA", "GRID"])
def test_bar_by_bar_nothing_is_foreseen(name):
    order, candles = ordered(name, 600), [noise(4, 600)]
    record = run(candles, order)
    found = foresight_by_bars(
        lambda bars: run([candles[0][:bars]], order), candles, record
    )

    assert (found.cuts, found.broken, found.longest) == (2, 0, 480)


def test_bar_by_bar_another_past_is_caught():
    order, candles = ordered("DCA", 600), [noise(4, 600)]
    record = run(candles, order)
    other = ordered("DCA", 600, every=3)
    found = foresight_by_bars(
        lambda bars: run([candles[0][:bars]], other), candles, record
    )

    assert found.broken == 2


def test_bar_by_bar_no_more_candles_are_asked_than_the_limit():
    asked = []
    candles = noise(1, 100_000)
    record = run([candles[:10]], ordered("DCA", 10))
    whole = type(record)(
        **{
            name: getattr(record, name)
            for name in ("symbols", "step", "initial", "trades", "rejected")
        },
        time=candles.time,
        equity=candles.close,
        exposure=candles.close,
        benchmark=candles.close,
    )

    def cut(bars):
        asked.append(bars)
        return type(record)(
            **{
                name: getattr(whole, name)
                for name in ("symbols", "step", "initial", "trades", "rejected")
            },
            time=candles.time[:bars],
            equity=candles.close[:bars],
            exposure=candles.close[:bars],
            benchmark=candles.close[:bars],
        )

    assert foresight_by_bars(cut, [candles], whole).broken == 0
    assert sum(asked) == BARS_ASKED
