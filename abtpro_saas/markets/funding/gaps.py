"""Where a history of funding lacks rates, by how far apart they lie around there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.timeframes import HOUR, MINUTE
from abtpro_saas.plugins.api.candles import Floats, Integers

LONG = 1.5
"""A distance of so many usual ones is a gap."""
NEIGHBOURS = 5
"""Distances before and after one that say what is usual there."""
LONGEST = 8 * HOUR
"""No exchange settles less often, unless all of a history says so."""


@dataclass(frozen=True, slots=True)
class FundingGap:
    """Rates that are missing: those that would be due in [start, end), in ms."""

    start: int
    end: int
    rates: int
    every: int
    """How far apart they would be due."""

    def instants(self) -> Integers:
        """Return when they would be due."""
        return self.start + self.every * np.arange(self.rates, dtype=np.int64)


def find_funding_gaps(time: Integers) -> list[FundingGap]:
    """Return the gaps between rising times, oldest first.

    A distance is judged by the median of itself and its neighbours: an exchange may
    have changed how often it settles.
    """
    distances = np.diff(time)
    if not len(distances) or _are_alike(distances):
        return []
    usual = _to_the_minute(_usual_there(distances))
    places = np.flatnonzero(distances > LONG * usual)
    usual = usual[places]
    missing = np.maximum(np.rint(distances[places] / usual).astype(np.int64) - 1, 1)
    starts, ends = time[places] + usual, time[places + 1]
    columns = (each.tolist() for each in (starts, ends, missing, usual))
    return [FundingGap(*each) for each in zip(*columns, strict=True)]


def missing_instants(time: Integers) -> Integers:
    """Return when rates would be due in the gaps between rising times."""
    found = [gap.instants() for gap in find_funding_gaps(time)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def around(
    rates: FundingRates, start_ms: int | None, end_ms: int | None
) -> FundingRates:
    """Return the rates of [start, end), and those that say which are missing there.

    None is no bound.
    """
    first = 0 if start_ms is None else int(np.searchsorted(rates.time, start_ms))
    last = len(rates) if end_ms is None else int(np.searchsorted(rates.time, end_ms))
    return rates[max(first - NEIGHBOURS - 1, 0) : last + NEIGHBOURS + 1]


def usual_distance(time: Integers) -> int | None:
    """Return the median of all distances in ms, to the minute; None of one time."""
    if len(time) < 2:  # noqa: PLR2004 - a distance has two ends
        return None
    return int(_to_the_minute(np.median(np.diff(time))))


def _are_alike(distances: Integers) -> bool:
    """Tell whether none can be a gap, as in most histories: this is quick."""
    return bool(distances.max() <= LONG * (distances.min() - MINUTE))


def _to_the_minute(distance: Floats | np.floating[Any]) -> Integers:
    """Round: exchanges note an instant some milliseconds late."""
    minutes = np.maximum(np.rint(distance / MINUTE), 1)
    return np.asarray(minutes * MINUTE, dtype=np.int64)


def _usual_there(distances: Integers) -> Floats:
    """Return for each distance the median of its neighbours and itself.

    Each other rate that is missing for weeks is no longer interval, but gaps.
    """
    padded = np.pad(distances.astype(float), NEIGHBOURS, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1)
    most = max(LONGEST, float(np.median(distances)))
    return np.asarray(np.minimum(np.nanmedian(windows, axis=1), most))
