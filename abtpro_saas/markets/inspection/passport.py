"""What is known of a series' data: gaps, outliers, and which rows were put aside.

Nothing is mended. A row that cannot be true is put aside with its reason; what is odd,
but may be true, stays and is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abtpro_saas.markets.columns import COLUMNS
from abtpro_saas.markets.inspection.outliers import outliers
from abtpro_saas.markets.timeframes import floors
from abtpro_saas.plugins.api.candles import Candles, Flags, Integers

MOST_LISTED = 500
"""So many gaps, outliers and rows put aside are listed; all are counted."""


class Reason(StrEnum):
    """Why a row was put aside; of several, the first that is listed here."""

    NOT_A_TIME = "not_a_time"
    NOT_A_NUMBER = "not_a_number"
    TIME_OFF_GRID = "time_off_grid"
    NOT_FINITE = "not_finite"
    NOT_POSITIVE = "not_positive"
    HIGH_TOO_LOW = "high_too_low"
    LOW_TOO_HIGH = "low_too_high"
    UNFINISHED = "unfinished"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    """The same time as an earlier row, and other values."""


_REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Gap:
    """Candles that are missing: those that would open in [start, end)."""

    start: int
    end: int
    bars: int


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that was put aside; the first row after a file's header is 1."""

    row: int
    reason: str
    column: str | None
    time: int | None


@dataclass(frozen=True)
class Inspection:
    """What an import brings: candles that can be true, and what was put aside."""

    candles: Candles
    aside: tuple[Aside, ...]
    put_aside: Mapping[str, int]
    reordered: int
    """Rows that stood after a later one."""
    trades: int | None = None
    """How many trades the candles were made of, where a file held trades."""

    @property
    def quarantined(self) -> int:
        """How many rows were put aside."""
        return sum(self.put_aside.values())


def inspect(
    rows: Candles,
    now_ms: int,
    unread: Mapping[int, tuple[Reason, str]] | None = None,
) -> Inspection:
    """Return what of ``rows``, in any order and state, can be true at ``now_ms``.

    ``unread`` names the rows, by their place from 0, of which a column could not be
    read. Of several rows with one time the first that can be true counts.
    """
    reasons = _reasons(rows, now_ms, unread or {})
    good = np.flatnonzero(reasons == 0)
    order = good[np.argsort(rows.time[good], kind="stable")]
    repeats = np.zeros(len(order), dtype=np.bool_)
    repeats[1:] = np.diff(rows.time[order]) == 0
    _note_repeats(rows, order, repeats, reasons)
    kept = order[~repeats]
    return Inspection(
        candles=Candles(
            rows.symbol,
            rows.step,
            rows.time[kept],
            *(getattr(rows, name)[kept] for name in COLUMNS),
        ),
        aside=listed(rows.time, reasons, unread or {}),
        put_aside=counted(reasons),
        reordered=reordered(rows.time[np.sort(kept)]),
    )


def _reasons(
    rows: Candles, now_ms: int, unread: Mapping[int, tuple[Reason, str]]
) -> NDArray[np.int8]:
    """Return for each row the number of its reason, from 1, or 0 where it is good."""
    values = [getattr(rows, name) for name in COLUMNS]
    prices = values[:4]
    found = np.zeros(len(rows), dtype=np.int8)
    for place, (reason, _) in unread.items():
        found[place] = number_of(reason)
    with np.errstate(invalid="ignore"):
        checks: Sequence[tuple[Reason, Flags]] = (
            (Reason.TIME_OFF_GRID, floors(rows.time, rows.step) != rows.time),
            (Reason.NOT_FINITE, ~np.all(np.isfinite(values), axis=0)),
            (Reason.NOT_POSITIVE, np.any([p <= 0 for p in prices], axis=0)),
            (Reason.NOT_POSITIVE, rows.volume < 0),
            (Reason.HIGH_TOO_LOW, rows.high < np.max(prices, axis=0)),
            (Reason.LOW_TOO_HIGH, rows.low > np.min(prices, axis=0)),
            (Reason.UNFINISHED, rows.time + rows.step > now_ms),
        )
    for reason, wrong in checks:
        found[wrong & (found == 0)] = number_of(reason)
    return found


def _note_repeats(
    rows: Candles, order: Integers, repeats: Flags, reasons: NDArray[np.int8]
) -> None:
    """Put aside each row whose time stands in ``order`` before; the same or not."""
    firsts = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(order))))
    mine, first = order[repeats], order[firsts[repeats]]
    same = np.ones(len(mine), dtype=np.bool_)
    for name in COLUMNS:
        column = getattr(rows, name)
        same &= column[mine] == column[first]
    reasons[mine] = np.where(
        same, number_of(Reason.DUPLICATE), number_of(Reason.CONTRADICTION)
    )


def listed(
    times: Integers,
    reasons: NDArray[np.int8],
    unread: Mapping[int, tuple[Reason, str]],
) -> tuple[Aside, ...]:
    """Return the first rows that have a reason, by its number."""
    found = []
    for place in np.flatnonzero(reasons)[:MOST_LISTED].tolist():
        reason = _REASONS[reasons[place] - 1]
        column = unread[place][1] if place in unread else None
        time = None if reason is Reason.NOT_A_TIME else int(times[place])
        found.append(Aside(place + 1, reason.value, column, time))
    return tuple(found)


def counted(reasons: NDArray[np.int8]) -> dict[str, int]:
    """Return how many rows have which reason."""
    counts = Counter(reasons[reasons > 0].tolist())
    return {_REASONS[number - 1].value: counts[number] for number in sorted(counts)}


def reordered(time: Integers) -> int:
    """Return how many rows stand after a later one."""
    if not len(time):
        return 0
    return int(np.count_nonzero(time < np.maximum.accumulate(time)))


def number_of(reason: Reason) -> int:
    """Return the number of a reason, from 1."""
    return _REASONS.index(reason) + 1


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


def findings(inspection: Inspection) -> dict[str, Any]:
    """Return what an import put aside, as JSON holds it."""
    trades = {} if inspection.trades is None else {"trades": inspection.trades}
    return {
        **trades,
        "quarantined": inspection.quarantined,
        "reasons": dict(inspection.put_aside),
        "quarantine": [asdict(each) for each in inspection.aside],
        "reordered": inspection.reordered,
    }
