"""Stops and targets of one position: where they lie, and which of them is met."""

from math import inf
from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.engines.loops.fills import rounded
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.performance.record import Reason

_STOP = int(Reason.STOP_LOSS)
_TARGET = int(Reason.TAKE_PROFIT)
_TRAILING = int(Reason.TRAILING_STOP)
_LIQUIDATION = int(Reason.LIQUIDATION)
_NONE = int(Reason.OPEN)


class Levels(NamedTuple):
    """Prices of one position; where there is none it is an infinity out of reach.

    ``trailed`` follows ``best``, the best price of the finished candles, at the
    fraction ``trail`` (NaN is none). At ``ruin`` what covers the position is used up.
    ``lower`` and ``upper`` are what a candle must touch for anything to happen.
    """

    stop: float
    target: float
    trail: float
    best: float
    trailed: float
    ruin: float
    lower: float
    upper: float


@compiled
def levels(
    side: int,
    price: float,
    ruin: float,
    stop: float,
    target: float,
    trail: float,
    tick: float,
) -> Levels:
    """Return the levels of a position entered at ``price``; NaN fractions are none.

    A target is a limit order: it lies on a tick, never nearer than it was asked for.
    """
    worse, better = -side * inf, side * inf
    stopped = worse if np.isnan(stop) else price * (1.0 - side * stop)
    aimed = better if np.isnan(target) else price * (1.0 + side * target)
    aimed = better if np.isnan(target) else rounded(aimed, tick, side)
    trailed = worse if np.isnan(trail) else price * (1.0 - side * trail)
    return _bounded(side, Levels(stopped, aimed, trail, price, trailed, ruin, 0.0, 0.0))


@compiled
def _bounded(side: int, at: Levels) -> Levels:
    if side > 0:
        lower, upper = max(at.stop, at.trailed, at.ruin), at.target
    else:
        lower, upper = at.target, min(at.stop, at.trailed, at.ruin)
    return Levels(
        at.stop, at.target, at.trail, at.best, at.trailed, at.ruin, lower, upper
    )


@compiled
def based(side: int, at: Levels, before: Levels) -> Levels:
    """Return the levels with the trailing stop where it was before."""
    best, trailed = before.best, before.trailed
    return _bounded(
        side, Levels(at.stop, at.target, at.trail, best, trailed, at.ruin, 0.0, 0.0)
    )


@compiled
def aimless(side: int, at: Levels) -> Levels:
    """Return the levels without the target."""
    stop, trail, best, trailed, end = at.stop, at.trail, at.best, at.trailed, at.ruin
    return _bounded(side, Levels(stop, side * inf, trail, best, trailed, end, 0.0, 0.0))


@compiled
def nowhere() -> Levels:
    """Return the levels of no position: no candle touches them."""
    return Levels(-inf, inf, np.nan, 0.0, -inf, -inf, -inf, inf)


@compiled
def armed(at: Levels) -> bool:
    """Tell whether a candle can touch anything."""
    return at.lower > -inf or at.upper < inf


@compiled
def moved(side: int, at: Levels, high: float, low: float) -> Levels:
    """Return the levels after a finished candle: a trailing stop only ever tightens."""
    best = max(at.best, high) if side > 0 else min(at.best, low)
    if best == at.best:
        return at
    trailed = best * (1.0 - side * at.trail)
    return _bounded(
        side, Levels(at.stop, at.target, at.trail, best, trailed, at.ruin, 0.0, 0.0)
    )


@compiled
def met(
    side: int, at: Levels, opened: float, high: float, low: float
) -> tuple[int, float]:
    """Return which level a candle meets first, and the price before slippage.

    What the open is beyond already is filled at the open; a position without cover is
    closed before anything else. Within a candle the stop, or the ruin where that is
    nearer, is taken to come before the target.
    """
    why = _at_open(side, at, opened)
    return (why, opened) if why != _NONE else _within(side, at, high, low)


@compiled
def _at_open(side: int, at: Levels, opened: float) -> int:
    if side * (opened - at.ruin) <= 0.0:
        return _LIQUIDATION
    why, loss = _loss(side, at)
    if side * (opened - loss) <= 0.0:
        return why
    return _TARGET if side * (opened - at.target) >= 0.0 else _NONE


@compiled
def _within(side: int, at: Levels, high: float, low: float) -> tuple[int, float]:
    against, along = (low, high) if side > 0 else (high, low)
    why, loss = _loss(side, at)
    if side * (at.ruin - loss) > 0.0 and side * (against - at.ruin) <= 0.0:
        return _LIQUIDATION, at.ruin
    if side * (against - loss) <= 0.0:
        return why, loss
    if side * (along - at.target) >= 0.0:
        return _TARGET, at.target
    return _NONE, 0.0


@compiled
def _loss(side: int, at: Levels) -> tuple[int, float]:
    """Return the nearer one of a stop and a trailing stop."""
    loss = max(at.stop, at.trailed) if side > 0 else min(at.stop, at.trailed)
    return (_STOP if loss == at.stop else _TRAILING), loss


@compiled
def unclear(side: int, at: Levels, opened: float, high: float, low: float) -> bool:
    """Tell whether a candle, after its open, touches both a loss and the target."""
    if side == 0 or opened <= at.lower or opened >= at.upper:
        return False
    return low <= at.lower and high >= at.upper
