"""The list of a record's drawdowns, marked to market at each close."""

from dataclasses import dataclass

import numpy as np

from abtpro_saas.performance.arithmetic.calendar import SECOND_MS
from abtpro_saas.performance.arithmetic.curve import Curve
from abtpro_saas.performance.record import Record


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One stretch below the highest equity so far; instants in ms since 1970.

    ``ended_at`` is when that equity was reached again, None if it was not; ``seconds``
    then count until the last close.
    """

    started_at: int
    low_at: int
    ended_at: int | None
    high: float
    low: float
    percent: float
    seconds: float


def worst_drawdowns(record: Record, most: int = 10) -> list[Drawdown]:
    """Return the deepest drawdowns by percentage, the deepest first."""
    curve = Curve(record)
    falls = curve.falls
    rows = np.argsort(-curve.depths, kind="stable")[:most]
    starts, lows = curve.closed_ms(falls.high[rows]), curve.closed_ms(falls.low[rows])
    ends = curve.closed_ms(falls.end[rows])
    return [
        Drawdown(
            started_at=int(starts[place]),
            low_at=int(lows[place]),
            ended_at=int(ends[place]) if falls.end[row] < curve.bars else None,
            high=float(falls.peak[row]),
            low=float(falls.trough[row]),
            percent=100 * float(curve.depths[row]),
            seconds=float(ends[place] - starts[place]) / SECOND_MS,
        )
        for place, row in enumerate(rows)
    ]
