"""Curves as the server draws them: round ticks, whatever the values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.blueprints.pages.backtests.findings.curves import (
    Series,
    curves,
    thinned,
    ticks_of,
)
from abtpro_saas.blueprints.pages.figures.plots import HIGH, WIDE

AMOUNTS = st.floats(-1e12, 1e12)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.0, 7.0], [0.0, 2.0, 4.0, 6.0, 8.0]),
        ([-3.0, 1.0], [-3.0, -2.0, -1.0, 0.0, 1.0]),
        ([0.0], [0.0, 1.0]),
        ([0.0001, 0.0003], [0.0001, 0.00015, 0.0002, 0.00025, 0.0003]),
        ([], [0.0, 1.0]),
        ([math.nan, math.inf], [0.0, 1.0]),
    ],
)
def test_ticks_are_round_amounts_around_the_values(values, ticks):
    assert ticks_of(values) == ticks


@pytest.mark.parametrize(
    "values",
    [
        [0.1 + 0.2, 0.3],
        [-1.8e-12, 0.0],
        [10_000.0, 10_000.000000000002],
        [5e-324, 0.0],
        [1e15, 1e15 + 0.125],
    ],
)
def test_values_that_differ_by_noise_are_even(values):
    drawn = curves([Series("accent", "x", values)], str, ["a", "b"])

    places = {y for y, _words, _zero in drawn.ticks}
    assert 2 <= len(places) == len(drawn.ticks) <= 3


@given(st.lists(AMOUNTS, min_size=1, max_size=9))
def test_every_value_is_drawn_within_its_ticks(values):
    drawn = curves([Series("accent", "x", values)], str, [])

    assert 2 <= len(drawn.ticks) <= 7
    (line,) = drawn.lines
    for point in line.points.split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= WIDE
        assert -1 <= y <= HIGH + 1


@pytest.mark.parametrize(("count", "narrow"), [(6, [0, 100]), (5, [0, 50, 100])])
def test_a_phone_shows_words_at_the_ends_and_in_the_middle_alone(count, narrow):
    marks = thinned([str(n) for n in range(count)])
    assert len(marks) == count
    assert [each.x for each in marks if each.narrow] == narrow
