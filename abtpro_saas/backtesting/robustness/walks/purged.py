"""Purged cross-validation with embargo, combinatorial: many paths through one time.

Lopez de Prado, Advances in Financial Machine Learning (2018), chapters 7 and 12. Days
are cut into folds; each choice of folds to test leaves the others to train on. Around
each tested fold as many days as a position lasts are purged from training, for what was
opened there ends here, and after it an embargo more. The trial with the best Sharpe
ratio in training is judged by the tested days. Each fold is tested in several splits,
so there are several paths of unseen days from the first to the last.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, sqrt
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.searching.luck import MOST
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.performance.record import Floats, Integers
from abtpro_saas.plugins.api.candles import Flags

FOLDS, TESTED = 6, 2
EMBARGO = 0.01
"""Of all days, as the book suggests."""
_LEAST_IN_FOLD = 5
_DAY_S = 86_400


@dataclass(frozen=True)
class Split:
    """Which folds are tested, which days train."""

    tested: tuple[int, ...]
    training: Flags


def cross_validation(trials: Sequence[Trial], per_year: float) -> dict[str, Any]:
    """Return what the choice of the best trial came to on unseen days, ready for JSON.

    Sharpe ratios are of a year, which has ``per_year`` days. ``paths`` is None where
    less than two trials were run, or days are too few.
    """
    longest = max((len(each.days) for each in trials), default=0)
    run = [each for each in trials if len(each.days) == longest]
    judged = run[:: -(-len(run) // MOST)] if run else run
    purge, embargo = held(judged, longest), ceil(EMBARGO * longest)
    head = {
        "folds": FOLDS,
        "tested_folds": TESTED,
        "purged_days": purge,
        "embargo_days": embargo,
        "trials": len(judged),
    }
    if len(judged) < 2 or longest < FOLDS * _LEAST_IN_FOLD:  # noqa: PLR2004 - one is no choice
        return head | {"paths": None}
    days = np.column_stack([each.days for each in judged])
    return head | _judged(days, splits(longest, purge, embargo), sqrt(per_year))


def held(trials: Sequence[Trial], days: int) -> int:
    """Return for how many days positions last, a third of a fold at most.

    The median over trials of the mean time that a trade was held, in whole days.
    """
    seconds = [each.metrics.get("average_duration") or 0.0 for each in trials]
    lasted = ceil(float(np.median(seconds)) / _DAY_S) if seconds else 0
    return min(lasted, days // FOLDS // 3)


def splits(days: int, purge: int, embargo: int) -> list[Split]:
    """Return each choice of folds to test, with the days that are left to train on."""
    edges = edges_of(days)
    return [
        Split(tested, _training(edges, tested, purge, embargo))
        for tested in combinations(range(FOLDS), TESTED)
    ]


def edges_of(days: int) -> Integers:
    """Return where folds begin, and the end of the last."""
    return np.linspace(0, days, FOLDS + 1).astype(np.int64)


def _training(
    edges: Integers, tested: Sequence[int], purge: int, embargo: int
) -> Flags:
    training = np.ones(int(edges[-1]), np.bool_)
    for fold in tested:
        first, last = int(edges[fold]), int(edges[fold + 1])
        training[max(first - purge, 0) : last + purge + embargo] = False
    return training


def _judged(days: Floats, made: Sequence[Split], yearly: float) -> dict[str, Any]:
    seen = [sharpes(days[each.training]) for each in made]
    chosen = [int(each.argmax()) for each in seen]
    paths = [sharpes(path[:, None])[0] * yearly for path in joined(days, made, chosen)]
    trained = [each[row] * yearly for each, row in zip(seen, chosen, strict=True)]
    return {
        "splits": len(made),
        "paths": [float(each) for each in paths],
        "median": float(np.median(paths)),
        "losing_paths": sum(bool(each < 0) for each in paths),
        "in_training": float(np.median(trained)),
        "most_chosen": Counter(chosen).most_common(1)[0][1] / len(chosen),
    }


def joined(days: Floats, made: Sequence[Split], chosen: Sequence[int]) -> list[Floats]:
    """Return the paths: each has every fold once, from a split that tested it."""
    edges = edges_of(len(days))
    by_fold = [
        [row for each, row in zip(made, chosen, strict=True) if fold in each.tested]
        for fold in range(FOLDS)
    ]
    return [
        np.concatenate(
            [
                days[edges[fold] : edges[fold + 1], by_fold[fold][path]]
                for fold in range(FOLDS)
            ]
        )
        for path in range(len(by_fold[0]))
    ]


def sharpes(days: Floats) -> Floats:
    """Return the Sharpe ratio per day of each column, 0 of flat ones."""
    mean = days.sum(axis=0) / len(days)
    off = days - mean
    spread = np.sqrt((off * off).sum(axis=0) / max(len(days) - 1, 1))
    flat = spread <= 1e-12 * np.abs(mean)
    ratios: Floats = np.divide(mean, spread, out=np.zeros_like(mean), where=~flat)
    return ratios
