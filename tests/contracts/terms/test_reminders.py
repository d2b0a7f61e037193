from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.contracts.terms.reminders import last_due, next_try, reminders

START = datetime(2026, 11, 22, 5, tzinfo=UTC)
END = datetime(2026, 12, 22, 5, tzinfo=UTC)
GRACE_END = END + timedelta(days=3)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_month_is_reminded_of_seven_times():
    found = [at - END for at in reminders(START, END, GRACE_END)]

    assert found == [-7 * DAY, -3 * DAY, -DAY, -3 * HOUR, 0 * DAY, 1.5 * DAY, 2 * DAY]


def test_what_falls_before_the_start_is_left_out():
    short = END - timedelta(days=2)

    assert min(reminders(short, END, GRACE_END)) == END - DAY


def test_a_period_of_seconds_is_told_of_in_grace_alone():
    end = START + timedelta(seconds=20)
    grace_end = end + timedelta(seconds=10)

    found = reminders(START, end, grace_end)

    assert found == [end, end + timedelta(seconds=5)]


@given(integers(0, 23))
def test_the_last_day_s_reminder_comes_on_the_last_day(hour):
    end = END.replace(hour=hour)
    day = [at for at in reminders(START, end, end + 3 * DAY) if end - DAY < at < end]

    assert len(day) <= 1
    assert all(at <= end for at in day)


def test_the_renewal_is_tried_six_times_in_grace():
    found, now = [], END
    while at := next_try(END, GRACE_END, now):
        found.append(at - END)
        now = at

    assert found == [part * timedelta(hours=12) for part in range(1, 6)]


@pytest.mark.parametrize(
    ("after", "now", "due"),
    [
        (START, END - 8 * DAY, None),
        (START, END - 7 * DAY, END - 7 * DAY),
        (START, END - HOUR, END - 3 * HOUR),  # after an outage: the latest alone
        (END - 3 * HOUR, END - HOUR, None),
    ],
)
def test_one_message_and_no_burst(after, now, due):
    assert last_due(reminders(START, END, GRACE_END), after, now) == due
