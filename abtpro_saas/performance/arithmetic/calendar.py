"""Which bars end a day, week, month or year; all of UTC, as crypto markets count.

A bar belongs to the period in which it opened. Weeks begin on Mondays.
"""

from enum import StrEnum

import numpy as np

from abtpro_saas.performance.record import Integers

SECOND_MS = 1_000
DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
_MONDAY_MS = 4 * DAY_MS
"""The first Monday after 1970 began, on a Thursday."""


class Period(StrEnum):
    """A period of the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


def start_of(instants: Integers, period: Period) -> Integers:
    """Return when the period of each instant begins, in ms since 1970."""
    if period is Period.DAY:
        return instants // DAY_MS * DAY_MS
    if period is Period.WEEK:
        week = 7 * DAY_MS
        return (instants - _MONDAY_MS) // week * week + _MONDAY_MS
    unit = "M" if period is Period.MONTH else "Y"
    dates = instants.astype("datetime64[ms]").astype(f"datetime64[{unit}]")
    return dates.astype("datetime64[ms]").astype(np.int64)


def last_bars(time: Integers, period: Period) -> Integers:
    """Return the last bar of each period that has one, oldest first.

    Looks at the ends of days rather than at each bar, hence is fast.
    """
    days = np.arange(time[0] // DAY_MS + 1, time[-1] // DAY_MS + 2) * DAY_MS
    ends = np.unique(np.searchsorted(time, days) - 1)
    if period is Period.DAY:
        return ends
    starts = start_of(time[ends], period)
    last = np.append(np.flatnonzero(starts[1:] != starts[:-1]), len(starts) - 1)
    return np.take(ends, last)
