"""The trials of a search laid out in its space: where each lies, how good it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from abtpro_saas.backtesting.robustness.search import Range, Search
from abtpro_saas.backtesting.robustness.searching.objectives import sign_of
from abtpro_saas.backtesting.robustness.searching.space import points
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.performance.record import Floats, Integers

NEAR = 0.05
"""Of an axis: trials as near as this, or a step, in every parameter are neighbours."""


@dataclass(frozen=True)
class Ground:
    """The trials of a search, by places in its space."""

    search: Search
    trials: Sequence[Trial]

    @cached_property
    def sign(self) -> int:
        """1 where more is better."""
        return sign_of(self.search.objective)

    @cached_property
    def goods(self) -> Floats:
        """How good each trial is: more is better, and nothing is worse than -inf."""
        found = [
            self.sign * each.score
            if each.feasible and each.score is not None
            else -np.inf
            for each in self.trials
        ]
        return np.array(found, np.float64)

    @cached_property
    def ranked(self) -> Integers:
        """The rows of feasible trials, the best first; of equals the first tried."""
        order = np.argsort(-self.goods, kind="stable")
        return order[np.isfinite(self.goods[order])]

    def places(self, name: str) -> Floats:
        """Return where each trial lies on a parameter's axis."""
        values = points(self.search.space[name])
        chosen = [each.values[name] for each in self.trials]
        if values is None:
            return np.array(chosen, np.float64)
        at = {value: place for place, value in enumerate(values)}
        return np.array([at[each] for each in chosen], np.float64)

    def reach(self, name: str) -> float:
        """Return how far neighbours are apart on a parameter's axis; words are not."""
        dimension = self.search.space[name]
        values = points(dimension)
        if values is None and isinstance(dimension, Range):
            return NEAR * (dimension.high - dimension.low)
        if any(isinstance(each, str) for each in values or ()):
            return 0.0
        return max(1.0, float(int(NEAR * len(values or ()))))
