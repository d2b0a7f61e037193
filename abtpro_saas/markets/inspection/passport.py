"""What is known of a series' data: gaps, outliers, and which rows were put aside.

Nothing is mended. A row that cannot be true is put aside with its reason; what is odd,
but may be true, stays and is told.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from abtpro_saas.markets.columns import COLUMNS
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
from abtpro_saas.markets.inspection.outliers import outliers
from abtpro_saas.markets.timeframes import floors
from abtpro_saas.plugins.api.candles import Candles, Integers


@dataclass(frozen=True, slots=True)
class Gap:
    """Candles that are missing: those that would open in [start, end)."""

    start: int
    end: int
    bars: int


@dataclass(frozen=True, kw_only=True)
class Inspection(PutAside):
    """What an import brings: candles that can be true, and what was put aside."""

    candles: Candles
    trades: int | None = None
    """How many trades the candles were made of, where a file held trades."""
    cut: int = 0
    """Trades of a candle at either end, which is left out: it may lack others."""

    def findings(self) -> dict[str, Any]:
        """Return what was put aside, and of how many trades, as JSON holds it."""
        if self.trades is None:
            return super().findings()
        return {"trades": self.trades, "cut": self.cut} | super().findings()


def inspect(
    rows: Candles,
    now_ms: int,
    unread: Unread | None = None,
    texts: Texts = NO_TEXTS,
) -> Inspection:
    """Return what of ``rows``, in any order and state, can be true at ``now_ms``.

    ``unread`` names the rows, by their place from 0, of which a column could not be
    read; ``texts`` is what stood there. Of several rows with one time the first that
    can be true counts.
    """
    reasons = reasons_of(len(rows), unread or {}, _checks(rows, now_ms))
    columns = {name: getattr(rows, name) for name in COLUMNS}
    kept = without_repeats(rows.time, list(columns.values()), reasons)
    return Inspection(
        candles=Candles(
            rows.symbol,
            rows.step,
            rows.time[kept],
            *(column[kept] for column in columns.values()),
        ),
        aside=listed(rows.time, columns, reasons, unread or {}, texts),
        put_aside=counted(reasons),
        reordered=reordered(rows.time[np.sort(kept)]),
    )


def _checks(rows: Candles, now_ms: int) -> Checks:
    values = [getattr(rows, name) for name in COLUMNS]
    prices = values[:4]
    with np.errstate(invalid="ignore"):
        return (
            (Reason.TIME_OFF_GRID, floors(rows.time, rows.step) != rows.time),
            (Reason.NOT_FINITE, ~np.all(np.isfinite(values), axis=0)),
            (Reason.NOT_POSITIVE, np.any([p <= 0 for p in prices], axis=0)),
            (Reason.NOT_POSITIVE, rows.volume < 0),
            (Reason.OUT_OF_RANGE, np.any([beyond(p) for p in prices], axis=0)),
            (Reason.HIGH_TOO_LOW, rows.high < np.max(prices, axis=0)),
            (Reason.LOW_TOO_HIGH, rows.low > np.min(prices, axis=0)),
            (Reason.UNFINISHED, rows.time + rows.step > now_ms),
        )


def find_gaps(time: Integers, step: int) -> list[Gap]:
    """Return the gaps between rising times on a grid, oldest first."""
    places = np.flatnonzero(np.diff(time) > step)
    starts, ends = time[places] + step, time[places + 1]
    bars = (ends - starts) // step
    whole = zip(starts.tolist(), ends.tolist(), bars.tolist(), strict=True)
    return [Gap(*each) for each in whole]


def passport(candles: Candles, source: str) -> dict[str, Any]:
    """Return what is told of candles that stand in the store, as JSON holds it."""
    gaps = find_gaps(candles.time, candles.step)
    odd = outliers(candles)
    return {
        "source": source,
        "rows": len(candles),
        "gaps": [asdict(gap) for gap in gaps[:MOST_LISTED]],
        "gap_count": len(gaps),
        "missing": sum(gap.bars for gap in gaps),
        "outliers": [asdict(each) for each in odd[:MOST_LISTED]],
        "outlier_count": len(odd),
    }
