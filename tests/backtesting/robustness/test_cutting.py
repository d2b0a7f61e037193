"""A walk is cut by time: what is missing moves no window, and is known beforehand."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.walking import Mode, Walk, windows_of
from abtpro_saas.backtesting.robustness.walks.cutting import (
    bars_of,
    windows_in,
    windows_over,
)
from abtpro_saas.markets.inspection.passport import find_gaps
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.timeframes import step_of
from tests.backtesting.candles_for import START, walk
from tests.backtesting.robustness.searches import ordered

BARS, HOUR = 800, 3_600_000
ORDER = replace(ordered(bars=BARS), start=START, end=START + BARS * HOUR)
WARM_UP = 51
"""Of what ``ordered`` orders."""

holes = st.lists(st.tuples(st.integers(1, BARS - 40), st.integers(1, 30)), max_size=6)
walks = st.builds(
    Walk,
    mode=st.sampled_from(Mode),
    windows=st.integers(1, 5),
    train=st.none() | st.integers(60, 200).map(float),
    embargo=st.integers(0, 20),
)


def hours(found):
    """Return an hour's candles without some stretches of them."""
    gone = {place for first, bars in found for place in range(first, first + bars)}
    return walk(BARS, without=gone)


def gaps_of(candles):
    return [asdict(each) for each in find_gaps(candles.time, candles.step)]


def told(cut, *arguments):
    """Return the windows, or the field that is refused."""
    try:
        return cut(*arguments)
    except OrderError as error:
        return error.field


@given(walks, holes, st.sampled_from(["1h", "4h"]), st.integers(0, 3))
def test_what_is_planned_is_what_is_cut(asked, found, timeframe, late):
    candles = hours(found)
    order = replace(ORDER, timeframe=timeframe, start=START + late * 4 * HOUR)
    there = resample(candles, step_of(timeframe)).time
    there = there[there >= order.start]

    planned = told(windows_in, order, asked, gaps_of(candles))

    assert planned == told(windows_over, order, asked, there)


@given(walks, holes)
def test_no_window_is_moved_by_what_is_missing(asked, found):
    time = hours(found).time
    cut = told(windows_over, ORDER, asked, time)
    if isinstance(cut, str):
        return

    for one, whole in zip(cut, windows_of(asked, BARS, WARM_UP), strict=True):
        for name in ("start", "end", "test_start"):
            edge = START + getattr(whole, name) * HOUR
            later = time[time >= edge]
            assert time[getattr(one, name)] == later[0]
        assert one.test_end == np.sum(time < START + whole.test_end * HOUR)


def test_without_gaps_they_are_those_of_all_candles():
    assert windows_in(ORDER, Walk()) == windows_of(Walk(), bars_of(ORDER), WARM_UP)


def test_what_several_symbols_lack_at_once_is_missing_once():
    one, other = hours([(100, 20), (300, 5)]), hours([(110, 20), (300, 5)])
    there = np.intersect1d(one.time, other.time)
    gaps = [*gaps_of(one), *gaps_of(other)]

    assert windows_in(ORDER, Walk(), gaps) == windows_over(ORDER, Walk(), there)


def test_lengths_that_fill_the_span_bear_what_a_run_bears():
    walk_ = Walk(windows=5, train=400, test=80)

    found = windows_over(ORDER, walk_, hours([(100, 8)]).time)

    lengths = [
        (each.end - each.start, each.test_end - each.test_start) for each in found
    ]
    assert lengths == [(392, 80), (392, 80), *[(400, 80)] * 3]


def test_a_window_that_lacks_nearly_all_is_refused():
    candles = hours([(701, 98)])

    with pytest.raises(OrderError, match=r"of window 5 .* and 1 to test") as refused:
        windows_in(ORDER, Walk(windows=5, test=99), gaps_of(candles))

    assert refused.value.field == "walk.windows"
