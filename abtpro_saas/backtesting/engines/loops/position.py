"""A position that fills in parts, on margin where there is one: its orders and fills.

``desk`` is a row of numbers: what is held, what is ordered, and what this candle still
has of its volume. Everything here changes it, and writes the fills to ``rows``.
"""

from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.engines.loops.fills import (
    TRIFLE,
    payable,
    rounded,
    ruin,
    taker_price,
)
from abtpro_saas.backtesting.engines.loops.ledger import DUST
from abtpro_saas.backtesting.engines.loops.levels import (
    Levels,
    based,
    levels,
    nowhere,
)
from abtpro_saas.backtesting.engines.loops.log import REJECTED, write
from abtpro_saas.backtesting.engines.rules import Rules, Terms
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats, Integers

CASH, UNITS, ENTERED, PRICE, MARGIN, TRIP = range(6)
"""What is held: units are negative when short, at an average price, for a margin. CASH
is that of the books: a purchase takes its whole value out of it. TRIP counts the
positions that have ended."""
WAY, DUE, LEAVING, THEN = range(6, 10)
"""What is ordered: an entry to the side WAY, for DUE money yet; an exit for the reason
LEAVING, and the side THEN after it."""
SIZE, STOP, TARGET, TRAIL = range(10, 14)
"""What the entry's signal asked for."""
LEFT = 14
"""How many units this candle still fills."""
DESK = 15

_TARGET = float(Reason.TAKE_PROFIT)
_LIQUIDATION = float(Reason.LIQUIDATION)
_NONE = float(Reason.OPEN)


class Moment(NamedTuple):
    """Where an order is filled; ``reference`` is the price before slippage."""

    bar: int
    when: float
    reference: float
    volume: float


@compiled
def side_of(desk: Floats) -> int:
    """Return 1 for long, -1 for short, 0 where nothing is held."""
    return int(np.sign(desk[UNITS]))


@compiled
def edge(desk: Floats, rate: float) -> float:
    """Return the price at which ``rate`` of the position's value is left of its margin.

    That is where margin + units x (price - entry) = rate x |units| x price.
    """
    side = np.sign(desk[UNITS])
    cover = desk[MARGIN] / abs(desk[UNITS])
    return float((desk[PRICE] - side * cover) / (1.0 - side * rate))


@compiled
def broke(desk: Floats, rules: Rules, terms: Terms) -> float:
    """Return the price at which nothing is left: who is closed there can lose no more.

    Bought in full there is none; a short without a margin is covered by all the cash.
    """
    if desk[UNITS] == 0.0:
        return -np.inf
    if terms.leverage > 0.0:
        return edge(desk, rules.taker + terms.clearing)
    return -np.inf if desk[UNITS] > 0.0 else ruin(desk[CASH], -desk[UNITS], rules)


@compiled
def called(desk: Floats, rules: Rules, terms: Terms) -> float:
    """Return the price at which the venue closes the position."""
    if terms.leverage > 0.0 and desk[UNITS] != 0.0:
        return edge(desk, max(terms.maintenance, rules.taker + terms.clearing))
    return broke(desk, rules, terms)


@compiled
def lined(desk: Floats, before: Levels, rules: Rules, terms: Terms) -> Levels:
    """Return the levels of what is held now; a trailing stop stays where it was.

    A position that is being left has none but where the venue closes it.
    """
    if desk[UNITS] == 0.0:
        return nowhere()
    side, end = side_of(desk), called(desk, rules, terms)
    if desk[LEAVING] != _NONE:
        return levels(side, desk[PRICE], end, np.nan, np.nan, np.nan, 0.0)
    stop, target, trail = desk[STOP], desk[TARGET], desk[TRAIL]
    after = levels(side, desk[PRICE], end, stop, target, trail, rules.tick)
    return after if before.best == 0.0 else based(side, after, before)


@compiled
def share_of(terms: Terms) -> float:
    """Return what part of a position's value is committed to it."""
    return 1.0 / terms.leverage if terms.leverage > 0.0 else 1.0


@compiled
def buy(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    now: Moment,
    rules: Rules,
    terms: Terms,
) -> None:
    """Fill of an entry's order what this candle's volume and the money allow."""
    way, share = int(desk[WAY]), share_of(terms)
    fee = 0.0 if terms.in_base else rules.taker
    whole = min(desk[DUE] / (now.reference * (share + fee)), desk[LEFT])
    price = taker_price(now.reference, way, whole, now.volume, rules)
    begun = desk[UNITS] != 0.0
    wanted = desk[DUE] / (price * (share + fee)) if price > 0.0 else 0.0
    have = desk[DUE] if begun else desk[CASH]
    wanted = payable(have, wanted, price, share, fee, rules.step)
    small = wanted * price < rules.least or desk[DUE] <= TRIFLE * rules.cash
    if wanted <= 0.0 or (not begun and small):
        counts[REJECTED] += 0 if begun else 1
        desk[WAY], desk[DUE] = 0.0, 0.0
        return
    size = wanted
    if wanted > desk[LEFT]:
        size = rounded(desk[LEFT], rules.step, -1)
    if size <= 0.0:
        return
    desk[DUE] -= size * price * share + size * fee * price
    desk[LEFT] -= size
    if size == wanted:
        desk[WAY], desk[DUE] = 0.0, 0.0
    _book_entry(rows, counts, desk, now, way * size, price, rules, terms)


@compiled
def _book_entry(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    now: Moment,
    bought: float,
    price: float,
    rules: Rules,
    terms: Terms,
) -> None:
    """Write an entry's fill: of a purchase that pays its fee in coins, what is left."""
    size = abs(bought)
    slip, fee = size * abs(price - now.reference), size * rules.taker * price
    units = bought * (1.0 - rules.taker) if terms.in_base else bought
    write(rows, counts, now.bar, 0, now.when, units, price, fee, slip, int(_NONE))
    held, more = abs(desk[UNITS]), abs(units)
    if held == 0.0:
        desk[PRICE], desk[ENTERED], desk[MARGIN] = price, 0.0, 0.0
    elif price != desk[PRICE]:
        desk[PRICE] = (held * desk[PRICE] + more * price) / (held + more)
    desk[MARGIN] += size * price * share_of(terms)
    desk[ENTERED] += more
    desk[UNITS] += units
    desk[CASH] = desk[CASH] - units * price - fee


@compiled
def sell(
    rows: Floats,
    counts: Integers,
    desk: Floats,
    now: Moment,
    why: float,
    rules: Rules,
    terms: Terms,
) -> None:
    """Fill of an exit what this candle's volume allows: a target's, else at market.

    No price at market is worse than where nothing is left: the venue closes the whole
    position there, whatever the volume, as it does where it calls the margin.
    """
    side, held = side_of(desk), abs(desk[UNITS])
    part = held if why == _LIQUIDATION else _part(desk, held, rules.step)
    if part <= 0.0:
        return
    price, rate = now.reference, rules.maker
    if why != _TARGET:
        rate, end = rules.taker, broke(desk, rules, terms)
        price = taker_price(now.reference, -side, part, now.volume, rules)
        if abs(end) < np.inf and side * (price - end) <= 0.0:
            price, why, part = end, _LIQUIDATION, held
        if why == _LIQUIDATION:
            rate = rules.taker + terms.clearing
    fee = part * rate * price
    slip = part * max(side * (now.reference - price), 0.0)
    units = -desk[UNITS] if part == held else -side * part
    write(rows, counts, now.bar, 0, now.when, units, price, fee, slip, int(why))
    desk[CASH] = desk[CASH] - units * price - fee
    desk[LEFT] = max(desk[LEFT] - part, 0.0)
    _reduce(desk, units, held, part)


@compiled
def _part(desk: Floats, held: float, step: float) -> float:
    """Return what may be sold now: all that is held, or whole steps of it."""
    return held if held <= desk[LEFT] else rounded(desk[LEFT], step, -1)


@compiled
def _reduce(desk: Floats, units: float, held: float, part: float) -> None:
    """Take an exit's fill off; what begins to leave is entered no further."""
    desk[WAY], desk[DUE] = 0.0, 0.0
    desk[MARGIN] = desk[MARGIN] * ((held - part) / held)
    desk[UNITS] += units
    if abs(desk[UNITS]) <= DUST * desk[ENTERED]:
        desk[UNITS], desk[LEAVING] = 0.0, _NONE
        desk[TRIP] += 1


@compiled
def pay(desk: Floats, opened: float, rate: float, mark: float) -> float:
    """Let longs pay shorts ``rate`` at the price ``mark``; return what was paid.

    Nobody pays more than the position is worth at the price of the moment.
    """
    due = desk[UNITS] * mark * rate
    worth = desk[MARGIN] + desk[UNITS] * (opened - desk[PRICE])
    due = min(due, max(worth, 0.0))
    desk[CASH] -= due
    desk[MARGIN] -= due
    return float(due)
