"""Which values come next: of a grid in order, by chance, or learning from trials.

A batch follows from the search, its number and, when learning, the earlier trials:
whoever computes it again, anywhere, gets the same.
"""

from collections.abc import Sequence
from itertools import islice
from math import ceil

from abtpro_saas.backtesting.robustness.search import Method
from abtpro_saas.backtesting.robustness.searching.drawing import (
    SHUFFLED,
    draw,
    shuffled,
)
from abtpro_saas.backtesting.robustness.searching.space import Choices
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.plugins.api.parameters import Values


def batches(choices: Choices) -> int:
    """Return how many batches a search has."""
    return ceil(choices.trials / choices.search.batch)


def batch(choices: Choices, number: int, earlier: Sequence[Trial] = ()) -> list[Values]:
    """Return the values of batch ``number``, from 0: those of all parameters.

    Combinations that do not go together are left out: a batch may be smaller, or empty.
    ``earlier`` are the trials of all batches before, for Bayesian searches alone.
    """
    size = choices.search.batch
    start = number * size
    end = min(start + size, choices.trials)
    method, count = choices.search.method, choices.count
    if method is Method.BAYESIAN:
        # Optuna takes most of a second to load: who does not need it does without.
        from abtpro_saas.backtesting.robustness.searching import (  # noqa: PLC0415
            learning,
        )

        return learning.suggestions(choices, range(start, end), earlier)
    if method is Method.RANDOM and count is not None and count <= SHUFFLED:
        return list(islice(shuffled(choices), start, end))
    one = choices.at if method is Method.GRID else lambda place: draw(choices, place)
    found = map(one, range(start, end))
    return [each for each in found if each is not None]
