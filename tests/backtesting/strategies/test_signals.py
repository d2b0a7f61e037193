"""Each strategy of signals against the same rules in a plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import ParameterError, read_values
from tests.backtesting import plain
from tests.backtesting.candles import made, real, walk

SEEDS = st.integers(0, 10_000)
PERIODS = st.integers(2, 30)
many = settings(deadline=None, max_examples=60)


def decide(name, candles, **parameters):
    """Return the rows at which a strategy enters, leaves, and so for shorts."""
    strategy = find_strategy(name)
    values = read_values(strategy.parameters, parameters)
    strategy.check(values)
    signals = strategy.signals(candles, values)
    flags = (signals.enter, signals.leave, signals.enter_short, signals.leave_short)
    return [[*np.flatnonzero(each)] for each in flags]


def where(rule, candles):
    """Return the rows at which a rule over the candles so far holds."""
    return [i for i in range(len(candles)) if rule(i)]


def test_who_holds_wants_in_at_every_candle():
    strategy = find_strategy("BUY_AND_HOLD")
    signals = strategy.signals(walk(1, 5), {})

    assert signals.enter.all()
    assert not signals.leave.any()
    assert signals.enter_short is None


@many
@given(SEEDS, PERIODS, PERIODS)
def test_averages_trade_where_they_cross(seed, fast, more):
    candles = walk(seed, 200)
    close = [*candles.close]
    for name, average in (("SMA_CROSS", plain.sma), ("EMA_CROSS", plain.ema)):
        lines = average(close, fast), average(close, fast + more)

        up, down = plain.crossed(*lines)
        found = decide(name, candles, fast=fast, slow=fast + more)
        assert found == [up, down, down, up]
        assert min(up + down, default=200) >= fast + more


@many
@given(SEEDS, PERIODS, PERIODS, PERIODS)
def test_macd_trades_where_it_crosses_its_signal(seed, fast, more, signal):
    candles = walk(seed, 200)
    lines = plain.macd([*candles.close], fast, fast + more, signal)

    up, down = plain.crossed(*lines)
    found = decide("MACD", candles, fast=fast, slow=fast + more, signal=signal)
    assert found == [up, down, down, up]
    assert min(up + down, default=200) >= fast + more + signal - 1


@many
@given(SEEDS, st.integers(1, 20), st.floats(5, 45), st.floats(55, 95))
def test_rsi_trades_where_it_crosses_its_levels(seed, period, low, high):
    candles = walk(seed, 200)
    line = plain.rsi([*candles.close], period)
    low_up, low_down = plain.crossed(line, low)
    high_up, high_down = plain.crossed(line, high)

    told = {"rsi_period": period, "oversold": low, "overbought": high}
    reached = decide("RSI_CROSS", candles, **told)
    assert reached == [low_down, high_up, high_up, low_down]
    returned = decide("RSI_CROSS", candles, **told, when="return")
    assert returned == [low_up, high_down, high_down, low_up]


@many
@given(SEEDS, PERIODS, st.floats(0.3, 3.0))
def test_mean_reversion_trades_between_band_and_middle(seed, period, width):
    candles = walk(seed, 200)
    close = [*candles.close]
    middle, reach = plain.sma(close, period), plain.deviation(close, period)
    low = [
        m if m is None else m - width * r for m, r in zip(middle, reach, strict=True)
    ]
    top = [
        m if m is None else m + width * r for m, r in zip(middle, reach, strict=True)
    ]

    known = range(period - 1, 200)
    assert decide("MEAN_REVERSION", candles, window=period, std_dev=width) == [
        plain.crossed(close, low)[1],
        [i for i in known if close[i] >= middle[i]],
        plain.crossed(close, top)[0],
        [i for i in known if close[i] <= middle[i]],
    ]


@many
@given(SEEDS, PERIODS, st.floats(0.001, 0.05))
def test_vwap_trades_between_distance_and_average(seed, period, deviation):
    candles = walk(seed, 200)
    close, fair = [*candles.close], plain.vwap(candles, period)
    low = [x and x * (1.0 - deviation) for x in fair]
    top = [x and x * (1.0 + deviation) for x in fair]
    found = decide("VWAP", candles, period=period, deviation=deviation)

    # Where prices stand still, the last bit decides whether they are at their average.
    clear = {i for i, x in enumerate(fair) if x and abs(close[i] / x - 1.0) > 1e-12}
    assert found[0] == plain.crossed(close, low)[1]
    assert set(found[1]) & clear == {i for i in clear if close[i] > fair[i]}
    assert found[2] == plain.crossed(close, top)[0]
    assert set(found[3]) & clear == {i for i in clear if close[i] < fair[i]}


@many
@given(SEEDS, PERIODS, st.floats(0.0, 3.0))
def test_a_breakout_leaves_the_channel_before_it_with_volume(seed, lookback, factor):
    candles = walk(seed, 200)
    close, volume = candles.close, candles.volume

    def above(i):
        return i >= lookback and close[i] > max(candles.high[i - lookback : i])

    def below(i):
        return i >= lookback and close[i] < min(candles.low[i - lookback : i])

    def busy(i):
        return volume[i] >= factor * (plain.fsum(volume[i - lookback : i]) / lookback)

    found = decide("BREAKOUT", candles, lookback=lookback, volume_factor=factor)
    assert found == [
        where(lambda i: above(i) and busy(i), candles),
        where(below, candles),
        where(lambda i: below(i) and busy(i), candles),
        where(above, candles),
    ]


def test_a_breakout_without_a_volume_factor_needs_no_volume():
    candles = made([10.0] * 5 + [11.0], volume=[0.0] * 6)

    assert decide("BREAKOUT", candles, lookback=5, volume_factor=0)[0] == [5]


@many
@given(SEEDS, PERIODS, PERIODS)
def test_donchian_leaves_a_long_channel_and_then_a_short_one(seed, enter, leave):
    candles = walk(seed, 200)
    high, low, close = candles.high, candles.low, candles.close

    def top(i, period):
        return i >= period and close[i] > max(high[i - period : i])

    def bottom(i, period):
        return i >= period and close[i] < min(low[i - period : i])

    told = {"enter_period": enter, "leave_period": leave}
    assert decide("DONCHIAN", candles, **told) == [
        where(lambda i: top(i, enter), candles),
        where(lambda i: bottom(i, leave), candles),
        where(lambda i: bottom(i, enter), candles),
        where(lambda i: top(i, leave), candles),
    ]


def test_real_candles_are_traded_as_plain_loops_do():
    candles = real("binance_BTCUSDT_1h")
    close = [*candles.close]
    line = plain.rsi(close, 14)

    up, down = plain.crossed(plain.sma(close, 20), plain.sma(close, 100))
    assert decide("SMA_CROSS", candles, fast=20, slow=100)[:2] == [up, down]
    found = decide("RSI_CROSS", candles)[:2]
    assert found == [plain.crossed(line, 30.0)[1], plain.crossed(line, 70.0)[0]]


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("SMA_CROSS", {"fast": 20, "slow": 20}, "fast"),
        ("EMA_CROSS", {"fast": 30}, "fast"),
        ("MACD", {"slow": 12}, "fast"),
        ("RSI_CROSS", {"oversold": 70.0}, "rsi_oversold"),
        ("MTF_MOMENTUM", {"high": 4}, "middle"),
        ("XS_MOMENTUM", {"skip": 168}, "skip"),
        ("PAIRS", {"leave": 2.0}, "leave"),
        ("PAIRS", {"stop": 1.5}, "stop"),
    ],
)
def test_values_that_do_not_go_together_are_refused(name, given, field):
    strategy = find_strategy(name)
    values = read_values(strategy.parameters, given)

    with pytest.raises(ParameterError, match=r"below|above") as refused:
        strategy.check(values)
    assert refused.value.name == field


@pytest.mark.parametrize(
    ("name", "candles"),
    [
        ("BUY_AND_HOLD", 1),
        ("SMA_CROSS", 51),
        ("EMA_CROSS", 27),
        ("MACD", 35),
        ("RSI_CROSS", 16),
        ("MEAN_REVERSION", 21),
        ("VWAP", 25),
        ("BREAKOUT", 21),
        ("DONCHIAN", 21),
        ("SUPERTREND", 12),
        ("MTF_MOMENTUM", 312),
        ("VOL_TARGET_TREND", 201),
        ("XS_MOMENTUM", 169),
        ("PAIRS", 100),
        ("DCA", 1),
        ("GRID", 1),
    ],
)
def test_a_strategy_needs_so_many_candles(name, candles):
    strategy = find_strategy(name)

    assert strategy.warm_up(read_values(strategy.parameters, {})) == candles
