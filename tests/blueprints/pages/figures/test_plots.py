from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, none, one_of

from abtpro_saas.blueprints.pages.figures.plots import (
    HIGH,
    TICKS,
    WIDE,
    Part,
    Point,
    columns,
    lines,
    ticks_for,
)

AMOUNT = integers(-(10**13), 10**13)


@pytest.mark.parametrize(
    ("least", "most", "unit", "ticks"),
    [
        (0, 0, 100, [0, 100]),
        (0, 130_000, 100, [0, 50_000, 100_000, 150_000]),
        (0, 10_000, 1, [0, 5_000, 10_000]),
        (-30, 90, 1, [-50, 0, 50, 100]),
        (-7, -3, 1, [-8, -6, -4, -2, 0]),
        (5, 5, 1, [0, 2, 4, 6]),
    ],
)
def test_ticks_are_round_and_hold_zero(least, most, unit, ticks):
    assert ticks_for(least, most, unit) == ticks


@given(AMOUNT, AMOUNT)
def test_ticks_reach_around_every_amount(one, other):
    least, most = sorted((one, other))
    ticks = ticks_for(least, most)

    assert ticks[0] <= least
    assert most <= ticks[-1]
    assert 0 in ticks
    assert 2 <= len(ticks) <= TICKS + 2
    assert len({after - tick for tick, after in pairwise(ticks)}) == 1


def part(amount, tone="new"):
    return Part(amount, tone, str(amount))


def test_gains_stand_on_one_another_and_losses_hang():
    plot = columns([[part(30), part(20), part(-50), part(-10)], []])

    up, more, down, less = plot.bars
    assert up.y + up.height == down.y
    assert more.y + more.height == up.y
    assert less.y == down.y + down.height
    assert {bar.x for bar in plot.bars} == {up.x}
    assert up.x + up.width < WIDE / 2


def test_nothing_is_no_bar():
    assert columns([[part(0)], [part(5)]]).bars[0].title == "5"
    assert len(columns([[part(0)]]).bars) == 0


@given(lists(lists(AMOUNT.map(part), max_size=5), min_size=1, max_size=36))
def test_every_column_stays_within_the_plot(stacks):
    for bar in columns(stacks).bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDE
        assert bar.y >= 0
        assert bar.y + bar.height <= HIGH + 0.1


def test_bars_are_as_high_as_their_amounts():
    small, large = columns([[part(10)], [part(40)]]).bars

    assert large.height == pytest.approx(4 * small.height, abs=0.3)


def test_a_line_has_a_gap_where_nothing_is_known():
    points = [Point(0, "a"), Point(5000, "b"), Point(None, "c"), Point(10_000, "d")]
    (line,) = lines(10_000, {"info": points}).lines

    assert [[dot.title for dot in each] for each in line.stretches] == [
        ["a", "b"],
        ["d"],
    ]
    assert [dot.y for each in line.stretches for dot in each] == [HIGH, HIGH / 2, 0]


@given(lists(one_of(none(), integers(0, 10_000)), min_size=1, max_size=36))
def test_lines_go_from_left_to_right(amounts):
    points = [Point(amount, str(amount)) for amount in amounts]
    (line,) = lines(10_000, {"info": points}).lines

    dots = [dot for stretch in line.stretches for dot in stretch]
    assert [dot.x for dot in dots] == sorted(dot.x for dot in dots)
    assert len(dots) == sum(amount is not None for amount in amounts)
