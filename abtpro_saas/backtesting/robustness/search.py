"""What a search tries, and what it looks for: a frozen value that decides all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, TypeAlias

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.plugins.api.parameters import Value

MOST_TRIALS = 100_000
LARGEST_SEED = 2**31 - 1
DEFAULT_TRIALS = 100


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
    """

    method: Method
    space: Mapping[str, Dimension]
    objective: str = "sharpe_ratio"
    trials: int = DEFAULT_TRIALS
    seed: int = 0
    constraints: tuple[Constraint, ...] = ()


def search_json(search: Search) -> dict[str, Any]:
    """Return a search as JSON keeps it."""
    space = {name: _dimension_json(each) for name, each in search.space.items()}
    constraints = [asdict(each) for each in search.constraints]
    return asdict(search) | {"space": space, "constraints": constraints}


def _dimension_json(dimension: Dimension) -> object:
    return asdict(dimension) if isinstance(dimension, Range) else list(dimension)


def search_from(given: Mapping[str, Any]) -> Search:
    """Return the search that ``search_json`` wrote, or that a request asks for.

    Raises:
        OrderError: a member cannot be used; ``field`` names it, as ``search.trials``.
    """
    return Search(
        method=_method(given.get("method")),
        space=_space(given.get("space")),
        objective=_text(given.get("objective", "sharpe_ratio"), "objective"),
        trials=_whole(given.get("trials"), "trials", DEFAULT_TRIALS, 1, MOST_TRIALS),
        seed=_whole(given.get("seed"), "seed", 0, 0, LARGEST_SEED),
        constraints=_constraints(given.get("constraints")),
    )


def refusal(message: str, field: str) -> OrderError:
    """Return the refusal of a member of a search."""
    return OrderError(message, f"search.{field}")


def _method(given: object) -> Method:
    try:
        return Method(str(given).strip().lower())
    except ValueError:
        raise refusal(f"one of {', '.join(Method)}", "method") from None


def _text(given: object, field: str) -> str:
    if not isinstance(given, str):
        raise refusal("the name of a metric", field)
    return given.strip()


def _whole(given: object, field: str, default: int, low: int, high: int) -> int:
    if given is None:
        return default
    whole = isinstance(given, int | float) and not isinstance(given, bool)
    if not whole or given != given // 1 or not low <= given <= high:  # type: ignore[operator]
        raise refusal(f"a whole number from {low} to {high:,}", field)
    return int(given)  # type: ignore[call-overload,no-any-return]


def _space(given: object) -> dict[str, Dimension]:
    if not isinstance(given, Mapping) or not given:
        raise refusal("name at least one parameter, and what to try of it", "space")
    return {str(name): _dimension(str(name), each) for name, each in given.items()}


def _dimension(name: str, given: object) -> Dimension:
    field = f"space.{name}"
    if isinstance(given, Mapping):
        low, high = (_number(given.get(end), f"{field}.{end}") for end in _ENDS)
        step = given.get("step")
        return Range(
            low, high, None if step is None else _number(step, f"{field}.step")
        )
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    if listed and given and all(isinstance(each, int | float | str) for each in given):
        return tuple(given)
    raise refusal("either low and high (and step), or a list of values", field)


_ENDS = ("low", "high")


def _number(given: object, field: str) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not isfinite(given):  # type: ignore[arg-type]
        raise refusal("a number", field)
    return float(given)  # type: ignore[arg-type]


def _constraints(given: object) -> tuple[Constraint, ...]:
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise refusal("a list of constraints", "constraints")
    return tuple(_constraint(each, place) for place, each in enumerate(given))


def _constraint(given: object, place: int) -> Constraint:
    field = f"constraints.{place}"
    if not isinstance(given, Mapping):
        raise refusal("a metric, and the least or the most it may be", field)
    least, most = (
        None if given.get(end) is None else _number(given[end], f"{field}.{end}")
        for end in ("least", "most")
    )
    if least is None and most is None:
        raise refusal("the least or the most that it may be", field)
    return Constraint(_text(given.get("metric"), f"{field}.metric"), least, most)
