"""What a search tries, and what it looks for: a frozen value that decides all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.reading import LARGEST_SEED, Members
from abtpro_saas.errors import Faults
from abtpro_saas.plugins.api.parameters import Value

MOST_TRIALS = 100_000
TRIALS, OBJECTIVE = 100, "sharpe_ratio"
"""What is meant where they are not named; a grid is tried as a whole."""


class Method(StrEnum):
    """How the next values are chosen."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included, ``step`` apart or any between.

    A whole parameter without a step goes in ones.
    """

    low: float
    high: float
    step: float | None = None


Dimension: TypeAlias = Range | tuple[Value, ...]


@dataclass(frozen=True)
class Constraint:
    """What a metric must be for a trial to count; None is no bound."""

    metric: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Search:
    """Which parameters are varied, within what, and by which metric trials are ranked.

    ``trials`` is the most that are run; a grid has as many as it has combinations.
    ``batch`` is how many of them make a chunk of work, set when the search is planned.
    """

    method: Method
    space: Mapping[str, Dimension]
    objective: str = OBJECTIVE
    trials: int = TRIALS
    seed: int = 0
    constraints: tuple[Constraint, ...] = ()
    batch: int = 1


def search_json(search: Search) -> dict[str, Any]:
    """Return a search as JSON keeps it."""
    space = {name: _dimension_json(each) for name, each in search.space.items()}
    constraints = [asdict(each) for each in search.constraints]
    return asdict(search) | {"space": space, "constraints": constraints}


def _dimension_json(dimension: Dimension) -> object:
    return asdict(dimension) if isinstance(dimension, Range) else list(dimension)


def search_from(given: Mapping[str, Any], faults: Faults | None = None) -> Search:
    """Return the search that ``search_json`` wrote, or that a request asks for.

    Given ``faults``, members that cannot be used are noted there.

    Raises:
        OrderError: members cannot be used; ``field`` names one, as ``search.trials``.
    """
    members = Members(given, "search.", Faults() if faults is None else faults)
    method = members.word("method", Method)
    trials = MOST_TRIALS if method is Method.GRID else TRIALS
    search = Search(
        method=method,
        space=_space(given.get("space"), members.faults),
        objective=members.text("objective", OBJECTIVE, "the name of a metric"),
        trials=members.whole("trials", trials, 1, MOST_TRIALS),
        seed=members.whole("seed", 0, 0, LARGEST_SEED),
        constraints=_constraints(given.get("constraints"), members.faults),
        batch=members.whole("batch", 1, 1, MOST_TRIALS),
    )
    if faults is None:
        members.faults.tell()
    return search


def refusal(message: str, field: str) -> OrderError:
    """Return the refusal of a member of a search."""
    return OrderError(message, f"search.{field}")


def _space(given: object, faults: Faults) -> dict[str, Dimension]:
    if not isinstance(given, Mapping) or not given:
        message = "name at least one parameter, and what to try of it"
        faults.note(refusal(message, "space"))
        return {}
    found: dict[str, Dimension] = {}
    for name, each in given.items():
        with faults.noted():
            found[str(name)] = _dimension(str(name), each)
    return found


def _dimension(name: str, given: object) -> Dimension:
    if isinstance(given, Mapping):
        members = Members(given, f"search.space.{name}.")
        low, high = members.any_number("low"), members.any_number("high")
        step = members.any_number("step")
        members.faults.tell()
        if low is None or high is None or high < low:
            raise refusal("low, and a high that is not below", f"space.{name}")
        return Range(low, high, step)
    listed = tuple(given) if isinstance(given, list | tuple) else ()
    if listed and all(isinstance(each, int | float | str) for each in listed):
        return listed
    message = "either low and high (and step), or a list of values"
    raise refusal(message, f"space.{name}")


def _constraints(given: object, faults: Faults) -> tuple[Constraint, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        faults.note(refusal("a list of constraints", "constraints"))
        return ()
    return tuple(_constraint(each, place, faults) for place, each in enumerate(given))


def _constraint(given: Mapping[str, Any], place: int, faults: Faults) -> Constraint:
    members = Members(given, f"search.constraints.{place}.", faults)
    metric = members.text("metric", "", "the name of a metric")
    least, most = members.any_number("least"), members.any_number("most")
    if least is None and most is None:
        members.refuse("the least, or the most, that it may be", "least")
    return Constraint(metric, least, most)
