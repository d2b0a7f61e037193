"""What processes call: studies cut into chunks, and what their chunks come to.

A chunk computed again gives the same bytes. ``order`` is a checked one everywhere: with
all parameters, ``start`` and ``end``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo
from abtpro_saas.backtesting.robustness.search import Search
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.robustness.walking import Walk, WindowResult
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles


@dataclass(frozen=True)
class Plan:
    """How a study is cut; ``sequential`` chunks need all earlier ones' trials."""

    chunks: int
    trials: int
    sequential: bool = False


def plan_optimisation(order: Order, search: Search) -> tuple[Search, Plan]:
    """Return the search with its names and values in full, and how it is cut.

    Raises:
        OrderError: it cannot be run; ``field`` names what to change.
    """
    raise NotImplementedError


def optimise_batch(
    market: Sequence[Candles],
    order: Order,
    search: Search,
    number: int,
    earlier: Sequence[Trial] = (),
) -> list[Trial]:
    """Return the trials of chunk ``number``, from 0.

    ``earlier`` are those of all chunks before it, in their order, where chunks are
    sequential; else it is not looked at.
    """
    raise NotImplementedError


def optimisation_findings(
    order: Order, search: Search, trials: Sequence[Trial], counted: TrialStats
) -> dict[str, Any]:
    """Return what a search has found, ready for JSON.

    ``counted`` are the trials on these data, those of this search included.
    """
    raise NotImplementedError


def stats_of(trials: Sequence[Trial]) -> TrialStats:
    """Return what a search adds to the trials on its data."""
    raise NotImplementedError


def plan_walk(order: Order, search: Search, walk: Walk) -> tuple[Search, Plan]:
    """Return the search in full, and a chunk for each window.

    Raises:
        OrderError: it cannot be run; ``field`` names what to change.
    """
    raise NotImplementedError


def walk_window(
    market: Sequence[Candles], order: Order, search: Search, walk: Walk, number: int
) -> WindowResult:
    """Return what window ``number``, from 0, comes to."""
    raise NotImplementedError


def walk_findings(
    order: Order, walk: Walk, search: Search, results: Sequence[WindowResult]
) -> dict[str, Any]:
    """Return what a walk has found, ready for JSON; ``results`` in their order."""
    raise NotImplementedError


def monte_carlo(
    market: Sequence[Candles], order: Order, record: Record, plan: MonteCarlo
) -> dict[str, Any]:
    """Return percentile bands and probabilities, ready for JSON.

    ``market`` is looked at for candle noise alone; else it may be empty.
    """
    raise NotImplementedError
