"""How studies are cut into chunks: decided once, before anything is computed.

Light to import: who orders a study does not compute it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from abtpro_saas.backtesting.limits import check_study
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo, Resampling
from abtpro_saas.backtesting.robustness.search import Method, Search
from abtpro_saas.backtesting.robustness.searching.space import Choices, check_search
from abtpro_saas.backtesting.robustness.walking import Walk
from abtpro_saas.backtesting.robustness.walks.cutting import Gaps, bars_of, windows_in
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.plugins.api.strategies import BarStrategy, Strategy

SECONDS = 2.0
"""Of processor time that a chunk takes, about: short enough to lose."""
VECTOR, BARS, BACKTRADER = 3e-8, 5e-5, 1e-4
"""Seconds for a bar of a run, by its form: a guess that decides how work is cut, and
what is too much, and nothing else."""
NOISE = 1e-7
"""Seconds for a bar to be moved by chance."""
PER_RUN = 1e-3
LARGEST_BATCH, LEARNING_BATCH = 200, 10
"""Of trials; what learns, learns between batches."""
MOST_LEARNING = 2_000
"""Trials of a search that learns: each batch reads all before it."""
LONGEST_TASK_S, LONGEST_STUDY_S = 4 * 3_600.0, 7 * 86_400.0
"""Of processor time that one task and a whole study may take by that guess: a task
that took longer than its time limit would end at nothing."""


class TooMuchError(OrderError):
    """A study would take longer than one may; ``field`` names what to take fewer of."""


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
        OrderError: it cannot be run, or is too much; ``field`` names what to change.
    """
    search, plan = _planned(order, search)
    _check_work([plan.trials * _seconds(order, bars_of(order))], "search.trials")
    return search, plan


def plan_walk(
    order: Order, search: Search, walk: Walk, gaps: Gaps = ()
) -> tuple[Search, Plan]:
    """Return the search in full, and a chunk for each window.

    ``gaps`` are those in the candles of the order's symbols.

    Raises:
        OrderError: it cannot be run, or is too much; ``field`` names what to change.
    """
    search, plan = _planned(order, search)
    windows = windows_in(order, walk, gaps)
    one = [plan.trials * _seconds(order, each.end - each.start) for each in windows]
    _check_work(one, "search.trials", at_once=max(one))
    return search, Plan(len(windows), len(windows) * plan.trials)


def check_monte_carlo(order: Order, plan: MonteCarlo) -> None:
    """Refuse more runs over noisy candles than one task can make.

    Raises:
        OrderError: it is too much, or the order is of what a single run alone can do.
    """
    if plan.method is not Resampling.CANDLE_NOISE:
        return
    check_study(order)
    bars = bars_of(order)
    one = _seconds(order, bars) + NOISE * bars * len(order.symbols)
    whole = plan.simulations * one
    _check_work([whole], "simulations", at_once=whole)


def _planned(order: Order, search: Search) -> tuple[Search, Plan]:
    check_study(order)
    strategy = find_strategy(order.strategy)
    search = check_search(search, strategy)
    learns = search.method is Method.BAYESIAN
    batch = LEARNING_BATCH if learns else _batch(order)
    search = replace(search, batch=batch)
    trials = Choices(search, strategy, order.parameters).trials
    if learns and trials > MOST_LEARNING:
        told = f"{MOST_LEARNING:,} at most of a search that learns"
        raise TooMuchError(told, "search.trials")
    return search, Plan(-(-trials // batch), trials, learns)


def _batch(order: Order) -> int:
    one = _seconds(order, bars_of(order))
    return max(1, min(LARGEST_BATCH, int(SECONDS / one)))


def _seconds(order: Order, bars: int) -> float:
    """Return about how long a run over so many bars of each symbol takes."""
    strategy = find_strategy(order.strategy)
    return seconds_of(strategy, order.engine, bars * len(order.symbols))


def seconds_of(strategy: Strategy, engine: EngineName, bars: int) -> float:
    """Return about how long a run over so many bars, of all symbols together, takes."""
    per_bar = BARS if isinstance(strategy, BarStrategy) else VECTOR
    if engine is EngineName.BACKTRADER:
        per_bar = BACKTRADER
    return PER_RUN + bars * per_bar


def _check_work(parts: Sequence[float], field: str, at_once: float = 0.0) -> None:
    """Refuse a study of which the whole, or what is computed ``at_once``, is too long.

    Raises:
        TooMuchError: ``field`` is what to take fewer of.
    """
    if at_once > LONGEST_TASK_S or sum(parts) > LONGEST_STUDY_S:
        hours = max(at_once, sum(parts)) / 3_600
        raise TooMuchError(
            f"this would take about {hours:,.0f} hours of a processor: take fewer, or"
            " fewer candles",
            field,
        )
