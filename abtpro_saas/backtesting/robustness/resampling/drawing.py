"""Courses drawn from what a run left: its trades in another order, its days in blocks.

Politis and Romano, The Stationary Bootstrap, Journal of the American Statistical
Association 89 (1994), for blocks: their lengths are geometric, and the last day is
followed by the first.
"""

from collections.abc import Iterator

import numpy as np

from abtpro_saas.backtesting.robustness.resampled import MonteCarlo, Resampling
from abtpro_saas.backtesting.robustness.resampling.chance import generator
from abtpro_saas.performance.record import Floats, Integers, Record

AT_ONCE = 2_000_000
"""Values of courses that are in memory together, about."""
_FEWEST, _MOST = 10, 500


def growths_of(record: Record) -> Floats:
    """Return by what fraction each trade, in the order of exits, changed the account.

    Of the account as trades alone made it; nothing once nothing is left. A trade that
    is still open counts with what it was worth at the end.
    """
    profits = record.trades.profit
    after = np.maximum(record.initial + np.cumsum(profits), 0.0)
    before = np.concatenate(([record.initial], after[:-1]))
    growths = np.zeros(len(profits))
    np.divide(after - before, before, out=growths, where=before > 0)
    return growths


def course_of(initial: float, growths: Floats) -> Floats:
    """Return the equity after each growth, along the last axis."""
    course: Floats = np.cumprod(1.0 + growths, axis=-1) * np.float64(initial)
    return course


def courses(initial: float, growths: Floats, plan: MonteCarlo) -> Iterator[Floats]:
    """Yield courses some at a time, one a row; as many as simulations in all."""
    some = min(max(AT_ONCE // len(growths), _FEWEST), _MOST)
    for number, start in enumerate(range(0, plan.simulations, some)):
        random = generator(plan.seed, 3, list(Resampling).index(plan.method), number)
        count = min(some, plan.simulations - start)
        rows = _rows(random, plan, count, len(growths))
        yield course_of(initial, growths[rows])


def _rows(
    random: np.random.Generator, plan: MonteCarlo, count: int, length: int
) -> Integers:
    """Return which growths come in which order, shape (count, length)."""
    if plan.method is Resampling.TRADE_SHUFFLE:
        ordered = np.broadcast_to(np.arange(length), (count, length))
        return random.permuted(ordered, axis=1)
    if plan.method is Resampling.TRADE_BOOTSTRAP:
        return random.integers(0, length, (count, length))
    return blocks(random, count, length, block_of(plan, length))


def block_of(plan: MonteCarlo, length: int) -> float:
    """Return the mean length of blocks."""
    return float(round(length ** (1 / 3))) if plan.block is None else plan.block


def blocks(
    random: np.random.Generator,
    count: int,
    length: int,
    mean: float,
    rows: int | None = None,
) -> Integers:
    """Return rows in blocks of geometric length, shape (count, length).

    They are drawn from ``rows`` rows, as many as ``length`` unless told otherwise.
    """
    rows = length if rows is None else rows
    begins = random.random((count, length)) < 1 / mean
    begins[:, 0] = True
    starts = random.integers(0, rows, (count, length))
    steps = np.arange(length)
    since = np.maximum.accumulate(np.where(begins, steps, 0), axis=1)
    drawn: Integers = np.take_along_axis(starts, since, axis=1) + steps - since
    return drawn % rows
