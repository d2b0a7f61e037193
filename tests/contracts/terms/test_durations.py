from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers

from abtpro_saas.clock import BANGKOK
from abtpro_saas.contracts.terms.durations import (
    Duration,
    DurationError,
    after,
    parse_duration,
)

DURATIONS = builds(Duration, integers(0, 36), integers(0, 500), integers(0, 90_000))
INSTANTS = integers(0, 20 * 365 * 24).map(
    lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P1M", Duration(months=1)),
        ("P1Y", Duration(months=12)),
        ("P1Y2M", Duration(months=14)),
        ("P2W", Duration(days=14)),
        ("P3D", Duration(days=3)),
        ("PT20S", Duration(seconds=20)),
        ("P1DT1H1M1S", Duration(days=1, seconds=3661)),
        ("PT0S", Duration()),
        ("P5Y", Duration(months=60)),
    ],
)
def test_iso_8601_durations_are_read(text, found):
    assert parse_duration(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "1M", "P1", "P-1M", "P1.5D", "p1m", "P1M ", "P1MT", "P1S", "P٣D",
     "P6Y", "P5Y1D", "P61M", "P999D" * 2, "P1D1M", "P9999D"],
)  # fmt: skip
def test_what_is_no_duration_is_refused_with_its_field(text):
    with pytest.raises(DurationError) as refusal:
        parse_duration(text, "period")

    assert refusal.value.field == "period"


@given(DURATIONS)
def test_what_is_written_reads_back(length):
    assert parse_duration(str(length)) == length


@given(INSTANTS, DURATIONS)
def test_time_goes_forward_alone(start, length):
    assert (after(start, length) > start) is (length != Duration())


@given(INSTANTS, integers(1, 36))
def test_months_keep_the_time_in_bangkok_and_never_skip_a_month(start, months):
    local = start.astimezone(BANGKOK)
    moved = after(start, Duration(months=months)).astimezone(BANGKOK)

    assert moved.time() == local.time()
    assert (moved.year * 12 + moved.month) - (local.year * 12 + local.month) == months
    assert moved.day <= local.day


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2027-01-31", "P1M", "2027-02-28"),
        ("2028-01-31", "P1M", "2028-02-29"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-11-22", "P3D", "2026-11-25"),
    ],
)
def test_a_month_ends_on_its_last_day_at_most(start, length, end):
    noon = datetime.fromisoformat(f"{start}T12:00+07:00")

    assert after(noon, parse_duration(length)).isoformat()[:10] == end


@pytest.mark.parametrize("length", ["P1M", "P1D", "PT1S"])
def test_time_that_no_calendar_has_is_refused(length):
    last = datetime(9999, 12, 31, 16, 59, 59, tzinfo=UTC)

    with pytest.raises(DurationError):
        after(last, parse_duration(length))


def test_a_day_s_length_decides_how_parts_are_counted():
    assert Duration(seconds=86_399).is_short
    assert not Duration(days=1).is_short
    assert not Duration(seconds=86_400).is_short
    assert not Duration(months=1).is_short
