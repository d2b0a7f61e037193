"""Looking far ahead, against looking at one candle after the other."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.loops import ahead
from abtpro_saas.backtesting.engines.loops.levels import levels
from abtpro_saas.backtesting.indicators.compiling import fixed
from tests.backtesting.candles import walk

SHARES = (0.0, 0.003, 0.05, 0.6)


def flags_of(seed, bars, share):
    draw = np.random.default_rng(seed)
    return tuple(draw.random(bars) < share for _ in range(4))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_next_flag_is_the_first_that_concerns_the_side(data):
    bars, side = data.draw(st.integers(1, 300)), data.draw(st.integers(-1, 1))
    shorts = data.draw(st.booleans())
    seed, share = data.draw(st.integers(0, 999)), data.draw(st.sampled_from(SHARES))
    enter, leave, enter_short, leave_short = flags = flags_of(seed, bars, share)
    enter_short = enter_short & shorts
    concern = {
        0: enter | enter_short,
        1: leave | enter_short,
        -1: leave_short | enter,
    }[side]
    start = data.draw(st.integers(0, bars - 1))
    later = np.flatnonzero(concern[start:])

    found = ahead.flagged(ahead.packed(flags, shorts), ahead.looks(side), start)
    assert found == start + later[0] if len(later) else found >= bars


@given(st.integers(0, 99), st.sampled_from(SHARES))
@settings(max_examples=50, deadline=None)
def test_each_candle_keeps_its_own_flags(seed, share):
    flags = flags_of(seed, 77, share)
    words = ahead.packed(flags, True)
    bits = [sum(int(each[i]) << k for k, each in enumerate(flags)) for i in range(77)]
    assert [ahead.mark(words, i) for i in range(77)] == bits


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_next_touch_is_the_first_low_or_high_enough(data):
    candles = walk(data.draw(st.integers(0, 99)), 400)
    start = data.draw(st.integers(0, 399))
    end = data.draw(st.integers(start, 400))
    near = data.draw(st.floats(0.0005, 0.2))
    at = levels(1, candles.close[start], -np.inf, near, near, np.nan, 0.0)
    touched = (candles.low <= at.lower) | (candles.high >= at.upper)
    there = np.flatnonzero(touched[start:end])

    found = ahead.touching(fixed(candles.high), fixed(candles.low), at, start, end)
    assert found == (start + there[0] if len(there) else end)
