"""Which rates can be true, and what is told of those that are kept."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, sets

from abtpro_saas.markets.funding.gaps import (
    around,
    find_funding_gaps,
    missing_instants,
    usual_distance,
)
from abtpro_saas.markets.funding.passport import inspect_funding, passport_of_funding
from abtpro_saas.markets.funding.rates import (
    APART_MS,
    FundingRates,
    fingerprint,
    told_once,
)
from abtpro_saas.markets.inspection.aside import Reason
from tests.markets.conftest import HOUR, MINUTE, NEW_YEAR_2023, NOW
from tests.markets.funding.conftest import EIGHT_HOURS, made, rows


def of(*rates):
    """Return rates of tuples: time, rate and mark, or None."""
    times, values, marks = zip(*rates, strict=True)
    marks = [math.nan if each is None else each for each in marks]
    return FundingRates(np.array(times, np.int64), np.array(values), np.array(marks))


def reasons(found):
    return [(each.row, each.reason) for each in found.aside]


def test_clean_rates_stay_as_they_are():
    found = inspect_funding(made(100), NOW)

    assert rows(found.rates) == rows(made(100))
    assert (found.quarantined, found.reordered, found.aside) == (0, 0, ())


@pytest.mark.parametrize(
    ("rate", "mark", "reason"),
    [
        (math.nan, 5.0, "not_finite"),
        (math.inf, 5.0, "not_finite"),
        (0.01, math.inf, "not_finite"),
        (0.01, 0.0, "not_positive"),
        (0.01, -5.0, "not_positive"),
        (0.01, 1.1e15, "out_of_range"),
        (0.01, 1e300, "out_of_range"),
        (0.01, 9e-19, "out_of_range"),
        (0.01, 1e-320, "out_of_range"),
        (0.51, 5.0, "rate_too_large"),
        (-0.51, None, "rate_too_large"),
    ],
)
def test_what_cannot_be_true_is_put_aside_by_name(rate, mark, reason):
    time = NEW_YEAR_2023

    found = inspect_funding(of((time, 0.01, 5), (time + 1, rate, mark)), NOW)

    assert reasons(found) == [(2, reason)]
    assert (found.aside[0].time, found.quarantined) == (time + 1, 1)
    assert found.findings()["reasons"] == {reason: 1}
    assert len(found.rates) == 1


@pytest.mark.parametrize(("rate", "mark"), [(0.5, 1e-18), (-0.5, None), (0.0, 1e15)])
def test_what_is_odd_but_may_be_true_stays(rate, mark):
    assert len(inspect_funding(of((NEW_YEAR_2023, rate, mark)), NOW).rates) == 1


def test_a_rate_that_is_to_come_is_not_taken():
    found = inspect_funding(of((NOW, 0.01, 5), (NOW + 1, 0.01, 5)), NOW)

    assert rows(found.rates) == [(NOW, 0.01, 5.0)]
    assert reasons(found) == [(2, "to_come")]


@pytest.mark.parametrize(
    ("again", "reason"),
    [
        ((0.01, None), "duplicate"),
        ((0.02, None), "contradiction"),
        ((0.01, 5.0), "contradiction"),
    ],
)
def test_a_time_counts_once(again, reason):
    time = NEW_YEAR_2023

    found = inspect_funding(of((time, 0.01, None), (time, *again)), NOW)

    assert rows(found.rates) == [(time, 0.01, None)]
    assert reasons(found) == [(2, reason)]


@pytest.mark.parametrize("later", [1, 5, 59_999])
def test_rows_within_a_minute_are_one_payment_and_no_row_is_lost(later):
    times = [NEW_YEAR_2023 + n * EIGHT_HOURS for n in range(3)]
    brought = of(*[(t, 0.01, 5) for t in times])
    more = of(
        *[(t + later, r, 5) for t, r in zip(times, (0.01, 0.4, -0.02), strict=True)]
    )

    found = inspect_funding(both(brought, more), NOW)

    assert rows(found.rates) == rows(brought)
    assert reasons(found) == [
        (4, "duplicate"),
        (5, "contradiction"),
        (6, "contradiction"),
    ]
    assert len(told_once(found.rates)) == len(found.rates)


def test_a_minute_later_is_another_payment():
    times = [NEW_YEAR_2023, NEW_YEAR_2023 + APART_MS]

    found = inspect_funding(of(*[(t, 0.01, 5) for t in times]), NOW)

    assert found.rates.time.tolist() == times


def test_of_rows_that_stand_too_dense_each_is_counted():
    dense = of(*[(NEW_YEAR_2023 + n * 30_000, 0.001, 1) for n in range(100)])

    found = inspect_funding(dense, NOW)

    assert len(found.rates) == len(told_once(dense)) == 1
    assert found.findings()["reasons"] == {"duplicate": 99}


def both(some, others):
    columns = ("time", "rate", "mark")
    pairs = [(getattr(some, each), getattr(others, each)) for each in columns]
    return FundingRates(*(np.concatenate(each) for each in pairs))


def test_the_first_that_can_be_true_counts():
    time = NEW_YEAR_2023

    found = inspect_funding(of((time, 9.0, None), (time, 0.02, None)), NOW)

    assert rows(found.rates) == [(time, 0.02, None)]
    assert reasons(found) == [(1, "rate_too_large")]


def test_a_cell_that_could_not_be_read_is_named():
    unread = {0: (Reason.NOT_A_NUMBER, "mark"), 1: (Reason.NOT_A_TIME, "timestamp")}

    found = inspect_funding(made(3), NOW, unread)

    assert [(each.row, each.column) for each in found.aside] == [
        (1, "mark"),
        (2, "timestamp"),
    ]
    assert found.aside[1].time is None


@given(lists(integers(0, 40), max_size=40), integers(0, 99))
def test_rates_come_out_in_order_each_time_once(places, seed):
    time = np.array([NEW_YEAR_2023 + n * HOUR for n in places], np.int64)
    random.Random(seed).shuffle(time)
    brought = FundingRates(time, np.zeros(len(time)), np.full(len(time), np.nan))

    found = inspect_funding(brought, NOW)

    assert found.rates.time.tolist() == sorted(set(time.tolist()))
    assert len(found.rates) + found.quarantined == len(places)


def test_rows_out_of_order_are_told():
    rates = made(5)
    mixed = FundingRates(rates.time[::-1], rates.rate[::-1], rates.mark[::-1])

    found = inspect_funding(mixed, NOW)

    assert rows(found.rates) == rows(rates)
    assert found.reordered == 4


def test_a_passport_tells_between_what_the_rates_lie():
    rates = of(
        (NEW_YEAR_2023, 0.01, None),
        (NEW_YEAR_2023 + EIGHT_HOURS, -0.02, 5),
        (NEW_YEAR_2023 + 2 * EIGHT_HOURS, 0.04, None),
    )

    assert passport_of_funding(rates, "a test") == {
        "source": "a test",
        "rows": 3,
        "span": [NEW_YEAR_2023, NEW_YEAR_2023 + 2 * EIGHT_HOURS + 1],
        "interval_hours": 8.0,
        "gaps": [],
        "gap_count": 0,
        "missing": 0,
        "unknown_marks": 2,
        "least_rate": -0.02,
        "greatest_rate": 0.04,
        "mean_rate": pytest.approx(0.01),
        "fingerprint": fingerprint(rates),
    }


@given(sets(integers(1, 198), max_size=60))
def test_gaps_are_just_the_rates_that_are_missing(missing):
    time = made(200).time
    kept = np.array([n not in missing for n in range(200)])

    found = find_funding_gaps(time[kept])

    told = [at for gap in found for at in range(gap.start, gap.end, EIGHT_HOURS)]
    assert told == time[~kept].tolist()
    assert sum(gap.rates for gap in found) == len(missing)
    assert missing_instants(time[kept]).tolist() == time[~kept].tolist()


def test_some_milliseconds_late_is_no_gap():
    late = made(50).time + np.arange(50) % 7

    assert usual_distance(late) == EIGHT_HOURS
    assert find_funding_gaps(late) == []


@pytest.mark.parametrize(
    ("minutes", "gaps"), [(89, []), (90, []), (91, [1]), (180, [2]), (600, [9])]
)
def test_a_gap_is_longer_than_one_and_a_half_distances(minutes, gaps):
    distances = np.full(9, 60)
    distances[4] = minutes
    time = NEW_YEAR_2023 + MINUTE * np.concatenate(([0], np.cumsum(distances)))

    assert [gap.rates for gap in find_funding_gaps(time)] == gaps


def hourly(*distances):
    return NEW_YEAR_2023 + HOUR * np.concatenate(([0], np.cumsum(distances)))


@pytest.mark.parametrize("first", [6, 50, 1000])
@pytest.mark.parametrize("before", [(8, 4), (4, 8), (8, 1), (1, 8), (2, 4)])
def test_an_exchange_may_settle_more_or_less_often_than_it_did(before, first):
    one, other = before

    assert find_funding_gaps(hourly(*[one] * first, *[other] * 2000)) == []


def test_a_gap_is_counted_by_the_interval_of_its_time():
    time = hourly(*[8] * 1000, *[4] * 30)
    lacks = np.delete(time, [500, 1010, 1011, 1012])

    first, later = find_funding_gaps(lacks)

    assert (first.start, first.end, first.rates) == (time[500], time[501], 1)
    assert (later.start, later.end, later.rates) == (time[1010], time[1013], 3)


@pytest.mark.parametrize("count", [0, 1])
def test_of_one_rate_no_distance_is_known(count):
    assert usual_distance(made(count).time) is None
    assert find_funding_gaps(made(count).time) == []
    if count:
        assert passport_of_funding(made(1), "a test")["interval_hours"] is None


@pytest.mark.parametrize("lacks", [[], [500], [1010, 1011], [1002]])
@pytest.mark.parametrize("first", range(990, 1015))
def test_a_part_of_a_history_lacks_what_all_of_it_lacks(first, lacks):
    whole = np.delete(hourly(*[8] * 1000, *[4] * 100), lacks)
    known = FundingRates(whole, np.zeros(len(whole)), np.zeros(len(whole)))
    start, end = int(whole[first]) - HOUR, int(whole[first + 20])

    part = missing_instants(around(known, start, end).time)

    all_of_it = missing_instants(whole)
    assert within(part, start, end) == within(all_of_it, start, end)


def test_without_bounds_all_of_a_history_counts():
    assert rows(around(made(40), None, None)) == rows(made(40))
    assert len(around(made(40), int(made(40).time[20]), None)) == 26


def within(times, start, end):
    return times[(times >= start) & (times < end)].tolist()
