"""A search reads back as it was written, and a wrong member is named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.search import (
    MOST_TRIALS,
    Constraint,
    Method,
    Range,
    Search,
    search_from,
    search_json,
)

LEAST = {"method": "grid", "space": {"fast": {"low": 5, "high": 9, "step": 2}}}

numbers = st.floats(-1e6, 1e6) | st.integers(-1_000, 1_000)


@st.composite
def searches(draw):
    low = draw(numbers)
    ranges = st.builds(
        Range, st.just(float(low)), st.just(float(low) + 3), st.none() | st.just(0.5)
    )
    lists = st.lists(numbers | st.text("ab", min_size=1), min_size=1, max_size=4)
    space = st.dictionaries(
        st.sampled_from("abc"), ranges | lists.map(tuple), min_size=1, max_size=3
    )
    bound = st.none() | st.floats(-9, 9)
    constraints = st.lists(
        st.builds(Constraint, st.just("total_trades"), st.just(1.0), bound), max_size=2
    )
    return Search(
        draw(st.sampled_from(list(Method))),
        draw(space),
        trials=draw(st.integers(1, MOST_TRIALS)),
        seed=draw(st.integers(0, 9)),
        constraints=tuple(draw(constraints)),
    )


@given(searches())
def test_a_search_reads_back_from_its_json(search):
    assert search_from(json.loads(json.dumps(search_json(search)))) == search


def test_what_is_not_named_is_the_default():
    search = search_from(LEAST)

    assert search.objective == "sharpe_ratio"
    assert (search.seed, search.constraints) == (0, ())
    assert search.space == {"fast": Range(5.0, 9.0, 2.0)}


def test_a_grid_is_tried_as_a_whole_and_other_searches_a_hundred_times():
    assert search_from(LEAST).trials == MOST_TRIALS
    assert search_from(LEAST | {"method": "Bayesian"}).trials == 100


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "guessing"}, "method"),
        ({"method": None}, "method"),
        ({"space": {}}, "space"),
        ({"space": [1]}, "space"),
        ({"space": {"fast": 5}}, "space.fast"),
        ({"space": {"fast": "abc"}}, "space.fast"),
        ({"space": {"fast": []}}, "space.fast"),
        ({"space": {"fast": [None]}}, "space.fast"),
        ({"space": {"fast": {"low": 5}}}, "space.fast"),
        ({"space": {"fast": {"low": 5, "high": 4}}}, "space.fast"),
        ({"space": {"fast": {"low": "5", "high": 9}}}, "space.fast.low"),
        ({"space": {"fast": {"low": 5, "high": float("inf")}}}, "space.fast.high"),
        ({"space": {"fast": {"low": 5, "high": 9, "step": "1"}}}, "space.fast.step"),
        ({"space": {"fast": {"low": -(10**400), "high": 9}}}, "space.fast.low"),
        ({"objective": 5}, "objective"),
        ({"objective": ""}, "objective"),
        ({"trials": 0}, "trials"),
        ({"trials": MOST_TRIALS + 1}, "trials"),
        ({"trials": 1.5}, "trials"),
        ({"trials": True}, "trials"),
        ({"trials": 10**400}, "trials"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**400}, "seed"),
        ({"constraints": "sharpe_ratio"}, "constraints"),
        ({"constraints": ["sharpe_ratio"]}, "constraints.0"),
        ({"constraints": [{"metric": "cagr"}]}, "constraints.0.least"),
        ({"constraints": [{"least": 1}]}, "constraints.0.metric"),
        (
            {"constraints": [{"metric": "cagr", "most": True}]},
            "constraints.0.most",
        ),
    ],
)
def test_a_refusal_names_the_member(change, field):
    with pytest.raises(OrderError) as refused:
        search_from(LEAST | change)

    assert refused.value.field == f"search.{field}"
