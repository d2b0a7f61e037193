"""The same search proposes the same values, in whatever order batches are made."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.robustness.search import Method, Range, Search
from abtpro_saas.backtesting.robustness.searching.proposals import batch, batches
from abtpro_saas.backtesting.robustness.searching.space import Choices, check_search
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values

SMA = find_strategy("SMA_CROSS")
VALUES = read_values(SMA.parameters, {})
SPACE = {"fast": Range(5, 50, 5), "slow": Range(20, 100, 20)}


def choices(method, space=SPACE, size=7, **members):
    search = check_search(Search(method, space, **members), SMA)
    return Choices(replace(search, batch=size), SMA, VALUES)


def chosen(of, numbers=None):
    found = [batch(of, each) for each in numbers or range(batches(of))]
    names = list(of.search.space)
    return [[tuple(row[name] for name in names) for row in each] for each in found]


def flat(found):
    return [row for each in found for row in each]


def test_a_grid_tries_each_combination_that_goes_together_once():
    found = flat(chosen(choices(Method.GRID, trials=50)))
    wanted = [
        (fast, slow)
        for fast in range(5, 51, 5)
        for slow in range(20, 101, 20)
        if fast < slow
    ]

    assert found == wanted


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.sampled_from([Method.GRID, Method.RANDOM]))
def test_how_a_search_is_cut_does_not_matter(size, method):
    whole = choices(method, size=1_000, trials=50, seed=3)
    parts = replace(whole, search=replace(whole.search, batch=size))

    assert flat(chosen(parts)) == flat(chosen(whole))


def test_batches_are_the_same_in_any_order():
    space = SPACE | {"stop_loss": Range(0.0, 0.2)}
    of = choices(Method.RANDOM, space, trials=40, seed=9)
    numbers = list(range(batches(of)))

    assert len(numbers) == 6
    assert chosen(of, numbers[::-1])[::-1] == chosen(of, numbers)


def test_chance_draws_no_combination_twice_and_finds_them_all():
    of = choices(Method.RANDOM, trials=1_000)
    found = flat(chosen(of))

    assert len(found) == len(set(found))
    assert sorted(found) == sorted(flat(chosen(choices(Method.GRID, trials=50))))
    assert found != sorted(found)


def test_as_many_are_drawn_as_asked_for_though_some_do_not_go_together():
    assert len(flat(chosen(choices(Method.RANDOM, trials=30)))) == 30


def test_a_range_without_steps_is_drawn_evenly():
    space = {"stop_loss": Range(0.1, 0.3), "fast": Range(5, 9)}
    found = flat(chosen(choices(Method.RANDOM, space, size=500, trials=500)))
    stops = [stop for stop, _ in found]

    assert len(set(stops)) == 500
    assert min(stops) >= 0.1
    assert max(stops) < 0.3
    assert 100 <= sum(stop < 0.15 for stop in stops) <= 150
    assert {fast for _, fast in found} == {5, 6, 7, 8, 9}


def test_another_seed_is_another_search():
    first, second = (
        flat(chosen(choices(Method.RANDOM, trials=20, seed=seed))) for seed in (1, 2)
    )

    assert first != second


def test_a_space_too_large_to_shuffle_is_drawn_from():
    space = {"fast": Range(1, 5_000), "slow": Range(2, 10_000)}
    found = flat(chosen(choices(Method.RANDOM, space, trials=60)))

    assert len(found) == 60
    assert all(fast < slow for fast, slow in found)


def test_where_nothing_goes_together_nothing_is_tried():
    space = {"fast": Range(50, 60), "slow": (20, 30), "stop_loss": Range(0.0, 0.1)}

    assert flat(chosen(choices(Method.RANDOM, space, trials=3))) == []


@pytest.mark.parametrize("method", list(Method))
def test_all_parameters_have_a_value(method):
    for values in batch(choices(method, size=5, trials=50), 0):
        assert list(values) == list(VALUES)
        assert values["stop_loss"] == 0.0
