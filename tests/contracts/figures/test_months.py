from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import datetimes, integers, just, none, one_of, sampled_from

from abtpro_saas.contracts.figures.months import (
    MOST,
    Month,
    Months,
    MonthsError,
    asked_months,
    month_of,
    parse_month,
)
from tests.conftest import NOON

NOVEMBER = Month(2026, 11)
INSTANTS = datetimes(datetime(2004, 1, 2), datetime(2190, 1, 1), timezones=just(UTC))  # noqa: DTZ001 - bounds are naive


def test_a_month_begins_at_midnight_in_bangkok():
    assert NOVEMBER.start == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert month_of(NOVEMBER.start) == NOVEMBER
    assert month_of(NOVEMBER.start - timedelta(microseconds=1)) == Month(2026, 10)


def test_december_is_followed_by_january():
    assert NOVEMBER.plus(2) == Month(2027, 1)
    assert NOVEMBER.plus(-11) == Month(2025, 12)


@given(INSTANTS, integers(-500, 500))
def test_going_and_coming_back_is_the_same_month(instant, months):
    month = month_of(instant)

    assert month.plus(months).plus(-months) == month
    assert month.until(month.plus(months)) == months
    assert parse_month(str(month)) == month


@given(INSTANTS)
def test_an_instant_lies_in_its_month(instant):
    month = month_of(instant)

    assert month.start <= instant < month.plus(1).start


@pytest.mark.parametrize(
    "text", ["2026", "2026-00", "2026-13", "1999-12", "2200-01", "2026-1", "2026-11\n"]
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(MonthsError):
        parse_month(text)


def test_without_months_it_is_the_last_twelve():
    months = asked_months(None, None, NOON)

    assert (months.first, months.last) == (Month(2025, 12), NOVEMBER)
    assert len(months.each) == 12


def test_the_running_month_ends_now_and_months_to_come_are_left_out():
    months = asked_months("2026-10", "2027-03", NOON)

    assert months.each == [Month(2026, 10), NOVEMBER]
    assert months.bounds == [Month(2026, 10).start, NOVEMBER.start, NOON]
    assert months.is_over(Month(2026, 10))
    assert not months.is_over(NOVEMBER)


def test_months_that_are_over_end_where_the_next_begins():
    months = asked_months("2026-01", "2026-02", NOON)

    assert months.bounds == [Month(2026, n).start for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11", "2026-10"),
        ("2026-12", None),
        ("2027-01", "2027-02"),
        ("2023-11", "2026-11"),
        ("x", None),
        (None, "2026-11-01"),
    ],
)
def test_months_that_have_no_figures_are_refused_by_their_field(first, last):
    with pytest.raises(MonthsError) as refusal:
        asked_months(first, last, NOON)

    assert refusal.value.field == ("to" if first is None else "from")


@given(INSTANTS, one_of(none(), sampled_from([1, 12, MOST])))
def test_bounds_rise_and_there_is_one_more_than_months(instant, length):
    last = month_of(instant)
    first = None if length is None else str(last.plus(1 - length))
    months = asked_months(first, None, instant)

    assert len(months.bounds) == len(months.each) + 1 <= MOST + 1
    assert months.bounds == sorted(months.bounds)
    assert months.bounds[-1] == instant


def test_one_month_is_a_row_of_its_own():
    assert Months(NOVEMBER, NOVEMBER, NOON).each == [NOVEMBER]
