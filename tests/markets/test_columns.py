"""What is written to Parquet comes back bit for bit, and others can read it."""

import io
import math
from decimal import Decimal

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import decimals, floats, integers, lists

from abtpro_saas.markets.columns import (
    ROWS_IN_GROUP,
    places_of,
    read_table,
    write_table,
)
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.conftest import MINUTE, made, rows

ANY = floats(allow_nan=False, allow_infinity=False, width=64)


def through(candles, start_ms=None, end_ms=None):
    """Return candles as they come back from a file."""
    file = io.BytesIO()
    write_table(file, candles)
    return Candles(candles.symbol, candles.step, *read_table(file, start_ms, end_ms))


def of_values(values):
    time = MINUTE * np.arange(len(values), dtype=np.int64)
    return Candles("X", MINUTE, time, *[values] * 5)


@settings(deadline=None)
@given(arrays(np.float64, integers(1, 50), elements=ANY))
def test_any_float_comes_back_bit_for_bit(values):
    values = values + 0.0  # a zero has no sign here

    assert through(of_values(values)).close.tobytes() == values.tobytes()


@settings(deadline=None)
@given(lists(decimals(-(10**6), 10**6, places=8), min_size=1, max_size=50))
def test_decimals_come_back_bit_for_bit(numbers):
    values = np.array([float(number) for number in numbers]) + 0.0

    assert through(of_values(values)).open.tobytes() == values.tobytes()


@settings(deadline=None)
@given(lists(decimals(0, 10**6, places=3), min_size=1, max_size=50))
def test_the_fewest_places_are_found(numbers):
    written = (format(number.normalize(), "f") for number in numbers)
    places = max(len(text.partition(".")[2]) for text in written)

    assert places_of(np.array([float(number) for number in numbers])) == places


@pytest.mark.parametrize("odd", [math.pi, 2.0**60, 1e-12, math.nan, math.inf])
def test_what_is_no_short_decimal_has_no_places(odd):
    assert places_of(np.array([1.5, odd])) is None


def test_a_late_value_with_more_places_counts():
    values = np.full(5000, 1.5)
    values[-1] = 1.2345

    assert places_of(values) == 4
    assert through(of_values(values)).close[-1] == 1.2345


def test_other_readers_see_exact_decimals():
    file = io.BytesIO()
    write_table(file, made(3, places=1))
    table = pq.read_table(file)

    assert table.column("close").to_pylist() == [
        Decimal(str(price)) for price in made(3, places=1).close.tolist()
    ]


def test_a_range_begins_with_start_and_ends_before_end():
    candles = made(3 * ROWS_IN_GROUP + 17)
    first, last = int(candles.time[70_000]), int(candles.time[140_000])

    assert rows(through(candles, first, last)) == rows(candles)[70_000:140_000]


@settings(deadline=None)
@given(integers(-5, 105), integers(-5, 105))
def test_any_range_is_what_a_filter_would_give(first, last):
    candles = made(100)
    start, end = (int(candles.time[0]) + n * MINUTE - 1 for n in (first, last))

    expected = [row for row in rows(candles) if start <= row[0] < end]
    assert rows(through(candles, start, end)) == expected
