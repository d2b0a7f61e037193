"""Names, lengths and beginnings of time frames."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from abtpro_saas.markets.timeframes import (
    STEPS,
    TimeframeError,
    ceil_to,
    floor_to,
    floors,
    name_of,
    step_of,
)

TIMES = integers(0, 4_000_000_000_000)
FRAMES = sampled_from(list(STEPS.values()))


@pytest.mark.parametrize(
    ("name", "step"),
    [("1m", 60_000), ("15m", 900_000), ("1h", 3_600_000), ("1w", 604_800_000)],
)
def test_a_name_says_how_long(name, step):
    assert step_of(name) == step
    assert name_of(step) == name


@pytest.mark.parametrize("name", ["", "1H", "60", "1M", "7m", "1h "])
def test_another_name_is_refused_with_those_that_there_are(name):
    with pytest.raises(TimeframeError, match="1m, 3m, 5m") as refused:
        step_of(name)

    assert refused.value.field == "timeframe"


def test_a_length_without_a_name_is_refused():
    with pytest.raises(TimeframeError):
        name_of(7)


@given(TIMES, FRAMES)
def test_a_time_lies_in_its_bucket(time, step):
    begin = floor_to(time, step)

    assert begin <= time < begin + step
    assert floor_to(begin, step) == begin


@given(TIMES, FRAMES)
def test_the_next_beginning_is_the_first_that_is_not_before(time, step):
    begin = ceil_to(time, step)

    assert begin - step < time <= begin
    assert floor_to(begin, step) == begin


@given(TIMES, FRAMES)
def test_arrays_have_the_same_buckets(time, step):
    assert floors(np.array([time]), step).tolist() == [floor_to(time, step)]


@given(TIMES)
def test_weeks_begin_on_monday_and_days_at_midnight(time):
    week = datetime.fromtimestamp(floor_to(time, STEPS["1w"]) / 1000, UTC)
    day = datetime.fromtimestamp(floor_to(time, STEPS["1d"]) / 1000, UTC)

    assert (week.weekday(), week.hour, week.minute) == (0, 0, 0)
    assert (day.hour, day.minute, day.second) == (0, 0, 0)
