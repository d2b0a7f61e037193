"""Runs what a search proposes, and keeps of each run what it asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from abtpro_saas.backtesting.calculating import engine, shared
from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import NOTHING, Beside, UnsupportedError
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.running import possible, run
from abtpro_saas.backtesting.robustness.search import Constraint, Search
from abtpro_saas.backtesting.robustness.searching.objectives import keys_of
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.errors import InvalidError
from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Floats, Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import BarStrategy

FAULTS = (UnsupportedError, InvalidError)
"""What one trial may come to: no engine runs it, or nothing that it leaves is measured
(backtrader lets a short owe money). The others go on."""


@dataclass(frozen=True)
class _Outcome:
    """What is kept of a run: its record is gone before the next one's."""

    metrics: Mapping[str, float | None]
    days: Floats
    traded: bool


_NOTHING = _Outcome({}, np.empty(0), traded=False)


def try_values(
    market: Sequence[Candles],
    order: Order,
    search: Search,
    grid: Sequence[Values],
    beside: Beside = NOTHING,
) -> list[Trial]:
    """Return a trial for each row of ``grid``, in its order."""
    look = partial(_look, keys_of(search))
    found = _run_all(shared(market), order, grid, look, beside)
    pairs = zip(grid, found, strict=True)
    return [_trial(search, values, outcome) for values, outcome in pairs]


def _run_all(
    market: Sequence[Candles],
    order: Order,
    grid: Sequence[Values],
    look: Callable[[Record], _Outcome],
    beside: Beside,
) -> list[_Outcome]:
    chosen, strategy = engine(order.engine), find_strategy(order.strategy)
    if isinstance(chosen, CompiledEngine) and not isinstance(strategy, BarStrategy):
        try:
            setup = possible(order.setup, beside)
            return chosen.sweep(market, strategy, grid, setup, look, beside=beside)
        except FAULTS:
            pass  # one of them: what becomes of the others is found one by one
    return [_run(market, order, values, look, beside) for values in grid]


def _run(
    market: Sequence[Candles],
    order: Order,
    values: Values,
    look: Callable[[Record], _Outcome],
    beside: Beside,
) -> _Outcome:
    try:  # a bar strategy remembers its run: each has one of its own
        return look(run(market, order, values=values, beside=beside))
    except FAULTS:
        return _NOTHING


def _look(keys: Sequence[str], record: Record) -> _Outcome:
    metrics = {key: each.value for key, each in measure(record, keys).items()}
    return _Outcome(metrics, Days(record).returns, traded=len(record.trades) > 0)


def _trial(search: Search, values: Values, outcome: _Outcome) -> Trial:
    metrics = outcome.metrics
    score = metrics.get(search.objective)
    kept = all(_holds(each, metrics) for each in search.constraints)
    feasible = score is not None and outcome.traded and kept
    return Trial(dict(values), metrics, score, feasible, outcome.days)


def _holds(constraint: Constraint, metrics: Mapping[str, float | None]) -> bool:
    """Tell whether a metric is within its bounds; one without a value is not."""
    value = metrics.get(constraint.metric)
    if value is None:
        return False
    enough = constraint.least is None or value >= constraint.least
    return enough and (constraint.most is None or value <= constraint.most)
