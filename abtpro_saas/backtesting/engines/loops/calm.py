"""Candles in which nothing happens to a position, passed over at once."""

from abtpro_saas.backtesting.engines.loops.levels import Levels, moved
from abtpro_saas.backtesting.engines.loops.position import (
    LEAVING,
    THEN,
    WAY,
    side_of,
)
from abtpro_saas.backtesting.engines.loops.signals import Wishes, _wanted
from abtpro_saas.backtesting.engines.rules import Rules
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Flags, Floats

_NONE = float(Reason.OPEN)


@compiled
def calm(
    start: int,
    desk: Floats,
    lines: Levels,
    highs: Floats,
    lows: Floats,
    wishes: Wishes,
    rules: Rules,
    most: int,
) -> tuple[int, Levels]:
    """Return the next candle in which anything happens, and the levels there.

    With an order that goes on it is this one; at ``most`` funding is paid.
    """
    if desk[LEAVING] != _NONE or desk[WAY] != 0.0 or desk[THEN] != 0.0:
        return start, lines
    trails = lines.trail > 0.0
    if trails and rules.at_close:
        return start, lines
    return _passed(
        start,
        min(most, len(highs)),
        side_of(desk),
        lines,
        highs,
        lows,
        wishes[0],
        wishes[1],
        wishes[2],
        wishes[3],
        rules.shorts,
        0 if rules.at_close else 1,
    )


@compiled
def _passed(
    start: int,
    end: int,
    side: int,
    lines: Levels,
    highs: Floats,
    lows: Floats,
    enter: Flags,
    leave: Flags,
    enter_short: Flags,
    leave_short: Flags,
    shorts: bool,
    late: int,
) -> tuple[int, Levels]:
    """Pass over candles in which no signal counts and no level is touched.

    A loop of its own, over plain arrays: it hands none on, which would take ten times
    as long.
    """
    lower, upper, trails = lines.lower, lines.upper, lines.trail > 0.0
    for i in range(start, end):
        k = i - late
        short = shorts and enter_short[k]
        if side >= 0:
            want = _wanted(side, enter[k], leave[k], short)
        else:
            want = -_wanted(1, short, leave_short[k], enter[k])
        if want != side or lows[i] <= lower or highs[i] >= upper:
            return i, lines
        if trails:
            lines = moved(side, lines, highs[i], lows[i])
            lower, upper = lines.lower, lines.upper
    return end, lines
