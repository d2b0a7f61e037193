"""The loop over candles and signals where a venue does more than fill whole orders.

It knows parts by volume, fees in coins, margin, funding, and finer candles within one.
Where a setup asks for none of these it leaves what ``signals.py`` leaves, which is
faster. The order of events in candle i: funding of its open; what is left of an order,
and what was signalled at the close of i - 1; funding within it; then stops and targets.
"""

from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.engines.loops.calm import calm
from abtpro_saas.backtesting.engines.loops.levels import Levels, nowhere
from abtpro_saas.backtesting.engines.loops.log import (
    AT_CLOSE,
    AT_OPEN,
    COUNTED,
    FILLS,
    ROOM,
    WIDTH,
)
from abtpro_saas.backtesting.engines.loops.passing import Finer, covered, live
from abtpro_saas.backtesting.engines.loops.position import (
    CASH,
    DESK,
    DUE,
    LEAVING,
    LEFT,
    SIZE,
    STOP,
    TARGET,
    THEN,
    TRAIL,
    TRIP,
    UNITS,
    WAY,
    Moment,
    buy,
    lined,
    pay,
    sell,
    side_of,
)
from abtpro_saas.backtesting.engines.loops.signals import (
    SOUND,
    Fractions,
    Prices,
    Wishes,
    _asked,
    _sound,
    _wanted,
)
from abtpro_saas.backtesting.engines.rules import Rules, Terms
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats, Integers

MOST_FILLS = 16
"""More than one candle can bring."""
FAR = 2**62
"""A candle that never comes."""

_SIGNAL = float(Reason.SIGNAL)
_REVERSED = float(Reason.REVERSED)
_NONE = float(Reason.OPEN)


class Instants(NamedTuple):
    """When funding is paid: in which candle, at its open or later; NaN is unknown."""

    bar: Integers
    later: Integers
    rate: Floats
    mark: Floats


class Books(NamedTuple):
    """What a run writes: its fills, what is counted, and what was paid as funding.

    ``paid`` has a row for each payment: the trade's number, the candle, the amount.
    """

    rows: Floats
    counts: Integers
    paid: Floats


@compiled
def run_venue(
    prices: Prices,
    wishes: Wishes,
    fractions: Fractions,
    rules: Rules,
    terms: Terms,
    first: int,
    instants: Instants,
    finer: Finer,
) -> tuple[Floats, Integers, Floats, int]:
    """Return fills, counts and payments, and the first faulty candle or SOUND.

    What each candle goes through stands here: in smaller functions, which hand on more
    arrays, it was measured to take a tenth longer.
    """
    opens, highs, lows, closes, volumes = prices
    books = Books(
        np.empty((ROOM, WIDTH)),
        np.zeros(COUNTED, np.int64),
        np.empty((len(instants.bar), 3)),
    )
    desk, lines = np.zeros(DESK), nowhere()
    desk[CASH], due, paid, i = rules.cash, 0, 0, 0
    while i < len(closes):
        if i > first and not (len(finer.starts) and lines.trail > 0.0):
            i, lines = calm(
                i, desk, lines, highs, lows, wishes, rules, _next(instants, due, desk)
            )
            if i == len(closes):
                break
        books = _roomy(books)
        desk[LEFT] = np.inf
        if terms.participation > 0.0:
            desk[LEFT] = terms.participation * volumes[i]
        due, paid = _fund(books, desk, instants, i, 0, opens[i], due, paid)
        lines = lined(desk, lines, rules, terms)
        if not rules.at_close and i > first:
            entering = _decide(desk, wishes, rules.shorts, i - 1)
            if entering and not _ask(desk, fractions, i - 1):
                return books.rows, books.counts, books.paid[:paid], i - 1
        now = Moment(i, AT_OPEN, opens[i], volumes[i])
        lines = _work(books, desk, lines, now, rules, terms)
        due, paid = _fund(books, desk, instants, i, 1, opens[i], due, paid)
        lines = lined(desk, lines, rules, terms)
        candle = opens[i], highs[i], lows[i]
        lines = live(
            books.rows,
            books.counts,
            desk,
            lines,
            i,
            candle,
            volumes[i],
            finer,
            rules,
            terms,
        )
        if rules.at_close and i >= first:
            entering = _decide(desk, wishes, rules.shorts, i)
            if entering and not _ask(desk, fractions, i):
                return books.rows, books.counts, books.paid[:paid], i
            now = Moment(i, AT_CLOSE, closes[i], volumes[i])
            lines = _work(books, desk, lines, now, rules, terms)
            lines = covered(books.rows, books.counts, desk, lines, now, rules, terms)
        i += 1
    return books.rows, books.counts, books.paid[:paid], SOUND


@compiled
def _next(instants: Instants, due: int, desk: Floats) -> int:
    """Return the candle in which funding is paid next; a far one if nobody pays."""
    if desk[UNITS] == 0.0 or due >= len(instants.bar):
        return FAR
    return int(instants.bar[due])


@compiled
def _roomy(books: Books) -> Books:
    """Return books with space for the fills of a candle."""
    count = books.counts[FILLS]
    if count + MOST_FILLS < len(books.rows):
        return books
    more = np.empty((2 * len(books.rows), WIDTH))
    more[:count] = books.rows[:count]
    return Books(more, books.counts, books.paid)


@compiled
def _fund(
    books: Books,
    desk: Floats,
    instants: Instants,
    bar: int,
    later: int,
    opened: float,
    due: int,
    paid: int,
) -> tuple[int, int]:
    """Pay what is due at the open of a candle, or ``later`` in it."""
    while due < len(instants.bar) and instants.bar[due] <= bar:
        passed = instants.bar[due] < bar  # while nothing was held
        if not passed and instants.later[due] != later:
            break
        if desk[UNITS] != 0.0 and not passed:
            rate, mark = instants.rate[due], instants.mark[due]
            amount = rate
            if not np.isnan(rate):
                amount = pay(desk, opened, rate, opened if np.isnan(mark) else mark)
            row = books.paid[paid]
            row[0], row[1], row[2] = desk[TRIP], bar, amount
            paid += 1
        due += 1
    return due, paid


@compiled
def _decide(desk: Floats, wishes: Wishes, shorts: bool, i: int) -> bool:
    """Order what candle ``i`` signals, and tell whether that is a new entry.

    An exit that goes on is not decided anew.
    """
    if desk[LEAVING] != _NONE:
        return False
    enter, leave, enter_short, leave_short = wishes
    side = side_of(desk) if desk[UNITS] != 0.0 else int(desk[WAY])
    short = shorts and enter_short[i]
    if side >= 0:
        want = _wanted(side, enter[i], leave[i], short)
    else:
        want = -_wanted(1, short, leave_short[i], enter[i])
    if want == side:
        return False
    desk[WAY], desk[DUE], desk[THEN] = 0.0, 0.0, want
    if desk[UNITS] != 0.0:
        desk[LEAVING] = _SIGNAL if want == 0 else _REVERSED
    return want != 0


@compiled
def _ask(desk: Floats, fractions: Fractions, i: int) -> bool:
    """Take down what a new entry's candle asks for; tell whether that is sound."""
    asked = _asked(fractions, i)
    if not _sound(int(desk[THEN]), asked):
        return False
    desk[SIZE], desk[STOP], desk[TARGET], desk[TRAIL] = asked
    return True


@compiled
def _work(
    books: Books,
    desk: Floats,
    lines: Levels,
    now: Moment,
    rules: Rules,
    terms: Terms,
) -> Levels:
    """Fill what is ordered: what leaves goes before what enters."""
    if desk[LEAVING] == _NONE and desk[THEN] == 0.0 and desk[WAY] == 0.0:
        return lines
    if desk[LEAVING] != _NONE:
        sell(books.rows, books.counts, desk, now, desk[LEAVING], rules, terms)
    if desk[UNITS] == 0.0 and desk[THEN] != 0.0:
        desk[WAY], desk[THEN] = desk[THEN], 0.0
        desk[DUE] = desk[CASH] * rules.fraction * desk[SIZE]
    if desk[WAY] != 0.0:
        if desk[UNITS] == 0.0:
            lines = nowhere()
        buy(books.rows, books.counts, desk, now, rules, terms)
    return lined(desk, lines, rules, terms)
