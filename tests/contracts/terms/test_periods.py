from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.contracts.terms.durations import Duration, parse_duration
from abtpro_saas.contracts.terms.periods import end_of
from abtpro_saas.errors import InvalidError

MONTH = Duration(months=1)


def test_case_51_periods_count_from_the_anchor_and_not_from_each_other():
    anchor = datetime(2027, 1, 31, 5, tzinfo=UTC)

    ends = [f"{end_of(anchor, MONTH, number):%m-%d}" for number in range(1, 6)]

    assert ends == ["02-28", "03-31", "04-30", "05-31", "06-30"]


def test_case_51_a_year_from_a_leap_day():
    anchor = datetime(2028, 2, 29, 5, tzinfo=UTC)

    ends = [f"{end_of(anchor, Duration(months=12), n):%Y-%m-%d}" for n in (1, 2, 4)]

    assert ends == ["2029-02-28", "2030-02-28", "2032-02-29"]


@given(integers(1, 60), integers(1, 31))
def test_periods_follow_one_another_without_a_gap_or_overlap(number, day):
    anchor = datetime(2027, 1, day, 17, tzinfo=UTC)

    assert end_of(anchor, MONTH, number) < end_of(anchor, MONTH, number + 1)


@pytest.mark.parametrize(("length", "number"), [("PT0S", 1), ("P1M", 0), ("P1M", -1)])
def test_a_period_that_does_not_end_is_refused(length, number):
    with pytest.raises(InvalidError):
        end_of(datetime(2027, 1, 1, tzinfo=UTC), parse_duration(length), number)
