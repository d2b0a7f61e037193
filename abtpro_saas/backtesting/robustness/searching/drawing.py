"""Combinations by chance: drawn without putting back where that can be, else anew."""

from collections.abc import Collection, Iterator, Sequence

from abtpro_saas.backtesting.robustness.resampling.chance import generator
from abtpro_saas.backtesting.robustness.search import Dimension, Range
from abtpro_saas.backtesting.robustness.searching.space import Choices
from abtpro_saas.plugins.api.parameters import Value, Values

SHUFFLED = 1_000_000
"""Up to so many combinations are put in a random order as a whole."""
_TRIES = 200
"""Draws in search of one combination that goes together."""


def shuffled(choices: Choices) -> Iterator[Values]:
    """Yield all combinations that go together, each once, in a random order."""
    places = generator(choices.search.seed, 0).permutation(choices.count or 0)
    for place in places.tolist():
        found = choices.at(place)
        if found is not None:
            yield found


def draw(
    choices: Choices, number: int, tried: Collection[tuple[Value, ...]] = ()
) -> Values | None:
    """Return the random combination of a number, None where none is found.

    Each parameter is drawn evenly; combinations in ``tried`` are not drawn again.
    """
    random = generator(choices.search.seed, 1, number)
    for _ in range(_TRIES):
        chosen = {
            name: _drawn(each, choices.axes[name], float(random.random()))
            for name, each in choices.search.space.items()
        }
        if choices.key(chosen) not in tried:
            found = choices.whole(chosen)
            if found is not None:
                return found
    return None


def _drawn(dimension: Dimension, values: Sequence[Value] | None, share: float) -> Value:
    if values is not None:
        return values[int(share * len(values))]
    if not isinstance(dimension, Range):
        raise TypeError("a list has an end")
    return dimension.low + share * (dimension.high - dimension.low)
