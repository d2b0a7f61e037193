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

DUST = 1e-12
"""Of what was entered: less is what rounding has left of a closed position."""

_OPEN = int(Reason.OPEN)


@compiled
def settle(
    fills: Floats, market: Table, initial: float, equity: Floats, exposure: Floats
) -> Floats:
    """Write equity and exposure at every close; return the trades.

    ``fills`` stand in the order in which they happened; those of a candle's close come
    last in it.
    """
    opens, highs, lows, closes = market
    bars = len(equity)
    trips = np.zeros((len(closes), TRIP_WIDTH))
    trades = np.empty((len(fills) + len(closes), TRADE_WIDTH))
    cash, done, bar, fill = initial, 0, 0, 0
    while bar < bars:
        quiet = int(fills[fill, BAR]) if fill < len(fills) else bars
        _live(trips, highs, lows, bar, quiet)
        _value(trips, closes, cash, equity, exposure, bar, quiet)
        bar = quiet
        if bar == bars:
            break
        early, late = _of_candle(fills, fill)
        _see(trips, fills, fill, early, opens)
        cash, done = _take(trips, fills, fill, early, cash, trades, done)
        _live(trips, highs, lows, bar, bar + 1)
        if early < late:
            cash, done = _take(trips, fills, early, late, cash, trades, done)
        _value(trips, closes, cash, equity, exposure, bar, bar + 1)
        bar, fill = bar + 1, late
    done = _still_open(trips, closes, trades, done)
    return trades[:done]


@compiled
def _of_candle(fills: Floats, fill: int) -> tuple[int, int]:
    """Return where this candle's fills at its close begin, and where they end."""
    bar, early = fills[fill, BAR], fill
    while early < len(fills) and fills[early, BAR] == bar:
        if fills[early, WHEN] == AT_CLOSE:
            break
        early += 1
    late = early
    while late < len(fills) and fills[late, BAR] == bar:
        late += 1
    return early, late


@compiled
def _live(trips: Floats, highs: Floats, lows: Floats, start: int, end: int) -> None:
    """Let what is held live through the candles [start, end)."""
    for symbol in range(len(trips)):
        if trips[symbol, HELD] != 0.0 and start < end:
            low, high = lows[symbol, start], highs[symbol, start]
            for bar in range(start + 1, end):
                low = min(low, lows[symbol, bar])
                high = max(high, highs[symbol, bar])
            _stretch(trips, symbol, low)
            _stretch(trips, symbol, high)


@compiled
def _stretch(trips: Floats, symbol: int, price: float) -> None:
    result = trips[symbol, SIDE] * (price / trips[symbol, IN_PRICE] - 1.0)
    trips[symbol, WORST] = min(trips[symbol, WORST], result)
    trips[symbol, BEST] = max(trips[symbol, BEST], result)


@compiled
def _value(
    trips: Floats,
    closes: Floats,
    cash: float,
    equity: Floats,
    exposure: Floats,
    start: int,
    end: int,
) -> None:
    """Mark the candles [start, end) at their closes."""
    for bar in range(start, end):
        equity[bar] = cash
        exposure[bar] = 0.0
    for symbol in range(len(trips)):
        units = trips[symbol, HELD]
        if units != 0.0:
            for bar in range(start, end):
                value = units * closes[symbol, bar]
                equity[bar] += value
                exposure[bar] += abs(value)


@compiled
def _see(trips: Floats, fills: Floats, start: int, end: int, opens: Floats) -> None:
    """Let what is held see the open: a position that ends within may see no more."""
    for fill in range(start, end):
        symbol = int(fills[fill, SYMBOL])
        if trips[symbol, HELD] != 0.0:
            _stretch(trips, symbol, opens[symbol, int(fills[fill, BAR])])


@compiled
def _take(
    trips: Floats,
    fills: Floats,
    start: int,
    end: int,
    cash: float,
    trades: Floats,
    done: int,
) -> tuple[float, int]:
    """Book the fills [start, end); return the cash, and how many trades are done."""
    for fill in range(start, end):
        symbol, units = int(fills[fill, SYMBOL]), fills[fill, UNITS]
        if trips[symbol, HELD] == 0.0:
            trips[symbol] = 0.0
            trips[symbol, SINCE] = fills[fill, BAR]
            trips[symbol, SIDE] = np.sign(units)
        _book(trips, symbol, units, fills[fill, PRICE])
        trips[symbol, FEES] += fills[fill, FEE]
        trips[symbol, SLIPS] += fills[fill, SLIP]
        cash = cash - units * fills[fill, PRICE] - fills[fill, FEE]
        if abs(trips[symbol, HELD]) <= DUST * trips[symbol, IN_UNITS]:
            trips[symbol, HELD] = 0.0
            _close(trips, symbol, fills[fill, BAR], fills[fill, REASON], trades, done)
            done += 1
    return cash, done


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
