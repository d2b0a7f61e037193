"""On noise, the deflated Sharpe ratio and PBO see through the best of many."""

from itertools import combinations
from math import e
from statistics import NormalDist, fmean, stdev

import numpy as np
import pytest

from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.arithmetic.sharpe import probability
from abtpro_saas.performance.overfitting import (
    backtest_overfitting,
    deflated_sharpe_ratio,
    luckiest_sharpe,
    moments_of,
    sharpe_of,
    walk_forward_efficiency,
)
from abtpro_saas.performance.undefined import UndefinedError

SEEDS = range(100)


def noise(seed, days=250, trials=40):
    return np.random.default_rng(seed).normal(0, 0.01, (days, trials))


def best_of(returns):
    """Return the best trial's returns, and all trials' Sharpe ratios."""
    ratios = np.array([sharpe_of(column) for column in returns.T])
    return returns[:, ratios.argmax()], ratios


def believed(returns, ratios, count=None):
    """Return how far a trial is believed that was chosen of some with these ratios."""
    spread = stdev(ratios.tolist()) if len(ratios) > 1 else 0.0
    return deflated_sharpe_ratio(moments_of(returns), spread, count or len(ratios))


def test_the_best_of_noise_is_seldom_believed():
    found = [believed(*best_of(noise(seed))) for seed in SEEDS]

    assert sum(each < 0.95 for each in found) >= 95


def test_without_deflation_the_best_of_noise_is_believed():
    chosen = [best_of(noise(seed))[0] for seed in SEEDS]
    naive = [believed(returns, np.ones(1)) for returns in chosen]

    assert sum(each > 0.95 for each in naive) >= 90


def test_skill_is_believed():
    returns = noise(1)
    returns[:, 7] += 0.003

    assert believed(*best_of(returns)) > 0.95


def test_more_trials_are_believed_less():
    chosen, ratios = best_of(noise(2))

    few = believed(chosen, ratios)
    assert believed(chosen, ratios, count=5_000) < few < believed(chosen, ratios, 3)


def test_one_trial_is_the_probabilistic_sharpe_ratio():
    returns = noise(3)[:, 0]
    off = (returns - returns.mean()) / returns.std()

    assert believed(returns, np.array([0.1])) == pytest.approx(
        probability(sharpe_of(returns), 0, 250, (off**3).mean(), (off**4).mean())
    )


def test_the_luckiest_of_noise_is_as_lucky_as_foretold():
    drawn = np.random.default_rng(4).normal(0, 0.3, (4_000, 100)).max(axis=1)

    assert luckiest_sharpe(0.3, 100) == pytest.approx(drawn.mean(), rel=0.02)


def test_the_example_of_the_paper():
    # Bailey and Lopez de Prado (2014): 100 trials, variance 1/2 a year of 250 days,
    # five years, a Sharpe ratio of 2.5 a year, skewness -3, kurtosis 10: about 0.90.
    least = luckiest_sharpe((1 / 2 / 250) ** 0.5, 100)

    assert least == pytest.approx(0.1132, abs=1e-4)
    found = probability(2.5 / 250**0.5, least, 1_250, -3, 10)
    assert found == pytest.approx(0.9004, abs=1e-3)
    normal = NormalDist().inv_cdf
    gamma = 0.5772156649
    assert least == pytest.approx(
        0.002**0.5 * ((1 - gamma) * normal(0.99) + gamma * normal(1 - 1 / 100 / e))
    )


def test_flat_returns_are_no_ratio():
    with pytest.raises(UndefinedError):
        moments_of(np.zeros(10))


def slow_overfitting(returns, blocks):
    """Return PBO and the share of losses, split by split in plain Python."""
    length = len(returns) // blocks
    rows = returns[len(returns) - length * blocks :].tolist()
    parts = [rows[i * length : (i + 1) * length] for i in range(blocks)]
    ranks, lost = [], []
    for half in combinations(range(blocks), blocks // 2):
        sides = [
            [row for i in range(blocks) if (i in half) is seen for row in parts[i]]
            for seen in (True, False)
        ]
        seen, unseen = (
            [fmean(trial) / stdev(trial) for trial in zip(*side, strict=True)]
            for side in sides
        )
        chosen = unseen[seen.index(max(seen))]
        ranks.append((sorted(unseen).index(chosen) + 1) / (len(unseen) + 1))
        lost.append(chosen < 0)
    return fmean(rank <= 0.5 for rank in ranks), fmean(lost)


@pytest.mark.parametrize(("seed", "blocks"), [(0, 2), (1, 4), (2, 6), (3, 8)])
def test_each_split_is_judged(seed, blocks):
    returns = noise(seed, days=83, trials=9)
    found = backtest_overfitting(returns, blocks)

    assert (found.probability, found.loss) == slow_overfitting(returns, blocks)


def test_choosing_among_noise_is_worth_nothing():
    found = [backtest_overfitting(noise(s, trials=20), 10).probability for s in SEEDS]

    assert fmean(found) == pytest.approx(0.5, abs=0.06)


def test_choosing_skill_is_worth_something():
    returns = noise(5)
    returns[:, 3] += 0.004

    found = backtest_overfitting(returns)
    assert len(found.ranks) == 12_870
    assert found.probability < 0.01
    assert found.loss < 0.01


def test_flat_trials_rank_as_nothing_earned():
    returns = noise(6)
    returns[:, 5] = 0.0

    assert 0 <= backtest_overfitting(returns, 8).probability <= 1


@pytest.mark.parametrize(
    ("days", "trials", "blocks"), [(100, 1, 4), (100, 5, 5), (100, 5, 0), (7, 5, 4)]
)
def test_what_cannot_be_split_is_refused(days, trials, blocks):
    with pytest.raises(InvalidError):
        backtest_overfitting(noise(0, days, trials), blocks)


def test_efficiency_of_walking_forward():
    assert walk_forward_efficiency(0.4, 0.1) == 0.25
    with pytest.raises(UndefinedError):
        walk_forward_efficiency(0.0, 0.1)
