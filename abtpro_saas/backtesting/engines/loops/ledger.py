"""Fills and candles in, equity and trades out: the books of every engine.

A trade is a round trip of one symbol: from the fill that finds no units to the one
that leaves none. Its prices are the averages of what was entered and left, its size is
all that was entered, so that profit is side x size x (exit - entry) - fees.
"""

from typing import TypeAlias

import numpy as np

from abtpro_saas.backtesting.engines.loops.log import (
    AT_CLOSE,
    BAR,
    FEE,
    PRICE,
    REASON,
    SLIP,
    SYMBOL,
    UNITS,
    WHEN,
)
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats

Table: TypeAlias = tuple[Floats, Floats, Floats, Floats]
"""Open, high, low and close, each of shape (symbols, candles)."""

HELD, SIDE, SINCE = 0, 1, 2
IN_UNITS, IN_PRICE, OUT_UNITS, OUT_PRICE = 3, 4, 5, 6
FEES, SLIPS, WORST, BEST = 7, 8, 9, 10
"""Columns of the round trip of each symbol."""
TRIP_WIDTH = 11

TRADE_WIDTH = 13
"""Symbol, side, entry, exit, their prices, size, profit, fees, slippage, mae, mfe and
reason."""

INFINITE = 0x7FF0_0000_0000_0000
"""The bits of infinity."""

DUST = 1e-12
"""Of what was entered: less is what rounding has left of a closed position."""

_OPEN = int(Reason.OPEN)


@compiled
def sound(opens: Floats, highs: Floats, lows: Floats, closes: Floats) -> bool:
    """Tell whether all prices are numbers above zero.

    Those have bits from 1 to below infinity's; NaN's are above it, others' below 1.
    """
    least, most = 1, 1
    for symbol in range(len(opens)):
        one, two = opens[symbol].view(np.int64), highs[symbol].view(np.int64)
        three, four = lows[symbol].view(np.int64), closes[symbol].view(np.int64)
        for i in range(len(one)):
            least = min(least, one[i], two[i], three[i], four[i])
            most = max(most, one[i], two[i], three[i], four[i])
    return least >= 1 and most < INFINITE


@compiled
def settle(  # noqa: C901 - it hands nothing on, see below
    fills: Floats, market: Table, initial: float, equity: Floats, exposure: Floats
) -> Floats:
    """Write equity and exposure at every close; return the trades.

    ``fills`` stand in the order in which they happened; those of a candle's close come
    last in it. Prices are above zero. What all candles go through stands here and is no
    function: handing the arrays on would take longer.
    """
    opens, highs, lows, closes = market
    high_bits, low_bits = highs.view(np.int64), lows.view(np.int64)
    trips = np.zeros((len(closes), TRIP_WIDTH))
    trades = np.empty((len(fills) + len(closes), TRADE_WIDTH))
    seen = np.empty(2)
    bits = seen.view(np.int64)
    cash, done, fill, lived, marked = initial, 0, 0, 0, 0
    while marked < len(equity):
        bar = int(fills[fill, BAR]) if fill < len(fills) else len(equity)
        since, start, end = np.uint64(lived), np.uint64(marked), np.uint64(bar)
        for symbol in range(len(trips)):
            units = trips[symbol, HELD]
            if units != 0.0 and lived < bar:
                # Above zero, numbers are ordered as their bits: many at once.
                lowest, highest = low_bits[symbol, lived], high_bits[symbol, lived]
                for i in range(since, end):
                    lowest = min(lowest, low_bits[symbol, i])
                    highest = max(highest, high_bits[symbol, i])
                bits[0], bits[1] = lowest, highest
                _stretch(trips, symbol, seen[0])
                _stretch(trips, symbol, seen[1])
            if symbol == 0:
                for i in range(start, end):
                    value = units * closes[0, i]
                    equity[i] = cash + value
                    exposure[i] = abs(value)
            elif units != 0.0:
                for i in range(start, end):
                    value = units * closes[symbol, i]
                    equity[i] += value
                    exposure[i] += abs(value)
        lived = marked = bar
        seeing = fill
        while seeing < len(fills) and fills[seeing, BAR] == bar:
            # What was held before sees the open: if it ends now it sees no more.
            symbol = int(fills[seeing, SYMBOL])
            if fills[seeing, WHEN] != AT_CLOSE and trips[symbol, HELD] != 0.0:
                _stretch(trips, symbol, opens[symbol, bar])
            seeing += 1
        while fill < len(fills) and fills[fill, BAR] == bar:
            at_close = fills[fill, WHEN] == AT_CLOSE
            if at_close and lived == bar:
                _live(trips, highs, lows, bar)
                lived = bar + 1
            symbol = int(fills[fill, SYMBOL])
            cash = cash - fills[fill, UNITS] * fills[fill, PRICE] - fills[fill, FEE]
            done = _take(trips, fills, fill, symbol, trades, done)
            fill += 1
    done = _still_open(trips, closes, trades, done)
    return trades[:done]


@compiled
def _live(trips: Floats, highs: Floats, lows: Floats, bar: int) -> None:
    """Let what is held live through a candle."""
    for symbol in range(len(trips)):
        if trips[symbol, HELD] != 0.0:
            _stretch(trips, symbol, lows[symbol, bar])
            _stretch(trips, symbol, highs[symbol, bar])


@compiled
def _stretch(trips: Floats, symbol: int, price: float) -> None:
    result = trips[symbol, SIDE] * (price / trips[symbol, IN_PRICE] - 1.0)
    trips[symbol, WORST] = min(trips[symbol, WORST], result)
    trips[symbol, BEST] = max(trips[symbol, BEST], result)


@compiled
def _take(
    trips: Floats, fills: Floats, fill: int, symbol: int, trades: Floats, done: int
) -> int:
    """Book a fill; return how many trades are done."""
    units = fills[fill, UNITS]
    if trips[symbol, HELD] == 0.0:
        for column in range(TRIP_WIDTH):
            trips[symbol, column] = 0.0
        trips[symbol, SINCE] = fills[fill, BAR]
        trips[symbol, SIDE] = np.sign(units)
    _book(trips, symbol, units, fills[fill, PRICE])
    trips[symbol, FEES] += fills[fill, FEE]
    trips[symbol, SLIPS] += fills[fill, SLIP]
    if abs(trips[symbol, HELD]) <= DUST * trips[symbol, IN_UNITS]:
        trips[symbol, HELD] = 0.0
        _close(trips, symbol, fills[fill, BAR], fills[fill, REASON], trades, done)
        return done + 1
    return done


@compiled
def _book(trips: Floats, symbol: int, units: float, price: float) -> None:
    more, at = OUT_UNITS, OUT_PRICE
    if units * trips[symbol, SIDE] > 0.0:
        more, at = IN_UNITS, IN_PRICE
    before = trips[symbol, more]
    trips[symbol, at] = _average(before, trips[symbol, at], abs(units), price)
    trips[symbol, more] = before + abs(units)
    trips[symbol, HELD] += units
    _stretch(trips, symbol, price)


@compiled
def _average(units: float, price: float, more: float, at: float) -> float:
    if units == 0.0 or price == at:
        return at
    return (units * price + more * at) / (units + more)


@compiled
def _close(
    trips: Floats, symbol: int, bar: float, reason: float, trades: Floats, row: int
) -> None:
    side, size = trips[symbol, SIDE], trips[symbol, IN_UNITS]
    entry, left = trips[symbol, IN_PRICE], trips[symbol, OUT_PRICE]
    trades[row, 0], trades[row, 1] = symbol, side
    trades[row, 2], trades[row, 3] = trips[symbol, SINCE], bar
    trades[row, 4], trades[row, 5], trades[row, 6] = entry, left, size
    trades[row, 7] = side * size * (left - entry) - trips[symbol, FEES]
    trades[row, 8], trades[row, 9] = trips[symbol, FEES], trips[symbol, SLIPS]
    trades[row, 10], trades[row, 11] = trips[symbol, WORST], trips[symbol, BEST]
    trades[row, 12] = reason


@compiled
def _still_open(trips: Floats, closes: Floats, trades: Floats, done: int) -> int:
    """Add what is open, as if left at the last close without a fee."""
    last = closes.shape[1] - 1
    for symbol in range(len(trips)):
        if trips[symbol, HELD] != 0.0:
            trips[symbol, OUT_PRICE] = _average(
                trips[symbol, OUT_UNITS],
                trips[symbol, OUT_PRICE],
                abs(trips[symbol, HELD]),
                closes[symbol, last],
            )
            _close(trips, symbol, last, _OPEN, trades, done)
            done += 1
    return done
