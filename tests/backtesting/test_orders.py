"""An order as it is stored: it reads back unchanged, whichever release wrote it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.backtesting.canonical import canonical
from abtpro_saas.backtesting.engines.port import (
    Costs,
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Market,
    Setup,
    Slippage,
    SlippageModel,
)
from abtpro_saas.backtesting.orders import Order, order_from, order_json
from abtpro_saas.backtesting.words import EngineName

FRACTIONS = st.floats(0, 1)
SETUPS = st.builds(
    Setup,
    initial_capital=st.floats(0.01, 1e12),
    fraction=FRACTIONS,
    shorts=st.booleans(),
    fill_at=st.sampled_from(FillAt),
    costs=st.builds(
        Costs,
        FRACTIONS,
        FRACTIONS,
        st.builds(Slippage, st.sampled_from(SlippageModel), FRACTIONS),
        st.sampled_from(FeeIn),
    ),
    market=st.builds(Market, FRACTIONS, FRACTIONS, FRACTIONS, FRACTIONS),
    margin=st.none() | st.builds(Margin, st.floats(1, 125), FRACTIONS, FRACTIONS),
    funding=st.none() | st.builds(Funding, st.none() | FRACTIONS, st.floats(1, 24)),
    detail_timeframe=st.none() | st.sampled_from(["1m", "5m"]),
)
ORDERS = st.builds(
    Order,
    strategy=st.text(max_size=8),
    symbols=st.lists(st.text(max_size=8), min_size=1, max_size=3).map(tuple),
    timeframe=st.sampled_from(["1m", "1h"]),
    exchange=st.none() | st.text(max_size=8),
    start=st.none() | st.integers(0, 2**45),
    end=st.none() | st.integers(0, 2**45),
    parameters=st.dictionaries(
        st.text(max_size=5), st.integers(-9, 9) | FRACTIONS | st.text(max_size=5)
    ),
    setup=SETUPS,
    engine=st.sampled_from(EngineName),
    gap_tolerance=FRACTIONS,
    seed=st.integers(0, 9),
)


@given(ORDERS)
def test_an_order_reads_back_from_its_json(order):
    stored = json.loads(json.dumps(order_json(order)))

    assert order_from(stored) == order
    assert canonical(order_json(order_from(stored))) == canonical(order_json(order))


def test_numbers_that_a_database_wrote_without_a_point_are_the_same():
    stored = order_json(Order("X", ("A/B",), "1h"))
    stored["setup"]["initial_capital"] = 10_000
    stored["gap_tolerance"] = 0

    read = order_from(stored)

    assert canonical(order_json(read)["setup"]["initial_capital"]) == b"10000.0"
    assert canonical(read.gap_tolerance) == b"0.0"


def test_what_an_earlier_release_did_not_know_is_as_it_was_then():
    stored = order_json(Order("X", ("A/B",), "1h"))
    del stored["seed"], stored["setup"]["market"], stored["setup"]["costs"]["slippage"]

    assert order_from(stored) == Order("X", ("A/B",), "1h")


def test_an_order_of_an_earlier_release_is_written_as_it_was():
    """Its certificate hashes this: a member more would be another certificate."""
    assert order_json(Order("X", ("A/B",), "1h"))["setup"] == {
        "initial_capital": 10_000.0,
        "fraction": 1.0,
        "shorts": False,
        "fill_at": "next_open",
        "costs": {
            "maker": 0.0,
            "taker": 0.0,
            "slippage": {"model": "none", "value": 0.0},
        },
        "market": {"price_tick": 0.0, "size_step": 0.0, "least_value": 0.0},
    }


def test_a_text_has_one_order_and_no_spaces():
    assert canonical({"b": [1.0, 1], "a": "ก"}) == '{"a":"ก","b":[1.0,1]}'.encode()
