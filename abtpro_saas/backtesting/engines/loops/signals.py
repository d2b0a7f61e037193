"""The loop over candles and signals of one symbol: it leaves fills.

The order of events in candle i: at its open, what was signalled at the close of i - 1;
then stops and targets, a new position's too; after its close the trailing stop moves.
Filled at the close, a signal of candle i acts after the stops of candle i.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from abtpro_saas.backtesting.engines.loops.ahead import (
    ENTER,
    ENTER_SHORT,
    LEAVE,
    LEAVE_SHORT,
    flagged,
    looks,
    mark,
    packed,
    touching,
    trailed,
)
from abtpro_saas.backtesting.engines.loops.fills import (
    entry,
    ruin,
    taker_price,
    weighs_volume,
)
from abtpro_saas.backtesting.engines.loops.levels import (
    Levels,
    armed,
    levels,
    met,
    moved,
    nowhere,
    unclear,
)
from abtpro_saas.backtesting.engines.loops.log import (
    AT_CLOSE,
    AT_OPEN,
    COUNTED,
    FILLS,
    MOST_FILLS,
    ROOM,
    UNCLEAR,
    WIDTH,
    WITHIN,
    Fill,
    book,
    larger,
)
from abtpro_saas.backtesting.engines.rules import Rules
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Flags, Floats, Integers

Prices: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats]
"""Open, high, low, close and volume."""
Wishes: TypeAlias = tuple[Flags, Flags, Flags, Flags]
"""Enter, leave, enter short and leave short."""
Fractions: TypeAlias = tuple[Floats, Floats, Floats, Floats]
"""Size, stop, target and trail; one number where all candles have the same, or none."""

SOUND = -1
"""No candle's size or stop was out of range."""

_SIGNAL = int(Reason.SIGNAL)
_REVERSED = int(Reason.REVERSED)
_TARGET = int(Reason.TAKE_PROFIT)
_LIQUIDATION = int(Reason.LIQUIDATION)
_NONE = int(Reason.OPEN)


class Held(NamedTuple):
    """What there is: cash, and a position of ``units`` (negative when short)."""

    cash: float
    units: float
    side: int
    lines: Levels


class Moment(NamedTuple):
    """Where an order is filled; ``reference`` is the price before slippage."""

    bar: int
    when: float
    reference: float
    volume: float


@compiled
def run_signals(  # noqa: C901 - it hands little on, see below
    prices: Prices, wishes: Wishes, fractions: Fractions, rules: Rules, first: int
) -> tuple[Floats, Integers, int]:
    """Return the fills, what is counted, and the first faulty candle or SOUND.

    The first decision is that of candle ``first``; NEXT_OPEN knows no fill for the
    last one's. To hand an array on costs as much as to look at twenty candles: so
    helpers get numbers alone, but those that look far ahead.
    """
    opens, highs, lows, closes, volumes = prices
    at, when = (closes, AT_CLOSE) if rules.at_close else (opens, AT_OPEN)
    late, bars = (1 if rules.at_close else 0), len(closes)
    heavy = weighs_volume(rules)  # else each look at a volume is a miss of the cache
    flags, ahead = packed(wishes, rules.shorts), np.full(3, -1)
    rows, counts = np.empty((ROOM, WIDTH)), np.zeros(COUNTED, np.int64)
    held, i = Held(rules.cash, 0.0, 0, nowhere()), first + 1
    while i < bars + late:
        if counts[FILLS] + MOST_FILLS > len(rows):
            rows = larger(rows)
        side, lines = held.side, held.lines
        if ahead[side] < i - 1:  # looked for once, however often stops come between
            ahead[side] = flagged(flags, looks(side), i - 1)
        end = min(ahead[side] + 1, bars)
        if lines.trail > 0.0:
            i, lines = trailed(side, lines, highs, lows, i, end)
            held = Held(held.cash, held.units, side, lines)
        else:
            i = touching(highs, lows, lines, i, end) if armed(lines) else end
        want = _wish(side, mark(flags, i - 1)) if i == end else side
        if want != side and i < bars + late:
            bar = i - late
            now = Moment(bar, when, at[bar], volumes[bar] if heavy else 0.0)
            if side != 0:
                why = _SIGNAL if want == 0 else _REVERSED
                fill, held = _leave(held, now, why, rules)
                book(rows, counts, fill)
            if want != 0:
                asked = _asked(fractions, i - 1)
                if not _sound(want, asked):
                    return rows, counts, i - 1
                fill, held = _enter(held.cash, now, want, asked, rules)
                book(rows, counts, fill)
        if i < bars and armed(held.lines):
            opened, high, low = opens[i], highs[i], lows[i]
            why, reference = met(held.side, held.lines, opened, high, low)
            if why != _NONE:
                counts[UNCLEAR] += unclear(held.side, held.lines, opened, high, low)
                now = Moment(i, WITHIN, reference, volumes[i] if heavy else 0.0)
                fill, held = _leave(held, now, why, rules)
                book(rows, counts, fill)
            elif held.lines.trail > 0.0:
                lines = moved(held.side, held.lines, high, low)
                held = Held(held.cash, held.units, held.side, lines)
        i += 1
    return rows, counts, SOUND


@compiled
def _wish(side: int, flags: int) -> int:
    """Return the side wanted at the close of a candle with these flags."""
    enter, short = flags & ENTER != 0, flags & ENTER_SHORT != 0
    if side >= 0:
        return _wanted(side, enter, flags & LEAVE != 0, short)
    return -_wanted(1, short, flags & LEAVE_SHORT != 0, enter)


@compiled
def _wanted(side: int, enter: bool, leave: bool, against: bool) -> int:
    """Return the side wanted by who is flat or long; two entries at once are none."""
    if enter and against:
        return 0 if side == 0 or leave else side
    if against:
        return -1
    if side == 0:
        return 1 if enter else 0
    return 0 if leave else side


@compiled
def _asked(fractions: Fractions, i: int) -> tuple[float, float, float, float]:
    sizes, stops, targets, trails = fractions
    size = sizes[min(i, len(sizes) - 1)] if len(sizes) else 1.0
    stop = stops[min(i, len(stops) - 1)] if len(stops) else np.nan
    target = targets[min(i, len(targets) - 1)] if len(targets) else np.nan
    trail = trails[min(i, len(trails) - 1)] if len(trails) else np.nan
    return (1.0 if np.isnan(size) else size), stop, target, trail


@compiled
def _sound(side: int, asked: tuple[float, float, float, float]) -> bool:
    """Tell whether a size is from 0 to 1, and every level above zero."""
    size, stop, target, trail = asked
    if not 0.0 <= size <= 1.0 or stop < 0.0 or target < 0.0 or trail < 0.0:
        return False
    return not ((stop >= 1.0 or trail >= 1.0) if side > 0 else target >= 1.0)


@compiled
def _enter(
    cash: float,
    now: Moment,
    side: int,
    asked: tuple[float, float, float, float],
    rules: Rules,
) -> tuple[Fill, Held]:
    size, stop, target, trail = asked
    budget = cash * rules.fraction * size
    bought, price = entry(cash, budget, now.reference, side, now.volume, rules)
    if bought <= 0.0:
        fill = Fill(now.bar, 0, now.when, 0.0, price, 0.0, 0.0, _NONE)
        return fill, Held(cash, 0.0, 0, nowhere())
    fee, slip = bought * rules.taker * price, bought * abs(price - now.reference)
    units = side * bought
    cash = cash - units * price - fee
    end = ruin(cash, bought, rules) if side < 0 else -np.inf
    lines = levels(side, price, end, stop, target, trail, rules.tick)
    fill = Fill(now.bar, 0, now.when, units, price, fee, slip, _NONE)
    return fill, Held(cash, units, side, lines)


@compiled
def _leave(held: Held, now: Moment, why: int, rules: Rules) -> tuple[Fill, Held]:
    """Close the position: at the limit of a target, else at market.

    The price at market of a short is its ruin at most: nobody can lose more.
    """
    price, rate, size = now.reference, rules.taker, abs(held.units)
    if why == _TARGET:
        rate = rules.maker
    else:
        price = taker_price(now.reference, -held.side, size, now.volume, rules)
        if held.side < 0 and price >= held.lines.ruin:
            price, why = held.lines.ruin, _LIQUIDATION
    fee = size * rate * price
    slip = size * max(held.side * (now.reference - price), 0.0)
    cash = held.cash + held.units * price - fee
    fill = Fill(now.bar, 0, now.when, -held.units, price, fee, slip, why)
    return fill, Held(cash, 0.0, 0, nowhere())
