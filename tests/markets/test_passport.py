"""Dirty rows are put aside by name, and nothing is mended."""

import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import (
    booleans,
    floats,
    integers,
    lists,
    sampled_from,
    sets,
    tuples,
)

from abtpro_saas.markets.inspection.aside import MOST_LISTED, Reason
from abtpro_saas.markets.inspection.passport import find_gaps, inspect, passport
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.conftest import (
    HOUR,
    MINUTE,
    NEW_YEAR_2023,
    NOW,
    changed,
    chosen,
    made,
    rows,
)


def reasons(candles, now=NOW, unread=None):
    """Return the row numbers from 1 and reasons of what is put aside."""
    return [(each.row, each.reason) for each in inspect(candles, now, unread).aside]


def test_clean_candles_pass_untouched():
    candles = made(1000)

    found = inspect(candles, NOW)

    assert rows(found.candles) == rows(candles)
    assert (found.quarantined, found.reordered, found.aside) == (0, 0, ())


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("close", math.nan, "not_finite"),
        ("volume", math.inf, "not_finite"),
        ("open", 0.0, "not_positive"),
        ("low", -1.0, "not_positive"),
        ("volume", -0.001, "not_positive"),
        ("high", 1.1e15, "out_of_range"),
        ("high", 1e300, "out_of_range"),
        ("low", 9e-19, "out_of_range"),
        ("low", 1e-320, "out_of_range"),
        ("high", 1.0, "high_too_low"),
        ("low", 1e9, "high_too_low"),
        ("time", NEW_YEAR_2023 + 30_001, "time_off_grid"),
    ],
)
def test_a_row_that_cannot_be_true_is_put_aside(column, value, reason):
    candles = changed(made(10), **{column: {4: value}})

    found = inspect(candles, NOW)

    assert [(each.row, each.reason) for each in found.aside] == [(5, reason)]
    assert rows(found.candles) == rows(made(10))[:4] + rows(made(10))[5:]


def test_a_low_above_the_open_is_told_as_such():
    candles = made(10)
    between = float(np.nextafter(candles.open[3], np.inf))
    odd = changed(candles, low={3: between}, close={3: between}, high={3: between + 1})

    assert reasons(odd) == [(4, "low_too_high")]


@pytest.mark.parametrize("column", ["open", "close"])
def test_a_flat_candle_is_no_violation(column):
    candles = made(3)
    flat = {name: {1: 100.0} for name in ("open", "high", "low", "close")}

    assert reasons(changed(candles, **flat)) == []
    assert reasons(changed(candles, **flat | {column: {1: 100.01}})) == [
        (2, "high_too_low")
    ]


def test_a_candle_that_is_not_over_is_put_aside():
    candles = made(5)
    last = int(candles.time[-1])

    assert reasons(candles, last + MINUTE) == []
    assert reasons(candles, last + MINUTE - 1) == [(5, "unfinished")]


def test_of_rows_with_one_time_the_first_that_can_be_true_counts():
    candles = made(4)
    order = [0, 1, 1, 2, 2, 2, 3]
    odd = changed(chosen(candles, order), close={2: 1e9, 4: candles.high[2]})

    found = inspect(odd, NOW)

    assert [(each.row, each.reason) for each in found.aside] == [
        (3, "high_too_low"),
        (5, "contradiction"),
        (6, "duplicate"),
    ]
    assert rows(found.candles) == rows(candles)


def test_rows_in_another_order_are_counted_and_sorted():
    candles = made(100)

    found = inspect(chosen(candles, list(range(50, 100)) + list(range(50))), NOW)

    assert rows(found.candles) == rows(candles)
    assert (found.quarantined, found.reordered) == (0, 50)


def test_a_cell_that_could_not_be_read_costs_its_row():
    unread = {2: (Reason.NOT_A_NUMBER, "volume"), 7: (Reason.NOT_A_TIME, "timestamp")}
    candles = changed(made(10), volume={2: math.nan}, time={7: 0})

    found = inspect(candles, NOW, unread)

    assert [(e.row, e.reason, e.column, e.time) for e in found.aside] == [
        (3, "not_a_number", "volume", int(candles.time[2])),
        (8, "not_a_time", "timestamp", None),
    ]
    assert len(found.candles) == 8


def test_all_are_counted_and_the_first_are_listed():
    candles = changed(made(2000), close=dict.fromkeys(range(MOST_LISTED + 7), -1.0))

    told = inspect(candles, NOW).findings()

    assert told["quarantined"] == MOST_LISTED + 7
    assert told["reasons"] == {"not_positive": MOST_LISTED + 7}
    assert len(told["quarantine"]) == MOST_LISTED


# Any mess, against a second reading of the rules in plain Python.
TIMES = sampled_from([NEW_YEAR_2023 + n * 30_000 for n in range(12)])
PRICES = sampled_from([math.nan, math.inf, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
MESS = lists(tuples(TIMES, PRICES, PRICES, PRICES, PRICES, PRICES), max_size=25)
MESS_NOW = NEW_YEAR_2023 + 5 * MINUTE


def reason_by_hand(row, seen):  # noqa: PLR0911 - a rule a line
    time, opened, high, low, close, volume = row
    if time % MINUTE:
        return "time_off_grid"
    if not all(map(math.isfinite, row)):
        return "not_finite"
    if min(opened, high, low, close) <= 0 or volume < 0:
        return "not_positive"
    if high < max(opened, low, close):
        return "high_too_low"
    if low > min(opened, close):
        return "low_too_high"
    if time + MINUTE > MESS_NOW:
        return "unfinished"
    if time in seen:
        return "duplicate" if seen[time] == row else "contradiction"
    return None


@given(MESS)
def test_any_mess_is_sorted_as_the_rules_say(mess):
    columns = list(zip(*mess, strict=True)) or [()] * 6
    time, *values = (np.array(column, dtype=np.float64) for column in columns)
    candles = Candles("X", MINUTE, time.astype(np.int64), *values)
    seen, aside = {}, []
    for place, row in enumerate(mess):
        reason = reason_by_hand(row, seen)
        if reason is None:
            seen[row[0]] = row
        else:
            aside.append((place + 1, reason))

    found = inspect(candles, MESS_NOW)

    assert rows(found.candles) == [seen[time] for time in sorted(seen)]
    assert [(each.row, each.reason) for each in found.aside] == aside
    assert found.put_aside == Counter(reason for _, reason in aside)


@given(sets(integers(0, 60)))
def test_gaps_are_what_is_not_there(there):
    time = np.array(sorted(there), dtype=np.int64) * HOUR

    found = find_gaps(time, HOUR)

    missing = [n for gap in found for n in range(gap.start // HOUR, gap.end // HOUR)]
    every = set(range(min(there), max(there))) if there else set()
    assert missing == sorted(every - there)
    assert [gap.bars for gap in found] == [(g.end - g.start) // HOUR for g in found]


def test_the_passport_says_what_is_missing_and_what_is_odd():
    candles = made(500, keep=[n for n in range(500) if n not in {100, 101, 300}])
    spiked = changed(candles, high={200: candles.high[200] * 1.5})

    told = passport(spiked, "a file")

    assert (told["source"], told["rows"]) == ("a file", 497)
    assert (told["gap_count"], told["missing"]) == (2, 3)
    assert told["gaps"][0] == {
        "start": NEW_YEAR_2023 + 100 * MINUTE,
        "end": NEW_YEAR_2023 + 102 * MINUTE,
        "bars": 2,
    }
    assert [each["time"] for each in told["outliers"]] == [int(spiked.time[200])]


@given(integers(0, 2**32), booleans(), floats(1.06, 3))
def test_one_false_price_among_ordinary_ones_is_found(seed, up, factor):
    chance = random.Random(seed)
    place = chance.randrange(300)
    candles = made(300, seed=seed)
    if up:
        odd = changed(candles, high={place: candles.high[place] * factor})
    else:
        odd = changed(candles, low={place: candles.low[place] / factor})

    assert passport(candles, "x")["outlier_count"] == 0
    found = passport(odd, "x")["outliers"]
    assert [each["time"] for each in found] == [int(candles.time[place])]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_of_few_candles_nothing_is_odd(count):
    assert passport(made(count), "x")["outlier_count"] == 0


def test_prices_that_stand_still_are_no_reason_to_divide_by_zero():
    flat = {
        name: dict.fromkeys(range(200), 100.0)
        for name in ("open", "high", "low", "close")
    }
    still = changed(made(200), **flat)

    assert passport(still, "x")["outlier_count"] == 0
    moved = changed(still, high={150: 101.0})
    assert passport(moved, "x")["outlier_count"] == 1
