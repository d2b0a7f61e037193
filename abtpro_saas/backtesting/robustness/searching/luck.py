"""How much of a search's best is the luck of having tried often."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.performance.overfitting import (
    Moments,
    backtest_overfitting,
    deflated_sharpe_ratio,
)
from abtpro_saas.performance.overfitting import moments_of as defined_moments
from abtpro_saas.performance.record import Floats
from abtpro_saas.performance.undefined import UndefinedError

BLOCKS, FEWER_BLOCKS = 16, 12
"""Into which time is cut: as the paper does, or fewer where there are many trials."""
MANY, MOST = 300, 5_000
"""From how many trials there are fewer blocks; of more trials every n-th is judged."""
_LEAST_IN_BLOCK = 2


@dataclass(frozen=True)
class TrialStats:
    """Every trial that was made on these data, and its daily Sharpe ratios.

    ``sharpes`` is how many of the ``count`` trials had a Sharpe ratio (of daily
    returns, not of a year); then their sum and the sum of their squares.
    """

    count: int
    sharpes: int = 0
    sharpe_sum: float = 0.0
    sharpe_square_sum: float = 0.0

    @property
    def spread(self) -> float:
        """The sample standard deviation of the Sharpe ratios, 0 of less than two."""
        if self.sharpes < 2:  # noqa: PLR2004 - one value deviates from nothing
            return 0.0
        around = self.sharpe_square_sum - self.sharpe_sum**2 / self.sharpes
        return sqrt(max(around, 0.0) / (self.sharpes - 1))


def moments_of(days: Floats) -> Moments | None:
    """Return the moments of daily returns; None of less than two, or of equal ones."""
    try:
        return defined_moments(days)
    except UndefinedError:
        return None


def deflated(chosen: Moments | None, stats: TrialStats) -> float | None:
    """Return the deflated Sharpe ratio, from 0 to 1; None where there is none.

    It is the probability that the true Sharpe ratio is above what the luckiest of all
    trials is expected at.
    """
    if chosen is None:
        return None
    try:
        return deflated_sharpe_ratio(chosen, stats.spread, stats.count)
    except UndefinedError:
        return None


def stats_of(days: Sequence[Floats]) -> TrialStats:
    """Return what trials with these daily returns add to those on their data."""
    found = [each for each in map(moments_of, days) if each is not None]
    ratios = [each.sharpe for each in found]
    return TrialStats(
        len(days), len(ratios), sum(ratios), sum(each * each for each in ratios)
    )


def overfitting(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return the probability of backtest overfitting, ready for JSON.

    None where less than two trials were run, or days are too few for the blocks.
    """
    longest = max((len(each.days) for each in trials), default=0)
    run = [each.days for each in trials if len(each.days) == longest]
    judged = run[:: -(-len(run) // MOST)] if run else run
    blocks = BLOCKS if len(judged) <= MANY else FEWER_BLOCKS
    if len(judged) < 2 or longest < blocks * _LEAST_IN_BLOCK:  # noqa: PLR2004 - one is no choice
        return {"probability": None, "loss": None, "trials": len(judged), "blocks": 0}
    found = backtest_overfitting(np.column_stack(judged), blocks)
    return {
        "probability": found.probability,
        "loss": found.loss,
        "trials": len(judged),
        "blocks": blocks,
    }
