"""What may be tried is what the strategy declares, in its own names and kinds."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.search import (
    Constraint,
    Method,
    Range,
    Search,
)
from abtpro_saas.backtesting.robustness.searching.objectives import (
    LESS,
    MORE,
    STANDARD,
    keys_of,
    sign_of,
)
from abtpro_saas.backtesting.robustness.searching.space import (
    Choices,
    check_search,
    points,
)
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.performance.metrics import CATALOGUE
from abtpro_saas.plugins.api.parameters import read_values

SMA = find_strategy("SMA_CROSS")
VALUES = read_values(SMA.parameters, {})
PAIRS = find_strategy("PAIRS")


def grid(**space):
    return Search(Method.GRID, space, trials=1_000)


def refused(search, strategy=SMA):
    with pytest.raises(OrderError) as error:
        check_search(search, strategy)
    return error.value.field.removeprefix("search.")


def test_older_names_become_the_strategy_s_and_numbers_its_kinds():
    checked = check_search(
        grid(slow_period=Range(20.0, 30.0, 5.0), stop_loss=(0, 0.5)), SMA
    )

    assert list(checked.space) == ["slow", "stop_loss"]
    assert repr(checked.space["slow"]) == "Range(low=20, high=30, step=5)"
    assert repr(checked.space["stop_loss"]) == "(0.0, 0.5)"
    assert checked.trials == 6


def test_a_whole_parameter_goes_in_ones_and_equal_values_count_once():
    checked = check_search(grid(fast=Range(2, 4), slow=(50, 50.0, 60)), SMA)

    assert list(points(checked.space["fast"])) == [2, 3, 4]
    assert checked.space["slow"] == (50, 60)


def test_words_are_chosen_from_a_list():
    checked = check_search(grid(direction=("long", "both")), PAIRS)

    assert checked.space["direction"] == ("long", "both")
    assert refused(grid(direction=Range(0, 1)), PAIRS) == "space.direction"


@pytest.mark.parametrize(
    ("search", "field"),
    [
        (grid(speed=(1, 2)), "space.speed"),
        (grid(fast=(1, 2), fast_period=(3,)), "space.fast_period"),
        (grid(fast=(0, 2)), "space.fast"),
        (grid(fast=(1.5,)), "space.fast"),
        (grid(fast=Range(1, 6_000)), "space.fast"),
        (grid(fast=Range(1, 9, 0.5)), "space.fast.step"),
        (grid(fast=Range(1, 9, -1)), "space.fast.step"),
        (grid(stop_loss=Range(0, 0.5)), "space.stop_loss.step"),
        (grid(stop_loss=Range(0, 0.9, 1e-5)), "space.stop_loss.step"),
        (grid(fast=Range(1, 100), slow=Range(101, 200)), "trials"),
        (replace(grid(fast=(5,)), objective="bars"), "objective"),
        (replace(grid(fast=(5,)), objective="luck"), "objective"),
        (
            replace(grid(fast=(5,)), constraints=(Constraint("luck", 1.0),)),
            "constraints.0.metric",
        ),
        (
            replace(grid(fast=(5,)), constraints=(Constraint("cagr", 1.0, 0.5),)),
            "constraints.0.most",
        ),
    ],
)
def test_what_the_strategy_does_not_take_is_refused_by_name(search, field):
    assert refused(search) == field


def test_a_range_without_a_step_is_for_chance_and_learning():
    search = replace(grid(stop_loss=Range(0, 0.5)), method=Method.RANDOM)

    assert check_search(search, SMA).trials == 1_000
    assert points(check_search(search, SMA).space["stop_loss"]) is None


@given(st.integers(0, 40), st.integers(1, 30), st.integers(1, 200))
def test_points_are_decimal_and_end_where_the_range_does(low, step, count):
    """0.1 + 2 x 0.1 is 0.3, and a range of n steps has n + 1 points."""
    start, width = low / 100, step / 100
    found = points(Range(start, round(start + count * width, 9), width))

    assert found == [round((low + k * step) / 100, 12) for k in range(count + 1)]


def test_a_range_that_no_step_ends_stops_before():
    assert list(points(Range(2, 9, 3))) == [2, 5, 8]
    assert points(Range(0.0, 1.0, 0.3)) == [0.0, 0.3, 0.6, 0.9]


def test_combinations_are_all_there_in_order_but_those_that_do_not_go_together():
    search = check_search(grid(fast=(10, 20, 30), slow=(15, 25, 35)), SMA)
    choices = Choices(search, SMA, VALUES)
    found = [choices.at(place) for place in range(choices.count)]
    wanted = [(f, s) if f < s else None for f, s in product((10, 20, 30), (15, 25, 35))]

    assert [each and (each["fast"], each["slow"]) for each in found] == wanted
    assert found[0] == VALUES | {"fast": 10, "slow": 15}


def test_every_direction_is_that_of_one_metric():
    assert set(CATALOGUE) >= MORE | LESS
    assert not MORE & LESS


@pytest.mark.parametrize(
    ("metric", "sign"),
    [
        ("sharpe_ratio", 1),
        ("worst_day", 1),
        ("max_drawdown", -1),
        ("volatility", -1),
        ("fees", -1),
    ],
)
def test_less_risk_is_better_and_more_return(metric, sign):
    assert sign_of(metric) == sign


def test_only_what_a_search_asks_for_is_measured():
    search = replace(
        grid(fast=(5,)),
        objective="sqn",
        constraints=(Constraint("ulcer_index", None, 9.0), Constraint("cagr", 0.0)),
    )

    assert keys_of(search)[:3] == ("sqn", "ulcer_index", "cagr")
    assert set(keys_of(search)) == {"sqn", "ulcer_index", *STANDARD}
