"""The combinations that a search may try, held against what a strategy declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from abtpro_saas.backtesting.robustness.search import (
    MOST_TRIALS,
    Dimension,
    Method,
    Range,
    Search,
    refusal,
)
from abtpro_saas.backtesting.robustness.searching.objectives import check_metrics
from abtpro_saas.errors import Faults
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Integer,
    Number,
    Parameter,
    ParameterError,
    Value,
    Values,
)
from abtpro_saas.plugins.api.strategies import Strategy

MOST_POINTS = 10_000
"""Of one parameter."""
_DIGITS = 12
"""Steps are decimal: 0.1 + 2 x 0.1 is 0.3."""


def check_search(search: Search, strategy: Strategy) -> Search:
    """Return the search with its strategy's names and values, and its trials in full.

    Raises:
        OrderError: ``field`` names what cannot be used, as ``search.space.fast``.
    """
    faults = Faults()
    with faults.noted():
        check_metrics(search)
    space: dict[str, Dimension] = {}
    for name, given in search.space.items():
        with faults.noted():
            parameter = _declared(name, strategy, space)
            space[parameter.name] = _checked(name, parameter, given)
    faults.tell()
    return _counted(replace(search, space=space))


def _declared(
    name: str, strategy: Strategy, space: Mapping[str, Dimension]
) -> Parameter:
    declared = {
        name: each for each in strategy.parameters for name in (each.name, *each.also)
    }
    if name not in declared:
        known = ", ".join(each.name for each in strategy.parameters) or "none"
        raise refusal(f"unknown; there are: {known}", f"space.{name}")
    parameter = declared[name]
    if parameter.name in space:
        raise refusal(f"given twice, as {parameter.name} too", f"space.{name}")
    return parameter


def _counted(search: Search) -> Search:
    """Return a grid with as many trials as it has combinations."""
    if search.method is not Method.GRID:
        return search
    for name, each in search.space.items():
        if isinstance(each, Range) and each.step is None:
            raise refusal("a grid needs a step", f"space.{name}.step")
    there = combinations(search)
    if there is None or there > min(search.trials, MOST_TRIALS):
        raise refusal(
            f"the grid has {there:,} combinations: take larger steps, or more trials"
            f" ({MOST_TRIALS:,} at most)",
            "trials",
        )
    return replace(search, trials=there)


def _checked(name: str, parameter: Parameter, given: Dimension) -> Dimension:
    try:
        if isinstance(given, tuple):
            return tuple(dict.fromkeys(parameter.read(each) for each in given))
        return _range(name, parameter, given)
    except ParameterError as error:
        raise refusal(f"{name}: {error}", f"space.{name}") from None


def _range(name: str, parameter: Parameter, given: Range) -> Range:
    if isinstance(parameter, Choice):
        options = ", ".join(parameter.options)
        raise refusal(f"a list of some of {options}", f"space.{name}")
    low, high = parameter.read(given.low), parameter.read(given.high)
    step = _step(name, parameter, given)
    if step is not None and (high - low) / step >= MOST_POINTS:
        raise refusal(f"{MOST_POINTS:,} values at most", f"space.{name}.step")
    return Range(low, high, step)


def _step(name: str, parameter: Integer | Number, given: Range) -> float | None:
    whole = isinstance(parameter, Integer)
    if given.step is None:
        return 1 if whole else None
    if given.step <= 0 or (whole and given.step != int(given.step)):
        kind = "a whole number" if whole else "a number"
        raise refusal(f"{kind} above 0", f"space.{name}.step")
    return int(given.step) if whole else given.step


def points(dimension: Dimension) -> Sequence[Value] | None:
    """Return the values of one parameter in order, None where there is no end of them.

    Raises:
        TypeError: a dimension that ``check_search`` has not read.
    """
    if isinstance(dimension, tuple):
        return dimension
    low, high, step = dimension.low, dimension.high, dimension.step
    if step is None:
        return (low,) if low == high else None
    count = int((high - low) / step * (1 + 1e-12) + 1e-9) + 1
    if isinstance(low, int):
        return range(low, low + count * int(step), int(step))
    return [min(round(low + k * step, _DIGITS), high) for k in range(count)]


@dataclass(frozen=True)
class Choices:
    """What a checked search may choose; ``values`` are those of all parameters else."""

    search: Search
    strategy: Strategy
    values: Values

    @cached_property
    def axes(self) -> Mapping[str, Sequence[Value] | None]:
        """The values of each parameter, None where there is no end of them."""
        return {name: points(each) for name, each in self.search.space.items()}

    @cached_property
    def count(self) -> int | None:
        """How many combinations there are, None where there is no end of them."""
        return combinations(self.search)

    @cached_property
    def trials(self) -> int:
        """How many trials there can be: no more than combinations."""
        return min(self.search.trials, self.count or self.search.trials)

    def at(self, place: int) -> Values | None:
        """Return a combination by its place, the last parameter changing fastest.

        None where its values do not go together.
        """
        chosen: dict[str, Value] = {}
        for name in reversed(tuple(self.axes)):
            values = self.axes[name]
            if values is None:
                raise ValueError("there is no end of combinations")
            place, at = divmod(place, len(values))
            chosen[name] = values[at]
        return self.whole(chosen)

    def whole(self, chosen: Values) -> Values | None:
        """Return all values with those chosen, None where they do not go together."""
        together = {**self.values, **chosen}
        try:
            self.strategy.check(together)
        except ParameterError:
            return None
        return together

    def key(self, values: Values) -> tuple[Value, ...]:
        """Return what tells one combination from another."""
        return tuple(values[name] for name in self.search.space)


def combinations(search: Search) -> int | None:
    """Return how many combinations there are, None where there is no end of them."""
    found = [points(each) for each in search.space.values()]
    counts = [len(each) for each in found if each is not None]
    return prod(counts) if len(counts) == len(found) else None
