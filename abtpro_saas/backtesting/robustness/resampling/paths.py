"""Many courses of one account, and what they have in common; ready for JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from abtpro_saas.performance.record import Floats, Integers

POINTS, DIGITS = 400, 7
"""Of a curve that is drawn."""
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
BANDS = (5, 25, 50, 75, 95)
FALLS = (10, 20, 30, 40, 50, 60, 75, 90)
"""Drawdowns in percent of which the probability is told."""


@dataclass
class Paths:
    """Courses of equity that begin with ``initial`` and have ``steps`` values after it.

    Of each course its end, its lowest value and its deepest drawdown are kept, and the
    values at the steps in ``drawn``.
    """

    initial: float
    steps: int
    ends: list[Floats] = field(default_factory=list)
    lows: list[Floats] = field(default_factory=list)
    falls: list[Floats] = field(default_factory=list)
    shown: list[Floats] = field(default_factory=list)

    @property
    def drawn(self) -> Integers:
        """The steps that are drawn: evenly spaced, the last one included."""
        count = min(self.steps, POINTS)
        return np.linspace(0, self.steps - 1, count).round().astype(np.int64)

    def add(self, equity: Floats) -> None:
        """Take courses in, one a row, shape (courses, steps)."""
        peaks = np.maximum(np.maximum.accumulate(equity, axis=1), self.initial)
        self.falls.append(((peaks - equity) / peaks).max(axis=1))
        self.lows.append(equity.min(axis=1))
        self.ends.append(equity[:, -1].copy())
        self.shown.append(equity[:, self.drawn])


def paths_of(initial: float, steps: int, courses: Iterable[Floats]) -> Paths:
    """Return the paths that all courses make, given some at a time."""
    paths = Paths(initial, steps)
    for each in courses:
        paths.add(each)
    return paths


ROUNDING = 1e-9
"""Of an end: shuffled, the same profits are added up in another order."""


def summary(paths: Paths, original: Floats, ruin: float) -> dict[str, Any]:
    """Return bands, percentiles and probabilities; ``original`` is the run's course.

    Drawdowns are in percent; probabilities are shares of all courses. ``at_least`` is
    how many ended no worse than the run did.
    """
    own = paths_of(paths.initial, paths.steps, [original[None, :]])
    ends, falls = np.concatenate(paths.ends), 100 * np.concatenate(paths.falls)
    lows, shown = np.concatenate(paths.lows), np.concatenate(paths.shown)
    end = float(original[-1])
    no_worse = _share(ends >= end * (1 - ROUNDING))
    lost = _share(ends < paths.initial * (1 - ROUNDING))
    return {
        "bands": {
            str(each): _drawn(np.percentile(shown, each, axis=0)) for each in BANDS
        },
        "original": _drawn(own.shown[0][0]),
        "end": _spread(ends) | {"original": end, "at_least": no_worse},
        "drawdown": _spread(falls) | {"original": 100 * float(own.falls[0][0])},
        "loss_probability": lost,
        "ruin": {
            "loss": ruin,
            "probability": _share(lows <= (1 - ruin) * paths.initial),
        },
        "drawdown_probability": [
            {"drawdown": each, "probability": _share(falls >= each)} for each in FALLS
        ],
    }


def _drawn(values: Floats) -> list[float]:
    """Return a curve in the digits that a drawing has."""
    return [float(f"{each:.{DIGITS}g}") for each in values.tolist()]


def _spread(values: Floats) -> dict[str, Any]:
    found: Sequence[float] = np.percentile(values, PERCENTILES).tolist()
    at: Mapping[str, float] = dict(zip(map(str, PERCENTILES), found, strict=True))
    return {"percentiles": dict(at), "mean": float(values.mean())}


def _share(chosen: np.ndarray) -> float:
    return float(chosen.mean())
