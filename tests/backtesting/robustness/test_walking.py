"""Windows fill the candles and never overlap; a wrong member is named."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.walking import (
    Choose,
    Mode,
    Walk,
    walk_from,
    walk_json,
    windows_of,
)

lengths = st.none() | st.integers(50, 400).map(float) | st.floats(0.05, 0.3)
walks = st.builds(
    Walk,
    mode=st.sampled_from(Mode),
    windows=st.integers(1, 12),
    train=lengths,
    test=lengths,
    embargo=st.integers(0, 40),
    choose=st.sampled_from(Choose),
)


def windows(walk, bars=1_000, warm_up=20):
    try:
        return windows_of(walk, bars, warm_up)
    except OrderError:
        return []


@given(walks, st.integers(200, 5_000))
def test_training_ends_before_its_test_begins(walk, bars):
    for each in windows(walk, bars):
        assert 0 <= each.start < each.end
        assert each.end + walk.embargo == each.test_start < each.test_end <= bars


@given(walks, st.integers(200, 5_000))
def test_tests_follow_each_other_and_the_last_ends_with_the_candles(walk, bars):
    found = windows(walk, bars)

    for one, following in pairwise(found):
        assert one.test_end == following.test_start
        assert following.number == one.number + 1
    assert not found or found[-1].test_end == bars


@given(walks, st.integers(200, 5_000))
def test_anchored_windows_grow_and_rolling_ones_move(walk, bars):
    found = windows(walk, bars)
    starts = {each.start for each in found}
    trained = [each.end - each.start for each in found]

    if walk.mode is Mode.ANCHORED:
        assert starts <= {0}
        assert trained == sorted(trained)
    else:
        assert len(starts) == len(found)
        assert len(set(trained)) <= 1


def test_what_is_not_said_fills_all_candles():
    first, *_, last = windows_of(Walk(windows=5), 800, 20)

    assert (first.start, first.end, first.test_end) == (0, 300, 400)
    assert (last.start, last.end, last.test_end) == (400, 700, 800)


@pytest.mark.parametrize(
    ("walk", "cut"),
    [
        (Walk(windows=2, train=600, test=100), (200, 800, 800, 900)),
        (Walk(windows=2, train=0.5), (0, 500, 500, 750)),
        (Walk(windows=2, test=0.1, embargo=50), (0, 750, 800, 900)),
        (Walk(Mode.ANCHORED, 2, train=600, test=100), (0, 800, 800, 900)),
    ],
)
def test_lengths_are_candles_or_shares_of_them(walk, cut):
    first = windows_of(walk, 1_000, 20)[0]

    assert (first.start, first.end, first.test_start, first.test_end) == cut


@pytest.mark.parametrize(
    ("walk", "field"),
    [
        (Walk(windows=5, train=800, test=100), "walk.windows"),
        (Walk(windows=100, train=900, test=1), "walk.windows"),
        (Walk(windows=5, train=21), "walk.train"),
        (Walk(windows=5, embargo=5_000), "walk.windows"),
    ],
)
def test_too_few_candles_are_refused(walk, field):
    with pytest.raises(OrderError) as refused:
        windows_of(walk, 1_000, 20)

    assert refused.value.field == field


@given(walks)
def test_a_walk_reads_back_from_its_json(walk):
    assert walk_from(json.loads(json.dumps(walk_json(walk)))) == walk


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"mode": "circular"}, "walk.mode"),
        ({"windows": 0}, "walk.windows"),
        ({"windows": 101}, "walk.windows"),
        ({"train": -1}, "walk.train"),
        ({"train": 0}, "walk.train"),
        ({"test": 100.5}, "walk.test"),
        ({"test": "a week"}, "walk.test"),
        ({"embargo": 0.5}, "walk.embargo"),
        ({"choose": "luckiest"}, "walk.choose"),
    ],
)
def test_a_refusal_names_the_member(given_, field):
    with pytest.raises(OrderError) as refused:
        walk_from(given_)

    assert refused.value.field == field


def test_nothing_said_is_the_default():
    assert walk_from({}) == Walk()
