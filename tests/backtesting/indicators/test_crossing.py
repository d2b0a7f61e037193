"""Crossings remember on which side a line was."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.indicators.crossing import crossings
from tests.backtesting import plain


def rows(line, other):
    up, down = crossings(np.array(line, dtype=float), other)
    return [*np.flatnonzero(up)], [*np.flatnonzero(down)]


@pytest.mark.parametrize(
    ("line", "up", "down"),
    [
        ([-1, 1], [1], []),
        ([1, -1], [], [1]),
        ([-1, 0, 0, 1], [3], []),
        ([-1, 0, 0, -1, 1], [4], []),
        ([0, 1, -1], [], [2]),
        ([0, 0, -1, 0, 1], [4], []),
        ([nan, nan, 1, -1, nan, 1], [5], [3]),
        ([], [], []),
    ],
)
def test_a_line_crosses_where_it_parts_on_the_other_side(line, up, down):
    assert rows(line, 0.0) == (up, down)
    assert rows(line, np.zeros(len(line))) == (up, down)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=50))
def test_crossings_are_those_of_a_plain_loop(pairs):
    line, other = [a for a, _ in pairs], [b for _, b in pairs]

    expected = plain.crossed(line, other)
    assert rows(line, np.array(other, dtype=float)) == expected
    assert rows(line, 1.0) == plain.crossed(line, 1)
