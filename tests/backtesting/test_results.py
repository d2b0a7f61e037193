"""What is stored of a run reads back as it was, and is the same however often."""

import io
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting import results
from abtpro_saas.performance.record import Inside, Trades
from tests.backtesting.records import HOUR, START, record


def files(made):
    return {name: io.BytesIO(content) for name, content in results.encode(made).items()}


def read_back(made):
    stored = files(made)
    return results.decode(stored[results.EQUITY], stored[results.TRADES])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(0, 40), st.integers(0, 99))
def test_a_record_reads_back_to_the_last_bit(bars, trades, seed):
    made = record(bars, trades, seed=seed)

    again = read_back(made)

    assert results.hash_of(again) == results.hash_of(made)
    assert again.symbols == made.symbols
    assert (again.step, again.initial, again.rejected) == (made.step, made.initial, 0)
    for each in ("time", "equity", "exposure", "benchmark"):
        assert np.array_equal(getattr(again, each), getattr(made, each))
    for each in fields(Trades):
        theirs, ours = getattr(again.trades, each.name), getattr(made.trades, each.name)
        assert theirs.dtype == ours.dtype
        assert np.array_equal(theirs, ours)


def test_what_is_known_of_the_insides_is_kept_and_not_hashed():
    made = replace(record(), inside=Inside(3, 0.25, 9_000.0))

    assert read_back(made).inside == made.inside
    assert read_back(record()).inside is None
    assert results.hash_of(made) == results.hash_of(record())


def test_the_same_record_gives_the_same_bytes():
    assert results.encode(record()) == results.encode(record())


CHANGES = {
    "a price": lambda made: replace(made, equity=made.equity + 1e-9),
    "the step": lambda made: replace(made, step=60_000),
    "the capital": lambda made: replace(made, initial=1.0),
    "an order that was skipped": lambda made: replace(made, rejected=1),
    "a symbol": lambda made: replace(made, symbols=("ETH/USDT",)),
    "a trade's end": lambda made: replace(
        made, trades=replace(made.trades, reason=made.trades.reason + 1)
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_changes_the_hash(change):
    assert results.hash_of(CHANGES[change](record())) != results.hash_of(record())


def test_numbers_that_moved_from_one_column_to_the_next_are_another_result():
    made = record(4, 0)
    moved = replace(made, equity=made.exposure, exposure=made.equity)

    assert results.hash_of(moved) != results.hash_of(made)


def test_a_page_is_read_from_the_middle():
    made = record(70_000, 3)
    file = files(made)[results.EQUITY]

    page = results.rows(file, results.ROWS - 2, 4)

    first = results.ROWS - 2
    assert [row["time"] for row in page] == [
        START + HOUR * (first + n) for n in range(4)
    ]
    assert page[2]["equity"] == made.equity[results.ROWS]


@pytest.mark.parametrize(("start", "count"), [(0, 3), (2, 1), (3, 0), (900_000, 0)])
def test_a_page_ends_with_the_rows(start, count):
    file = files(record(5, 3))[results.TRADES]

    assert len(results.rows(file, start, 500)) == count


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400),
    st.integers(4, 60),
)
def test_what_is_drawn_keeps_both_ends_and_every_extreme(values, points):
    values = np.array(values)

    drawn = results.decimate(values, points)

    assert len(drawn) <= max(points, 1)
    assert drawn[0] == 0
    assert drawn[-1] == len(values) - 1
    assert np.all(np.diff(drawn) > 0)
    assert values[drawn].max() == values.max()
    assert values[drawn].min() == values.min()
