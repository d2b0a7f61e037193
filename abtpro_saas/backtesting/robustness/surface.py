"""What a search found: its best trial, how it stands among its neighbours, a ranking.

A peak that stands alone is luck more often than a plateau is (Pardo, The Evaluation and
Optimization of Trading Strategies, 2008, chapter 10), so the stable choice is the trial
whose neighbours are good, not the one that is best itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.performance.record import Floats, Integers
from abtpro_saas.plugins.api.candles import Flags

CANDIDATES = 1_000
"""So many of the best are looked at for the stable choice."""
AT_ONCE = 2_000_000
"""Pairs of trials that are held against each other at a time, for their memory."""


def neighbourhoods(ground: Ground, rows: Integers) -> Floats:
    """Return how good the neighbours of trials are, they included: median and worst.

    Shape (rows, 2). A neighbour that is not feasible is as bad as can be.
    """
    some = max(1, AT_ONCE // max(1, len(ground.trials)))
    slices = [rows[at : at + some] for at in range(0, len(rows), some)]
    found = [
        _median_and_worst(ground.goods[each])
        for part in slices
        for each in _near(ground, part)
    ]
    return np.array(found)


def _near(ground: Ground, rows: Integers) -> Flags:
    """Return for each of ``rows`` which trials are its neighbours, itself included."""
    near = np.ones((len(rows), len(ground.trials)), np.bool_)
    for name in ground.search.space:
        places = ground.places(name)
        reach = ground.reach(name) * (1 + 1e-9)
        near &= np.abs(places[rows][:, None] - places[None, :]) <= reach
    return near


def _median_and_worst(values: Floats) -> tuple[float, float]:
    """Return the lower middle value, as infinities have no mean, and the least."""
    ordered = np.sort(values)
    return float(ordered[(len(values) - 1) // 2]), float(ordered[0])


@dataclass(frozen=True)
class Peak:
    """The best trial and the stable one, by row.

    ``plateau`` is the neighbourhood's median of the best trial by its own score (for
    what is better when less, the other way round): 1 is a plain, near 0 a needle. None
    where the two are not both above 0.
    """

    best: int
    stable: int
    plateau: float | None
    stable_plateau: float | None


def peak(ground: Ground) -> Peak | None:
    """Return the best and the stable trial; None where none is feasible."""
    rows = ground.ranked[:CANDIDATES]
    if not len(rows):
        return None
    around = neighbourhoods(ground, rows)
    # Of equal medians the one whose worst neighbour is best: the middle of a plain.
    at = max(range(len(rows)), key=lambda k: (*around[k].tolist(), -k))
    shares = [_share(ground, int(rows[k]), float(around[k, 0])) for k in (0, at)]
    return Peak(int(rows[0]), int(rows[at]), shares[0], shares[1])


def _share(ground: Ground, row: int, around: float) -> float | None:
    own = ground.sign * float(ground.goods[row])
    near = ground.sign * around
    if not np.isfinite(near) or own <= 0 or near <= 0:
        return 0.0 if near == -np.inf and own > 0 else None
    return near / own if ground.sign > 0 else own / near


def ranking(ground: Ground, most: int = 20) -> list[Mapping[str, Any]]:
    """Return the best feasible trials, the best first, ready for JSON."""
    return [row_of(ground.trials[row]) for row in ground.ranked[:most].tolist()]


def row_of(trial: Trial) -> Mapping[str, Any]:
    """Return what is shown of a trial, ready for JSON."""
    return {
        "parameters": dict(trial.values),
        "score": trial.score,
        "metrics": dict(trial.metrics),
    }
