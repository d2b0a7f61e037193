"""The fills of a run, one row each, in the order in which they happened."""

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

ROOM = 256


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
) -> Floats:
    """Add a fill; return the rows: new ones, twice as many, where they were full."""
    rows = _roomy(rows, counts[FILLS])
    row = rows[counts[FILLS]]
    row[BAR] = bar
    row[SYMBOL] = symbol
    row[WHEN] = when
    row[UNITS] = units
    row[PRICE] = price
    row[FEE] = fee
    row[SLIP] = slip
    row[REASON] = reason
    counts[FILLS] += 1
    return rows


@compiled
def _roomy(rows: Floats, count: int) -> Floats:
    if count < len(rows):
        return rows
    more = np.empty((2 * len(rows), rows.shape[1]))
    more[:count] = rows
    return more
