"""What is known of a history of funding: its gaps, and which rows were put aside.

Nothing is mended. A row that cannot be true is put aside with its reason; an instant of
which nobody knows the rate is a gap, and is told.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from abtpro_saas.markets.funding.rates import FundingRates, fingerprint
from abtpro_saas.markets.inspection.aside import (
    MOST_LISTED,
    NO_TEXTS,
    Checks,
    PutAside,
    Reason,
    Texts,
    Unread,
    counted,
    listed,
    reasons_of,
    reordered,
    without_repeats,
)
from abtpro_saas.markets.timeframes import HOUR, MINUTE
from abtpro_saas.plugins.api.candles import Floats, Integers

LARGEST_RATE = 0.5
"""Of a position's value: more is a percentage by mistake."""
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


@dataclass(frozen=True, kw_only=True)
class FundingInspection(PutAside):
    """What an import brings: rates that can be true, and what was put aside."""

    rates: FundingRates


def inspect_funding(
    rows: FundingRates,
    now_ms: int,
    unread: Unread | None = None,
    texts: Texts = NO_TEXTS,
) -> FundingInspection:
    """Return what of ``rows``, in any order and state, can be true at ``now_ms``.

    ``unread`` names the rows, by their place from 0, of which a column could not be
    read; ``texts`` is what stood there. Of several rows with one time the first that
    can be true counts.
    """
    reasons = reasons_of(len(rows), unread or {}, _checks(rows, now_ms))
    columns = {"rate": rows.rate, "mark": rows.mark}
    kept = without_repeats(rows.time, list(columns.values()), reasons)
    return FundingInspection(
        rates=FundingRates(rows.time[kept], rows.rate[kept], rows.mark[kept]),
        aside=listed(rows.time, columns, reasons, unread or {}, texts),
        put_aside=counted(reasons),
        reordered=reordered(rows.time[np.sort(kept)]),
    )


def passport_of_funding(rates: FundingRates, source: str) -> dict[str, Any]:
    """Return what is told of rates that stand in the store, as JSON holds it."""
    gaps = find_funding_gaps(rates.time)
    usual = usual_distance(rates.time)
    return {
        "source": source,
        "rows": len(rates),
        "span": [int(rates.time[0]), int(rates.time[-1]) + 1],
        "interval_hours": None if usual is None else usual / HOUR,
        "gaps": [asdict(gap) for gap in gaps[:MOST_LISTED]],
        "gap_count": len(gaps),
        "missing": sum(gap.rates for gap in gaps),
        "unknown_marks": int(np.count_nonzero(np.isnan(rates.mark))),
        "least_rate": float(rates.rate.min()),
        "greatest_rate": float(rates.rate.max()),
        "mean_rate": float(rates.rate.mean()),
        "fingerprint": fingerprint(rates),
    }


def find_funding_gaps(time: Integers) -> list[FundingGap]:
    """Return the gaps between rising times, oldest first.

    A distance is judged by the median of itself and its neighbours: an exchange may
    have changed how often it settles.
    """
    distances = np.diff(time)
    if not len(distances):
        return []
    usual = _to_the_minute(_usual_there(distances))
    places = np.flatnonzero(distances > LONG * usual)
    usual = usual[places]
    missing = np.maximum(np.rint(distances[places] / usual).astype(np.int64) - 1, 1)
    starts, ends = time[places] + usual, time[places + 1]
    whole = zip(starts.tolist(), ends.tolist(), missing.tolist(), strict=True)
    return [FundingGap(*each) for each in whole]


def usual_distance(time: Integers) -> int | None:
    """Return the median of all distances in ms, to the minute; None of one time."""
    if len(time) < 2:  # noqa: PLR2004 - a distance has two ends
        return None
    return int(_to_the_minute(np.median(np.diff(time))))


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


def _checks(rows: FundingRates, now_ms: int) -> Checks:
    with np.errstate(invalid="ignore"):
        return (
            (Reason.NOT_FINITE, ~np.isfinite(rows.rate) | np.isinf(rows.mark)),
            (Reason.NOT_POSITIVE, rows.mark <= 0),
            (Reason.RATE_TOO_LARGE, np.abs(rows.rate) > LARGEST_RATE),
            (Reason.TO_COME, rows.time > now_ms),
        )
