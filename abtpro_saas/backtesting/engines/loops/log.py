"""The fills of a run, one row each, in the order in which they happened."""

from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.plugins.api.candles import Floats, Integers

BAR, SYMBOL, WHEN, UNITS, PRICE, FEE, SLIP, REASON = range(8)
"""Columns; units are negative for a sale, ``SLIP`` is money, ``REASON`` an exit's."""
WIDTH = 8

AT_OPEN, WITHIN, AT_CLOSE = 0.0, 1.0, 2.0
"""When in its candle a fill happened."""

FILLS, REJECTED, UNCLEAR = range(3)
"""What is counted; unclear are candles that touched a stop and a target."""
COUNTED = 3

ROOM, MOST_FILLS = 256, 4
"""Rows that there are at first, and more than one candle of one symbol fills."""


class Fill(NamedTuple):
    """A row; an entry of no units was rejected."""

    bar: int
    symbol: int
    when: float
    units: float
    price: float
    fee: float
    slip: float
    reason: int


@compiled
def write(
    rows: Floats,
    counts: Integers,
    bar: int,
    symbol: int,
    when: float,
    units: float,
    price: float,
    fee: float,
    slip: float,
    reason: int,
) -> None:
    """Add a fill; there must be room for it."""
    at = counts[FILLS]
    rows[at, BAR] = bar
    rows[at, SYMBOL] = symbol
    rows[at, WHEN] = when
    rows[at, UNITS] = units
    rows[at, PRICE] = price
    rows[at, FEE] = fee
    rows[at, SLIP] = slip
    rows[at, REASON] = reason
    counts[FILLS] += 1


@compiled
def larger(rows: Floats) -> Floats:
    """Return room for twice as many rows, with those there are."""
    more = np.empty((2 * len(rows), WIDTH))
    for at in range(len(rows)):
        for column in range(WIDTH):
            more[at, column] = rows[at, column]
    return more


@compiled
def book(rows: Floats, counts: Integers, fill: Fill) -> None:
    """Add a fill, or count an entry that was rejected."""
    if fill.units == 0.0:
        counts[REJECTED] += 1
        return
    bar, symbol, when, units, price, fee, slip, reason = fill
    write(rows, counts, bar, symbol, when, units, price, fee, slip, reason)
