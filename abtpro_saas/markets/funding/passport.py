"""What is known of a history of funding: its gaps, and which rows were put aside.

Nothing is mended. A row that cannot be true is put aside with its reason; an instant of
which nobody knows the rate is a gap, and is told.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from abtpro_saas.markets.funding.gaps import (
    FundingGap,
    find_funding_gaps,
    usual_distance,
)
from abtpro_saas.markets.funding.rates import APART_MS, FundingRates, fingerprint
from abtpro_saas.markets.inspection.aside import (
    MOST_LISTED,
    NO_TEXTS,
    Checks,
    PutAside,
    Reason,
    Texts,
    Unread,
    beyond,
    counted,
    listed,
    reasons_of,
    reordered,
    without_repeats,
)
from abtpro_saas.markets.timeframes import HOUR

LARGEST_RATE = 0.5
"""Of a position's value: more is a percentage by mistake."""


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
    read; ``texts`` is what stood there. Rows within ``APART_MS`` of each other are one
    payment, of which the first that can be true counts.
    """
    reasons = reasons_of(len(rows), unread or {}, _checks(rows, now_ms))
    columns = {"rate": rows.rate, "mark": rows.mark}
    kept = without_repeats(rows.time, list(columns.values()), reasons, APART_MS)
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
        "gaps": [_told(gap) for gap in gaps[:MOST_LISTED]],
        "gap_count": len(gaps),
        "missing": sum(gap.rates for gap in gaps),
        "unknown_marks": int(np.count_nonzero(np.isnan(rates.mark))),
        "least_rate": float(rates.rate.min()),
        "greatest_rate": float(rates.rate.max()),
        "mean_rate": float(rates.rate.mean()),
        "fingerprint": fingerprint(rates),
    }


def _told(gap: FundingGap) -> dict[str, int]:
    return {"start": gap.start, "end": gap.end, "rates": gap.rates}


def _checks(rows: FundingRates, now_ms: int) -> Checks:
    with np.errstate(invalid="ignore"):
        return (
            (Reason.NOT_FINITE, ~np.isfinite(rows.rate) | np.isinf(rows.mark)),
            (Reason.NOT_POSITIVE, rows.mark <= 0),
            (Reason.OUT_OF_RANGE, beyond(rows.mark)),
            (Reason.RATE_TOO_LARGE, np.abs(rows.rate) > LARGEST_RATE),
            (Reason.TO_COME, rows.time > now_ms),
        )
