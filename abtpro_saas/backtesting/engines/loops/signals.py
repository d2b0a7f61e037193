"""The loop over candles and signals of one symbol: it leaves fills.

The order of events in candle i: at its open, what was signalled at the close of i - 1;
then stops and targets, a new position's too; after its close the trailing stop moves.
Filled at the close, a signal of candle i acts after the stops of candle i.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

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
    REJECTED,
    ROOM,
    UNCLEAR,
    WIDTH,
    WITHIN,
    write,
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
"""Size, stop, target and trail; empty where there are none."""

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
def run_signals(
    prices: Prices, wishes: Wishes, fractions: Fractions, rules: Rules, first: int
) -> tuple[Floats, Integers, int]:
    """Return the fills, what is counted, and the first faulty candle or SOUND.

    The first decision is that of candle ``first``; NEXT_OPEN knows no fill for the
    last one's.
    """
    opens, highs, lows, closes, volumes = prices
    enter, leave, enter_short, leave_short = wishes
    at, when = (closes, AT_CLOSE) if rules.at_close else (opens, AT_OPEN)
    late = 1 if rules.at_close else 0
    heavy = weighs_volume(rules)  # else each look at a volume is a miss of the cache
    rows, counts = np.empty((ROOM, WIDTH)), np.zeros(COUNTED, np.int64)
    held, i, last = Held(rules.cash, 0.0, 0, nowhere()), first + 1, len(closes) - 1
    while i <= last + late:
        i, lines, want = _quiet(
            i,
            held.side,
            held.lines,
            highs,
            lows,
            enter,
            leave,
            enter_short,
            leave_short,
            rules.shorts,
        )
        held = Held(held.cash, held.units, held.side, lines)
        if want != held.side and i <= last + late:
            bar = i - late
            now = Moment(bar, when, at[bar], volumes[bar] if heavy else 0.0)
            if held.side != 0:
                why = _SIGNAL if want == 0 else _REVERSED
                rows, held = _leave(rows, counts, held, now, why, rules)
            if want != 0:
                asked = _asked(fractions, i - 1)
                if not _sound(want, asked):
                    return rows, counts, i - 1
                rows, held = _enter(rows, counts, held.cash, now, want, asked, rules)
        if i <= last and armed(held.lines):
            high, low = highs[i], lows[i]
            why, reference = met(held.side, held.lines, opens[i], high, low)
            if why != _NONE:
                counts[UNCLEAR] += unclear(held.side, held.lines, opens[i], high, low)
                now = Moment(i, WITHIN, reference, volumes[i] if heavy else 0.0)
                rows, held = _leave(rows, counts, held, now, why, rules)
            elif held.lines.trail > 0.0:
                lines = moved(held.side, held.lines, high, low)
                held = Held(held.cash, held.units, held.side, lines)
        i += 1
    return rows, counts, SOUND


@compiled
def _quiet(
    start: int,
    side: int,
    lines: Levels,
    highs: Floats,
    lows: Floats,
    enter: Flags,
    leave: Flags,
    enter_short: Flags,
    leave_short: Flags,
    shorts: bool,
) -> tuple[int, Levels, int]:
    """Return the next candle at which something happens, and the side wanted there.

    After the last candle that is the one which never comes: its open fills nothing, the
    last close still does. ``lines`` follow the candles passed over.
    A loop of its own, over plain arrays: it hands none on, which would take ten times
    as long.
    """
    lower, upper, trails = lines.lower, lines.upper, lines.trail > 0.0
    free, want = not armed(lines), side
    for i in range(start, len(highs) + 1):
        short = shorts and enter_short[i - 1]
        if side >= 0:
            want = _wanted(side, enter[i - 1], leave[i - 1], short)
        else:
            want = -_wanted(1, short, leave_short[i - 1], enter[i - 1])
        if want != side or i == len(highs):
            return i, lines, want
        if free:
            continue
        if lows[i] <= lower or highs[i] >= upper:
            return i, lines, want
        if trails:
            lines = moved(side, lines, highs[i], lows[i])
            lower, upper = lines.lower, lines.upper
    return start, lines, side


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
    size = sizes[i] if len(sizes) else 1.0
    stop = stops[i] if len(stops) else np.nan
    target = targets[i] if len(targets) else np.nan
    trail = trails[i] if len(trails) else np.nan
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
    rows: Floats,
    counts: Integers,
    cash: float,
    now: Moment,
    side: int,
    asked: tuple[float, float, float, float],
    rules: Rules,
) -> tuple[Floats, Held]:
    size, stop, target, trail = asked
    budget = cash * rules.fraction * size
    bought, price = entry(cash, budget, now.reference, side, now.volume, rules)
    if bought <= 0.0:
        counts[REJECTED] += 1
        return rows, Held(cash, 0.0, 0, nowhere())
    fee, slip = bought * rules.taker * price, bought * abs(price - now.reference)
    units = side * bought
    rows = write(rows, counts, now.bar, 0, now.when, units, price, fee, slip, _NONE)
    cash = cash - units * price - fee
    end = ruin(cash, bought, rules) if side < 0 else -np.inf
    lines = levels(side, price, end, stop, target, trail, rules.tick)
    return rows, Held(cash, units, side, lines)


@compiled
def _leave(
    rows: Floats, counts: Integers, held: Held, now: Moment, why: int, rules: Rules
) -> tuple[Floats, Held]:
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
    rows = write(rows, counts, now.bar, 0, now.when, -held.units, price, fee, slip, why)
    cash = held.cash + held.units * price - fee
    return rows, Held(cash, 0.0, 0, nowhere())
