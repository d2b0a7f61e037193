"""Candles for a chart: few enough to draw, at round lengths, and no extreme missing."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abtpro_saas.markets.drawing import (
    bars_between,
    edges,
    fewer,
    merged,
    telling,
    width_for,
)
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, WEEK
from tests.backtesting.candles_for import START, walk

VALUES = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6))


@pytest.mark.parametrize(
    ("bars", "points", "step", "length"),
    [
        (1_000, 1_500, MINUTE, MINUTE),
        (8_760, 1_500, HOUR, 6 * HOUR),
        (525_600, 1_500, MINUTE, 6 * HOUR),
        (525_600, 3_000, MINUTE, 3 * HOUR),
        (3_000, 1_500, 15 * MINUTE, 30 * MINUTE),
        (2_000, 1_500, DAY, 2 * DAY),
        (2_000, 300, DAY, WEEK),
    ],
)
def test_candles_are_merged_to_lengths_that_people_count_in(bars, points, step, length):
    assert width_for(bars, points, step) * step == length


@given(st.integers(1, 10_000_000), st.integers(1, 4_000))
def test_no_more_points_than_asked_for(bars, points):
    assert -(-bars // width_for(bars, points, MINUTE)) <= points


@given(
    st.sets(st.integers(0, 500), min_size=1), st.integers(0, 400), st.integers(1, 40)
)
def test_a_chart_that_is_moved_shows_the_same_stretches(places, cut, width):
    time = START + MINUTE * np.array(sorted(places))
    length = width * MINUTE
    moved = time[time >= START + MINUTE * cut]

    starts = edges(time, length)
    begun = time[starts] // length
    assert begun.tolist() == np.unique(time // length).tolist()
    assert (time[starts[1:] - 1] // length < begun[1:]).all()
    # The first of those that are moved may be cut.
    shown = set(time[starts].tolist())
    assert set(moved[edges(moved, length)][1:].tolist()) <= shown


def test_a_gap_shifts_no_stretch():
    holed = walk(240, "1m", without=range(70, 115))
    starts = edges(holed.time, HOUR)
    assert (holed.time[starts] - START).tolist() == [n * HOUR for n in range(4)]


def test_weeks_begin_on_mondays():
    days = walk(30, "1d")
    starts = edges(days.time, WEEK)
    # 2023 began on a Sunday.
    assert starts.tolist() == [0, 1, 8, 15, 22, 29]


def test_of_nothing_there_is_no_stretch():
    assert edges(np.empty(0, dtype=np.int64), HOUR).tolist() == []
    assert len(fewer("BTC/USDT", HOUR, [], DAY)) == 0


@given(st.sets(st.integers(1, 299), max_size=6), st.integers(1, 50))
def test_a_whole_in_parts_is_drawn_as_one(cuts, width):
    candles = walk(300, without=range(120, 150))
    bounds = [0, *sorted(cuts), len(candles)]
    parts = [candles[a:b] for a, b in pairwise(bounds)]

    drawn = fewer(candles.symbol, HOUR, parts, width * HOUR)

    once = merged(candles, edges(candles.time, width * HOUR))
    for name in ("time", "open", "high", "low", "close"):
        assert getattr(drawn, name).tolist() == getattr(once, name).tolist()
    assert drawn.volume == pytest.approx(once.volume)


@pytest.mark.parametrize(
    ("first", "end", "bars"), [(0, 0, 0), (5, 0, 0), (0, HOUR, 1), (0, HOUR + 1, 2)]
)
def test_room_is_counted_in_time(first, end, bars):
    assert bars_between(first, end, HOUR) == bars


def test_a_merged_candle_opens_with_the_first_and_closes_with_the_last():
    candles = walk(10)
    made = merged(candles, np.array([0, 4, 8]))

    assert made.time.tolist() == candles.time[[0, 4, 8]].tolist()
    assert made.open.tolist() == candles.open[[0, 4, 8]].tolist()
    assert made.close.tolist() == candles.close[[3, 7, 9]].tolist()
    assert made.high[1] == candles.high[4:8].max()
    assert made.low[2] == candles.low[8:].min()
    assert made.volume.sum() == pytest.approx(candles.volume.sum())


@given(VALUES, st.integers(1, 20))
def test_a_line_keeps_its_highest_and_lowest_and_each_point_is_one_of_its_own(
    values, width
):
    starts = np.arange(0, len(values), width)
    drawn = telling(values, starts)

    parts = np.split(values, starts[1:])
    for place, part in enumerate(parts):
        assert drawn[place] in part
    if not any({values.min(), values.max()} <= set(part.tolist()) for part in parts):
        assert drawn.min() == values.min()
        assert drawn.max() == values.max()
