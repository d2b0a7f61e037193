"""How studies are cut into chunks: decided once, before anything is computed.

Light to import: who orders a study does not compute it.
"""

from dataclasses import dataclass, replace

from abtpro_saas.backtesting.limits import check_study
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.search import Method, Search
from abtpro_saas.backtesting.robustness.searching.space import Choices, check_search
from abtpro_saas.backtesting.robustness.walking import Walk, windows_of
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.strategies import BarStrategy, Strategy

SECONDS = 2.0
"""Of processor time that a chunk takes, about: short enough to lose."""
VECTOR, BARS, BACKTRADER = 3e-8, 5e-5, 1e-4
"""Seconds for a bar of a run, by its form: a guess that decides how work is cut, and
nothing else."""
PER_RUN = 1e-3
LARGEST_BATCH, LEARNING_BATCH = 200, 10
"""Of trials; what learns, learns between batches."""


@dataclass(frozen=True)
class Plan:
    """How a study is cut; ``sequential`` chunks need all earlier ones' trials."""

    chunks: int
    trials: int
    sequential: bool = False


def plan_optimisation(order: Order, search: Search) -> tuple[Search, Plan]:
    """Return the search with its names and values in full, and how it is cut.

    ``order`` was checked: it has all parameters, start and end.

    Raises:
        OrderError: it cannot be run; ``field`` names what to change.
    """
    check_study(order)
    strategy = find_strategy(order.strategy)
    search = check_search(search, strategy)
    search = replace(search, batch=_batch(order, search, strategy))
    choices = Choices(search, strategy, order.parameters)
    learns = search.method is Method.BAYESIAN
    chunks = -(-choices.trials // search.batch)
    return search, Plan(chunks, choices.trials, learns)


def plan_walk(order: Order, search: Search, walk: Walk) -> tuple[Search, Plan]:
    """Return the search in full, and a chunk for each window.

    Raises:
        OrderError: it cannot be run; ``field`` names what to change.
    """
    search, plan = plan_optimisation(order, search)
    warm_up = find_strategy(order.strategy).warm_up(order.parameters)
    windows = windows_of(walk, bars_of(order), warm_up)
    return search, Plan(len(windows), len(windows) * plan.trials)


def bars_of(order: Order) -> int:
    """Return how many candles of a symbol a checked order spans, gaps included."""
    if order.start is None or order.end is None:
        raise ValueError("the order was not checked: it has no start or no end")
    return (order.end - order.start) // step_of(order.timeframe)


def _batch(order: Order, search: Search, strategy: Strategy) -> int:
    if search.method is Method.BAYESIAN:
        return LEARNING_BATCH
    if order.engine is EngineName.BACKTRADER:
        per_bar = BACKTRADER
    else:
        per_bar = BARS if isinstance(strategy, BarStrategy) else VECTOR
    one = PER_RUN + bars_of(order) * len(order.symbols) * per_bar
    return max(1, min(LARGEST_BATCH, int(SECONDS / one)))
