"""Time frames of candles: their names, lengths, and where their buckets begin."""

from collections.abc import Mapping

import numpy as np

from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.candles import Integers

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WEEK = 7 * DAY

STEPS: Mapping[str, int] = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": WEEK,
}
"""Milliseconds by name, shortest first."""

NAMES: Mapping[int, str] = {step: name for name, step in STEPS.items()}

_FIRST_MONDAY = 4 * DAY
"""1970 began on a Thursday, and weeks begin on Mondays."""


class TimeframeError(InvalidError):
    """There is no such time frame, or not one that follows from what is there."""

    code = "invalid_timeframe"


def step_of(timeframe: str) -> int:
    """Return how many milliseconds ``timeframe`` lasts.

    Raises:
        TimeframeError: there is no such time frame.
    """
    try:
        return STEPS[timeframe]
    except KeyError:
        known = ", ".join(STEPS)
        raise TimeframeError(f"a time frame is one of {known}", "timeframe") from None


def name_of(step: int) -> str:
    """Return the name of the time frame that lasts ``step`` milliseconds.

    Raises:
        TimeframeError: there is no such time frame.
    """
    try:
        return NAMES[step]
    except KeyError:
        raise TimeframeError(f"no time frame lasts {step} ms", "timeframe") from None


def origin_of(step: int) -> int:
    """Return an instant at which a bucket of ``step`` begins, in ms since 1970."""
    return _FIRST_MONDAY if step % WEEK == 0 else 0


def floor_to(time: int, step: int) -> int:
    """Return when the bucket began in which ``time`` lies; both in ms, UTC."""
    origin = origin_of(step)
    return (time - origin) // step * step + origin


def ceil_to(time: int, step: int) -> int:
    """Return when the first bucket begins that begins at ``time`` or later."""
    return -floor_to(-time + 2 * origin_of(step), step) + 2 * origin_of(step)


def floors(time: Integers, step: int) -> Integers:
    """Return for each instant when its bucket began, shape and dtype of ``time``."""
    origin = origin_of(step)
    return np.asarray((time - origin) // step * step + origin, dtype=np.int64)
