"""Supertrend and momentum on several timeframes, against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backtesting import plain
from tests.backtesting.candles import HOUR, made, walk
from tests.tenant_plugins.market import asked

SEEDS = st.integers(0, 10_000)
many = settings(deadline=None, max_examples=60)


def decide(name, candles, **parameters):
    strategy, values = asked(name, **parameters)
    signals = strategy.signals(candles, values)
    flags = (signals.enter, signals.leave, signals.enter_short, signals.leave_short)
    return [[*np.flatnonzero(each)] for each in flags]


def supertrend(candles, period, multiplier):
    """Return the turns of the trend, by the definition of TradingView."""
    high, low, close = candles.high, candles.low, candles.close
    reach = plain.atr([*high], [*low], [*close], period)
    up, down, line, trend = [], [], None, None
    for i, width in enumerate(reach):
        if width is None:
            continue
        middle = (high[i] + low[i]) / 2
        top, bottom = middle + multiplier * width, middle - multiplier * width
        if line is None:
            line, trend = (bottom, top), "down"
            continue
        old_bottom, old_top = line
        if not (bottom > old_bottom or close[i - 1] < old_bottom):
            bottom = old_bottom
        if not (top < old_top or close[i - 1] > old_top):
            top = old_top
        line = (bottom, top)
        if trend == "down" and close[i] > top:
            trend = "up"
            up.append(i)
        elif trend == "up" and close[i] < bottom:
            trend = "down"
            down.append(i)
    return up, down


@many
@given(SEEDS, st.integers(1, 20), st.floats(0.5, 4.0))
def test_supertrend_turns_where_its_definition_does(seed, period, multiplier):
    candles = walk(seed, 200)

    up, down = supertrend(candles, period, multiplier)
    found = decide("SUPERTREND", candles, period=period, multiplier=multiplier)
    assert found == [up, down, down, up]
    assert min(up, default=200) > period


def test_supertrend_follows_a_rise_and_a_fall():
    prices = [100.0] * 20 + [100.0 + k for k in range(1, 40)]
    prices += [139.0 - 2 * k for k in range(1, 40)]

    enter, leave, *_ = decide("SUPERTREND", made(prices))
    assert len(enter) == len(leave) == 1
    assert 20 <= enter[0] < 30
    assert 59 <= leave[0] < 70


def risen(candles, i, multiple, lookback):
    """Return -1, 0 or 1: how a timeframe has moved, from the candles up to i alone."""
    span = candles.step * multiple
    closes = {}
    for time, close in zip(candles.time[: i + 1], candles.close[: i + 1], strict=True):
        closes[time // span] = close
    now = candles.time[i] + candles.step
    ended = [close for number, close in closes.items() if (number + 1) * span <= now]
    if len(ended) <= lookback:
        return 0
    return int(np.sign(ended[-1] - ended[-1 - lookback]))


@many
@given(SEEDS, st.integers(1, 4), st.integers(2, 4), st.integers(1, 6))
def test_timeframes_agree_as_candles_resampled_one_by_one_do(
    seed, lookback, middle, more
):
    candles = walk(seed, 130, gaps=seed % 2 == 1)
    multiples = (1, middle, middle + more)
    expected = [[], [], [], []]
    for i in range((middle + more) * (lookback + 1) - 1, 130):
        moves = [risen(candles, i, each, lookback) for each in multiples]
        up, down = moves.count(1), moves.count(-1)
        for rule, into in zip(
            (up == 3, up < 2, down == 3, down < 2), expected, strict=True
        ):
            if rule:
                into.append(i)

    told = {"lookback": lookback, "middle": middle, "high": middle + more}
    assert decide("MTF_MOMENTUM", candles, **told) == expected


def test_a_higher_candle_counts_from_its_end():
    # Two candles make one: the second of each pair closes it.
    candles = made([1, 1, 1, 1, 9, 9, 9, 9, 9, 9], time=HOUR * np.arange(10))
    enter, *_ = decide("MTF_MOMENTUM", candles, lookback=1, middle=2, high=4)

    # At 4 the price rises; its pair ends at 5, when nothing rises any more below.
    assert enter == []
    rising = made(range(1, 21), time=HOUR * np.arange(20))
    assert decide("MTF_MOMENTUM", rising, lookback=1, middle=2, high=4)[0][0] == 7


@pytest.mark.parametrize("gap", [1, 3, 4, 30])
def test_a_higher_candle_whose_end_is_missing_counts_from_the_next_one(gap):
    times = HOUR * np.array([0, 1, 2, 3, 4, 5, 5 + gap + 1, 5 + gap + 2])
    candles = made([1, 2, 3, 4, 5, 6, 7, 8], time=times)
    strategy, values = asked("MTF_MOMENTUM", lookback=1, middle=2, high=4)
    moves = [risen(candles, i, 4, 1) for i in range(8)]

    enter = strategy.signals(candles, values).enter
    assert enter[7] == (moves[7] == 1)
