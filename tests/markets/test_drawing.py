"""Candles for a chart: few enough to draw, at round lengths, and no extreme missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abtpro_saas.markets.drawing import edges, merged, telling, width_for
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, WEEK
from tests.backtesting.candles_for import walk

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


@given(st.integers(0, 500), st.integers(1, 300), st.integers(1, 40))
def test_stretches_cover_all_and_stand_still_when_a_chart_moves(first, count, width):
    starts = edges(first, first + count, width).tolist()
    assert starts[0] == first
    assert starts == sorted(set(starts))
    assert starts[-1] < first + count
    assert all(each % width == 0 for each in starts[1:])
    assert max(np.diff([*starts, first + count])) <= width


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
    starts = edges(0, len(values), width)
    drawn = telling(values, starts)

    parts = np.split(values, starts[1:])
    for place, part in enumerate(parts):
        assert drawn[place] in part
    if not any({values.min(), values.max()} <= set(part.tolist()) for part in parts):
        assert drawn.min() == values.min()
        assert drawn.max() == values.max()
