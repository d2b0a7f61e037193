"""The loop over weights of many symbols on one pool of cash: it leaves fills.

A rebalancing reduces positions first, then enlarges others with the cash there is; what
all would take more than that, each gets less of in the same proportion. ``books`` has
two rows: how many units of each symbol are held, and how many were entered since it had
none.
"""

from typing import TypeAlias

import numpy as np

from abtpro_saas.backtesting.engines.loops.fills import (
    payable,
    rounded,
    taker_price,
)
from abtpro_saas.backtesting.engines.loops.ledger import DUST
from abtpro_saas.backtesting.engines.loops.log import (
    AT_CLOSE,
    AT_OPEN,
    COUNTED,
    FILLS,
    REJECTED,
    ROOM,
    WIDTH,
    larger,
    write,
)
from abtpro_saas.backtesting.engines.loops.pool import (
    TRIFLE,
    after,
    closing,
    liquidate,
    worth,
)
from abtpro_saas.backtesting.engines.rules import Rules, Terms
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats, Integers

Pool: TypeAlias = tuple[Floats, Floats, Floats]
"""Open, close and volume, each of shape (symbols, candles)."""

SOUND = -1
"""No row asks for more than there is."""
HELD, ENTERED = 0, 1
"""Rows of the books."""
FULL = 1.0 + 1e-9
"""The most that the sizes of all weights may add up to; there is no leverage."""

_REBALANCED = int(Reason.REBALANCED)
_NONE = int(Reason.OPEN)


@compiled
def run_weights(
    pool: Pool, weights: Floats, rules: Rules, terms: Terms, first: int
) -> tuple[Floats, Integers, int]:
    """Return the fills, what is counted, and the first faulty candle or SOUND.

    ``weights`` has the shape (candles, symbols). A pool that is worth nothing at a
    close, or could not pay for leaving where it is rebalanced, is liquidated there.
    """
    opens, closes, volumes = pool
    at, when = (closes, AT_CLOSE) if rules.at_close else (opens, AT_OPEN)
    late, bars = (1 if rules.at_close else 0), closes.shape[1]
    rows, counts = np.empty((ROOM, WIDTH)), np.zeros(COUNTED, np.int64)
    cash, books = rules.cash, np.zeros((2, len(closes)))
    units = books[HELD]
    for i in range(first + 1, bars + 1):
        while counts[FILLS] + 2 * len(units) > len(rows):
            rows = larger(rows)
        if rules.shorts and worth(cash, units, closes, i - 1) <= 0.0:
            now = i - 1, AT_CLOSE
            liquidate(rows, counts, cash, units, closes, volumes, now, rules)
            break
        wish = weights[i - 1]
        if i - late == bars or np.isnan(wish).all():
            continue
        wish = _wish(wish, rules)
        if np.abs(wish[~np.isnan(wish)]).sum() > FULL:
            return rows, counts, i - 1
        bar = i - late
        if rules.shorts and closing(cash, units, at, volumes, bar, rules)[0] <= 0.0:
            liquidate(rows, counts, cash, units, at, volumes, (bar, when), rules)
            break
        rows, cash = _rebalance(
            rows,
            counts,
            cash,
            books,
            wish,
            at[:, bar],
            volumes[:, bar],
            bar,
            when,
            rules,
            terms,
        )
    return rows, counts, SOUND


@compiled
def _wish(row: Floats, rules: Rules) -> Floats:
    """Return the weights without the shorts that are not allowed."""
    return row if rules.shorts else np.maximum(row, 0.0)


@compiled
def _rebalance(
    rows: Floats,
    counts: Integers,
    cash: float,
    books: Floats,
    wish: Floats,
    prices: Floats,
    volumes: Floats,
    bar: int,
    when: float,
    rules: Rules,
    terms: Terms,
) -> tuple[Floats, float]:
    """Trade towards the weights, as far as volumes allow; ``books`` change.

    What is reduced stands here: a function of its own was measured to cost a few parts
    in a hundred where each candle is traded.
    """
    units, entered = books[HELD], books[ENTERED]
    equity, left = cash, np.full(len(units), np.inf)
    if terms.participation > 0.0:
        left = terms.participation * volumes
    for symbol in range(len(units)):
        equity += units[symbol] * prices[symbol]
    if equity <= 0.0:
        return rows, cash
    target = wish * rules.fraction * equity / prices
    for symbol in range(len(units)):
        less = _less(units[symbol], target[symbol], prices[symbol], equity, rules)
        part = less < abs(units[symbol])
        if less > left[symbol]:
            less = rounded(left[symbol], rules.step, -1)
        if less > 0.0 and abs(units[symbol]) - less <= DUST * entered[symbol]:
            less, part = abs(units[symbol]), False
            if units[symbol] * target[symbol] > 0.0:  # dust is no position
                target[symbol] = 0.0
        if less > 0.0:
            way = -1 if units[symbol] > 0.0 else 1
            price = taker_price(prices[symbol], way, less, volumes[symbol], rules)
            if part and less * price < rules.least:
                counts[REJECTED] += 1
                continue
            fee = less * rules.taker * price
            slip = less * abs(price - prices[symbol])
            sold = way * less
            write(rows, counts, bar, symbol, when, sold, price, fee, slip, _REBALANCED)
            units[symbol], entered[symbol] = after(units[symbol], entered[symbol], sold)
            left[symbol] -= less
            cash = cash - way * less * price - fee
    return _enlarge(
        rows,
        counts,
        cash,
        books,
        target,
        prices,
        volumes,
        bar,
        when,
        equity,
        rules,
        terms,
        left,
    )


@compiled
def _less(
    held: float, target: float, price: float, equity: float, rules: Rules
) -> float:
    """Return how many units must go before anything is bought; NaN keeps all."""
    if held == 0.0 or np.isnan(target):
        return 0.0
    if held * target <= 0.0:
        return abs(held)
    less = abs(held) - abs(target)
    if less * price <= TRIFLE * equity:
        return 0.0
    return rounded(less, rules.step, -1)


@compiled
def _enlarge(
    rows: Floats,
    counts: Integers,
    cash: float,
    books: Floats,
    target: Floats,
    prices: Floats,
    volumes: Floats,
    bar: int,
    when: float,
    equity: float,
    rules: Rules,
    terms: Terms,
    left: Floats,
) -> tuple[Floats, float]:
    """Open and enlarge positions; a short's collateral is its whole value.

    Where the fee is taken in coins, as many more are bought.
    """
    units, entered = books[HELD], books[ENTERED]
    free, need = cash, 0.0
    rate = 0.0 if terms.in_base else rules.taker
    kept = 1.0 - rules.taker if terms.in_base else 1.0
    more, at = np.zeros(len(units)), np.zeros(len(units))
    for symbol in range(len(units)):
        free += 2.0 * min(units[symbol], 0.0) * prices[symbol]
        wanted = (abs(target[symbol]) - abs(units[symbol])) / kept
        wanted = min(wanted, left[symbol])
        turns = units[symbol] * target[symbol] < 0.0  # and has not been left yet
        if wanted * prices[symbol] > TRIFLE * equity and not turns:
            way = 1 if target[symbol] > 0.0 else -1
            more[symbol] = wanted
            at[symbol] = taker_price(
                prices[symbol], way, wanted, volumes[symbol], rules
            )
            need += wanted * at[symbol] * (1.0 + rate)
    share = min(max(free, 0.0) / need, 1.0) if need > 0.0 else 0.0
    for symbol in range(len(units)):
        if more[symbol] == 0.0:
            continue
        price, way = at[symbol], 1 if target[symbol] > 0.0 else -1
        size = payable(free, more[symbol] * share, price, 1.0, rate, rules.step)
        if size <= 0.0 or size * price < rules.least:
            counts[REJECTED] += 1
            continue
        fee, slip = size * rules.taker * price, size * abs(price - prices[symbol])
        bought = way * size * kept
        write(rows, counts, bar, symbol, when, bought, price, fee, slip, _NONE)
        units[symbol], entered[symbol] = after(units[symbol], entered[symbol], bought)
        cash = cash - bought * price - fee
        free = free - size * price - size * rate * price
    return rows, cash
