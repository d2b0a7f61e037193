"""Rows of an import that cannot be true: put aside with their reason, never mended."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abtpro_saas.plugins.api.candles import Flags, Floats, Integers

MOST_LISTED = 500
"""So many gaps, outliers and rows put aside are listed; all are counted."""


class Reason(StrEnum):
    """Why a row was put aside; of several, the first that is listed here."""

    NOT_A_TIME = "not_a_time"
    NOT_A_NUMBER = "not_a_number"
    TIME_OFF_GRID = "time_off_grid"
    NOT_FINITE = "not_finite"
    NOT_POSITIVE = "not_positive"
    OUT_OF_RANGE = "out_of_range"
    """A price that nobody can mean."""
    HIGH_TOO_LOW = "high_too_low"
    LOW_TOO_HIGH = "low_too_high"
    UNFINISHED = "unfinished"
    OUT_OF_SPAN = "out_of_span"
    """Outside of what a file of trades was said to cover."""
    RATE_TOO_LARGE = "rate_too_large"
    TO_COME = "to_come"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    """The same time as an earlier row, and other values."""


_REASONS = tuple(Reason)

Unread = Mapping[int, tuple[Reason, str]]
"""Rows, by their place from 0, of which a column could not be read."""

Texts = Mapping[int, str]
"""What stood in the cells that could not be read: of the first such rows alone."""

NO_TEXTS: Texts = {}

MAY_BE_EMPTY = frozenset({"mark"})
"""Columns in which a cell may hold nothing."""

LEAST_PRICE, GREATEST_PRICE = 1e-18, 1e15
"""No market has a price outside of these."""

Checks = Sequence[tuple[Reason, Flags]]
"""Which rows are wrong for which reason."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that was put aside; the first row after a file's header is 1.

    ``found`` is what stood there: in the ``column`` that could not be read, else in
    all that count.
    """

    row: int
    reason: str
    column: str | None
    time: int | None
    found: str


@dataclass(frozen=True, kw_only=True)
class PutAside:
    """What was put aside of the rows that an import brought."""

    aside: tuple[Aside, ...]
    put_aside: Mapping[str, int]
    reordered: int
    """Rows that stood after a later one."""

    @property
    def quarantined(self) -> int:
        """How many rows were put aside."""
        return sum(self.put_aside.values())

    def findings(self) -> dict[str, Any]:
        """Return what was put aside, as JSON holds it."""
        return {
            "quarantined": self.quarantined,
            "reasons": dict(self.put_aside),
            "quarantine": [asdict(each) for each in self.aside],
            "reordered": self.reordered,
        }


def reasons_of(count: int, unread: Unread, checks: Checks) -> NDArray[np.int8]:
    """Return for each row the number of its first reason, from 1, or 0 for none."""
    found = np.zeros(count, dtype=np.int8)
    for place, (reason, _) in unread.items():
        found[place] = number_of(reason)
    for reason, wrong in checks:
        found[wrong & (found == 0)] = number_of(reason)
    return found


def without_repeats(
    time: Integers,
    columns: Sequence[Floats],
    reasons: NDArray[np.int8],
    apart: int = 1,
) -> Integers:
    """Return the places of rows without a reason, by time; each time but once.

    Each row whose time stands before, or follows another in less than ``apart``
    milliseconds, is given a reason: the same, or not.
    """
    good = np.flatnonzero(reasons == 0)
    order = good[np.argsort(time[good], kind="stable")]
    repeats = np.zeros(len(order), dtype=np.bool_)
    repeats[1:] = np.diff(time[order]) < apart
    firsts = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(order))))
    mine, first = order[repeats], order[firsts[repeats]]
    same = np.ones(len(mine), dtype=np.bool_)
    for column in columns:
        same &= equal(column[mine], column[first])
    reasons[mine] = np.where(
        same, number_of(Reason.DUPLICATE), number_of(Reason.CONTRADICTION)
    )
    return order[~repeats]


def beyond(prices: Floats) -> Flags:
    """Tell which are prices that nobody can mean; one that is not known is none."""
    return np.asarray((prices < LEAST_PRICE) | (prices > GREATEST_PRICE))


def equal(some: Floats, others: Floats) -> Flags:
    """Tell where values are the same; two that are not known are, too."""
    return np.asarray((some == others) | (np.isnan(some) & np.isnan(others)))


def listed(
    times: Integers,
    columns: Mapping[str, Floats],
    reasons: NDArray[np.int8],
    unread: Unread,
    texts: Texts = NO_TEXTS,
) -> tuple[Aside, ...]:
    """Return the first rows that have a reason, by its number."""
    found = []
    for place in np.flatnonzero(reasons)[:MOST_LISTED].tolist():
        reason = _REASONS[reasons[place] - 1]
        column = unread[place][1] if place in unread else None
        time = None if reason is Reason.NOT_A_TIME else int(times[place])
        if column is None:
            there = ", ".join(_values_at(place, columns))
        else:
            there = texts.get(place, "")
        found.append(Aside(place + 1, reason.value, column, time, there))
    return tuple(found)


def _values_at(place: int, columns: Mapping[str, Floats]) -> Iterator[str]:
    """Yield a row's values by name; a cell that may be empty, and is, has none."""
    for name, values in columns.items():
        if not (name in MAY_BE_EMPTY and np.isnan(values[place])):
            yield f"{name} {values[place]:.12g}"


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
