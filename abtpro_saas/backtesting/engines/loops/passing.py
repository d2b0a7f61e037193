"""How a position lives through a candle: what it meets there, and in which order."""

from typing import NamedTuple

from abtpro_saas.backtesting.engines.loops.levels import (
    Levels,
    aimless,
    armed,
    met,
    moved,
    unclear,
)
from abtpro_saas.backtesting.engines.loops.log import UNCLEAR, WITHIN
from abtpro_saas.backtesting.engines.loops.position import (
    DUE,
    LEAVING,
    UNITS,
    WAY,
    Moment,
    called,
    lined,
    sell,
    side_of,
)
from abtpro_saas.backtesting.engines.rules import Rules, Terms
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats, Integers

_TARGET = float(Reason.TAKE_PROFIT)
_LIQUIDATION = float(Reason.LIQUIDATION)
_NONE = float(Reason.OPEN)


class Finer(NamedTuple):
    """Candles within those of the run: of candle i, ``starts[i]`` to ``starts[i + 1]``.

    All are empty where there are none.
    """

    open: Floats
    high: Floats
    low: Floats
    starts: Integers


@compiled
def live(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    lines: Levels,
    bar: int,
    candle: tuple[float, float, float],
    volume: float,
    finer: Finer,
    rules: Rules,
    terms: Terms,
) -> Levels:
    """Let a position live through a candle: by finer ones where they are asked."""
    if desk[UNITS] == 0.0 or not armed(lines):
        return lines
    opened, high, low = candle
    both = unclear(side_of(desk), lines, opened, high, low)
    if len(finer.starts) and (both or lines.trail > 0.0):
        sure, after = _walk(
            rows, counts, desk, lines, bar, volume, candle, finer, rules, terms
        )
        if sure:
            return after
    counts[UNCLEAR] += both
    return _pass(rows, counts, desk, lines, bar, candle, volume, rules, terms)


@compiled
def _walk(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    lines: Levels,
    bar: int,
    volume: float,
    candle: tuple[float, float, float],
    finer: Finer,
    rules: Rules,
    terms: Terms,
) -> tuple[bool, Levels]:
    """Let a position live through the finer candles of one.

    They are not sure where they do not reach what the candle reached.
    """
    start, end = finer.starts[bar], finer.starts[bar + 1]
    if start == end or not _shown(candle, finer, start, end):
        return False, lines
    both = False
    for i in range(start, end):
        if desk[UNITS] == 0.0:
            break
        part = finer.open[i], finer.high[i], finer.low[i]
        both = both or unclear(side_of(desk), lines, part[0], part[1], part[2])
        lines = _pass(rows, counts, desk, lines, bar, part, volume, rules, terms)
    counts[UNCLEAR] += both
    return True, lines


@compiled
def _shown(
    candle: tuple[float, float, float], finer: Finer, start: int, end: int
) -> bool:
    """Tell whether finer candles reach the high and the low of the one they are in."""
    high, low = finer.high[start], finer.low[start]
    for i in range(start + 1, end):
        high, low = max(high, finer.high[i]), min(low, finer.low[i])
    return bool(high >= candle[1] and low <= candle[2])


@compiled
def _pass(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    lines: Levels,
    bar: int,
    candle: tuple[float, float, float],
    volume: float,
    rules: Rules,
    terms: Terms,
) -> Levels:
    """Fill what a candle meets; of a target filled in part, the stop may be met yet."""
    opened, high, low = candle
    for _ in range(2):
        side = side_of(desk)
        why, reference = met(side, lines, opened, high, low)
        if why == _NONE:
            break
        now = Moment(bar, WITHIN, reference, volume)
        if why not in (_TARGET, _LIQUIDATION):
            desk[LEAVING] = why
        desk[WAY], desk[DUE] = 0.0, 0.0
        sell(rows, counts, desk, now, why, rules, terms)
        lines = lined(desk, lines, rules, terms)
        if desk[UNITS] == 0.0 or why != _TARGET:
            break
        lines = aimless(side, lines)
    if desk[UNITS] == 0.0 or not lines.trail > 0.0:
        return lined(desk, lines, rules, terms)
    return lined(desk, moved(side_of(desk), lines, high, low), rules, terms)


@compiled
def covered(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    lines: Levels,
    now: Moment,
    rules: Rules,
    terms: Terms,
) -> Levels:
    """Close at the close what slippage has left without margin as it was entered."""
    if terms.leverage == 0.0 or desk[UNITS] == 0.0:
        return lines
    end = called(desk, rules, terms)
    if side_of(desk) * (now.reference - end) > 0.0:
        return lines
    sell(rows, counts, desk, now, _LIQUIDATION, rules, terms)
    return lined(desk, lines, rules, terms)
