"""What processes call: the chunks of studies, and what they come to.

A chunk computed again gives the same bytes. ``order`` and ``search`` are those that
``planning`` returned: checked and in full.
"""

from collections.abc import Sequence
from typing import Any

from abtpro_saas.backtesting.engines.port import NOTHING, Beside
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness import surface
from abtpro_saas.backtesting.robustness.resampled import MonteCarlo
from abtpro_saas.backtesting.robustness.resampling.simulating import simulate
from abtpro_saas.backtesting.robustness.search import Search
from abtpro_saas.backtesting.robustness.searching import luck, maps
from abtpro_saas.backtesting.robustness.searching.ground import Ground
from abtpro_saas.backtesting.robustness.searching.proposals import batch
from abtpro_saas.backtesting.robustness.searching.space import Choices
from abtpro_saas.backtesting.robustness.searching.trying import try_values
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.robustness.walking import Walk, WindowResult
from abtpro_saas.backtesting.robustness.walks import joining
from abtpro_saas.backtesting.robustness.walks.computing import compute_window
from abtpro_saas.backtesting.robustness.walks.purged import cross_validation
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.performance.arithmetic.calendar import DAY_MS, YEAR_MS
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles


def optimise_batch(
    market: Sequence[Candles],
    order: Order,
    search: Search,
    number: int,
    earlier: Sequence[Trial] = (),
    *,
    beside: Beside = NOTHING,
) -> list[Trial]:
    """Return the trials of chunk ``number``, from 0.

    ``earlier`` are those of all chunks before it, in their order, where chunks are
    sequential; else it is not looked at.
    """
    choices = Choices(search, find_strategy(order.strategy), order.parameters)
    grid = batch(choices, number, earlier)
    return try_values(market, order, search, grid, beside)


def optimisation_findings(
    order: Order, search: Search, trials: Sequence[Trial], counted: luck.TrialStats
) -> dict[str, Any]:
    """Return what a search has found, ready for JSON.

    ``counted`` are the trials on these data, those of this search included.
    """
    choices = Choices(search, find_strategy(order.strategy), order.parameters)
    ground = Ground(search, trials)
    return {
        "objective": search.objective,
        "better": "more" if ground.sign > 0 else "less",
        "trials": len(trials),
        "left_out": choices.trials - len(trials),
        "feasible": len(ground.ranked),
        **_best(ground, counted),
        "ranking": surface.ranking(ground),
        "lines": maps.lines(ground),
        "heat_maps": maps.heat_maps(ground),
        "overfitting": luck.overfitting(trials),
        "cross_validation": cross_validation(trials, _days_of_year(order)),
        "counted_trials": counted.count,
    }


def _best(ground: Ground, counted: luck.TrialStats) -> dict[str, Any]:
    found = surface.peak(ground)
    if found is None:
        return {"best": None, "stable": None, "deflated_sharpe_ratio": None}
    best, stable = ground.trials[found.best], ground.trials[found.stable]
    moments = luck.moments_of(best.days)
    return {
        "best": {**surface.row_of(best), "plateau": found.plateau},
        "stable": {**surface.row_of(stable), "plateau": found.stable_plateau},
        "deflated_sharpe_ratio": luck.deflated(moments, counted),
    }


def _days_of_year(order: Order) -> float:
    return YEAR_MS / max(step_of(order.timeframe), DAY_MS)


def stats_of(trials: Sequence[Trial]) -> luck.TrialStats:
    """Return what a search adds to the trials on its data."""
    return luck.stats_of([each.days for each in trials])


def walk_window(
    market: Sequence[Candles],
    order: Order,
    search: Search,
    walk: Walk,
    number: int,
    *,
    beside: Beside = NOTHING,
) -> WindowResult:
    """Return what window ``number``, from 0, comes to."""
    return compute_window(market, order, search, walk, number, beside=beside)


def walk_findings(
    order: Order, walk: Walk, search: Search, results: Sequence[WindowResult]
) -> dict[str, Any]:
    """Return what a walk has found, ready for JSON; ``results`` in their order."""
    head = {
        "mode": walk.mode.value,
        "embargo": walk.embargo,
        "objective": search.objective,
    }
    return head | joining.findings(order, results)


def monte_carlo(
    market: Sequence[Candles],
    order: Order,
    record: Record,
    plan: MonteCarlo,
    beside: Beside = NOTHING,
) -> dict[str, Any]:
    """Return percentile bands and probabilities, ready for JSON.

    ``market`` is looked at for candle noise alone; else it may be empty.

    Raises:
        OrderError: there are too few trades or days to draw from.
    """
    return simulate(market, order, record, plan, beside)
