"""How much of a result is the luck of having tried often.

Bailey and Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40
(2014); Bailey, Borwein, Lopez de Prado and Zhu, The Probability of Backtest
Overfitting, Journal of Computational Finance 20 (2017); Pardo, The Evaluation and
Optimization of Trading Strategies (2008), chapter 11.
"""

from dataclasses import dataclass
from itertools import combinations
from math import e

import numpy as np

from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.arithmetic import sharpe
from abtpro_saas.performance.arithmetic.days import deviation
from abtpro_saas.performance.record import Floats
from abtpro_saas.performance.undefined import UndefinedError, Why
from abtpro_saas.plugins.api.candles import Flags

_EULER = 0.5772156649015329
_SPLITS_AT_ONCE = 512


def sharpe_of(returns: Floats) -> float:
    """Return the Sharpe ratio per return, not of a year.

    Raises:
        UndefinedError: less than two returns, or all are equal.
    """
    spread = deviation(returns, Why.FLAT)
    return float(returns.mean()) / spread


def luckiest_sharpe(spread: float, trials: int) -> float:
    """Return the Sharpe ratio that the best of ``trials`` without skill is expected at.

    ``spread`` is the standard deviation of the trials' Sharpe ratios. A single trial
    had no choice: 0.
    """
    if trials <= 1:
        return 0.0
    likely = sharpe.NORMAL.inv_cdf(1 - 1 / trials)
    unlikely = sharpe.NORMAL.inv_cdf(1 - 1 / (trials * e))
    return spread * ((1 - _EULER) * likely + _EULER * unlikely)


@dataclass(frozen=True)
class Moments:
    """What returns are like: their Sharpe ratio is per return, not of a year."""

    count: int
    sharpe: float
    skewness: float
    kurtosis: float


def moments_of(returns: Floats) -> Moments:
    """Return the moments of returns.

    Raises:
        UndefinedError: less than two returns, or all are equal.
    """
    ratio = sharpe_of(returns)
    off = (returns - returns.mean()) / returns.std()
    square = off * off
    skewness, kurtosis = float((square * off).mean()), float((square * square).mean())
    return Moments(len(returns), ratio, skewness, kurtosis)


def deflated_sharpe_ratio(chosen: Moments, spread: float, trials: int) -> float:
    """Return how likely the true Sharpe ratio is above what luck alone explains.

    ``chosen`` are the moments of the trial that was chosen; ``spread`` is the standard
    deviation of the Sharpe ratios of all that were tried. From 0 to 1.

    Raises:
        UndefinedError: returns of such moments have no such probability.
    """
    least = luckiest_sharpe(spread, trials)
    return sharpe.probability(
        chosen.sharpe, least, chosen.count, chosen.skewness, chosen.kurtosis
    )


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What choosing the best of many came to on data that it had not seen.

    ``probability`` (PBO) is the share of splits in which the chosen one was no better
    than the median of all; ``loss`` the share in which it lost. ``ranks`` is where it
    came in each split, from near 0 (worst) to near 1 (best).
    """

    probability: float
    loss: float
    ranks: Floats


def backtest_overfitting(returns: Floats, blocks: int = 16) -> Overfitting:
    """Return the probability of backtest overfitting (CSCV).

    ``returns`` has shape (returns, trials), oldest first. Time is cut into ``blocks``
    equal parts, the oldest rows that do not fit left out; each half of them chooses the
    trial with the best Sharpe ratio, and the other half judges it.

    Raises:
        InvalidError: less than two trials, an odd number of blocks or less than two, or
            less than two returns in each.
    """
    rows, trials = returns.shape
    length = rows // blocks if blocks else 0
    if blocks < 2 or blocks % 2 or trials < 2 or length < 2:  # noqa: PLR2004
        raise InvalidError(
            "overfitting needs two trials, an even number of blocks, and two returns "
            "in each block"
        )
    parts = returns[rows - length * blocks :].reshape(blocks, length, trials)
    sums, squares = parts.sum(axis=1), (parts * parts).sum(axis=1)
    halves = _halves(blocks)
    judged = [
        _judge(halves[start : start + _SPLITS_AT_ONCE], sums, squares, length)
        for start in range(0, len(halves), _SPLITS_AT_ONCE)
    ]
    ranks = np.concatenate([rank for rank, _ in judged])
    lost = np.concatenate([loss for _, loss in judged])
    return Overfitting(float((ranks <= 1 / 2).mean()), float(lost.mean()), ranks)


def _halves(blocks: int) -> Flags:
    """Return every choice of half of the blocks, one a row."""
    chosen = np.array(list(combinations(range(blocks), blocks // 2)))
    halves = np.zeros((len(chosen), blocks), np.bool_)
    np.put_along_axis(halves, chosen, values=True, axis=1)
    return halves


def _judge(
    halves: Flags,
    sums: Floats,
    squares: Floats,
    length: int,
) -> tuple[Floats, Flags]:
    """Return where each half's choice came in the other half, and whether it lost."""
    count = length * halves.shape[1] // 2
    seen = _sharpes(halves, sums, squares, count)
    unseen = _sharpes(~halves, sums, squares, count)
    best = seen.argmax(axis=1)[:, None]
    chosen = np.take_along_axis(unseen, best, axis=1)
    below = (unseen < chosen).sum(axis=1)
    equal = (unseen == chosen).sum(axis=1)
    ranks = (below + (equal + 1) / 2) / (unseen.shape[1] + 1)
    return ranks, chosen[:, 0] < 0


def _sharpes(
    halves: Flags,
    sums: Floats,
    squares: Floats,
    count: int,
) -> Floats:
    """Return Sharpe ratios per return, shape (halves, trials); of flat trials 0."""
    total = np.zeros((len(halves), sums.shape[1]))
    square = np.zeros_like(total)
    for block in range(halves.shape[1]):  # in order: the same bytes on any machine
        total += halves[:, block, None] * sums[block]
        square += halves[:, block, None] * squares[block]
    mean = total / count
    variance = np.maximum(square - total * mean, 0) / (count - 1)
    spread = np.sqrt(variance)
    flat = spread <= 1e-7 * np.abs(mean)  # the root of what a difference can hold
    return np.divide(mean, spread, out=np.zeros_like(mean), where=~flat)


def walk_forward_efficiency(in_sample: float, out_of_sample: float) -> float:
    """Return the annual return on unseen data by that on the data that chose.

    Raises:
        UndefinedError: nothing was earned on the data that chose.
    """
    if in_sample <= 0:
        raise UndefinedError(Why.NO_GAIN)
    return out_of_sample / in_sample
