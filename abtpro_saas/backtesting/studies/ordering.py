"""A study is ordered: checked and cut into chunks first, so that what runs can succeed.

A study takes one of its user's places, as a run does.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.checking import check_strategy
from abtpro_saas.backtesting.orders import Order, OrderError, order_from
from abtpro_saas.backtesting.robustness.planning import (
    Plan,
    check_monte_carlo,
    plan_optimisation,
    plan_walk,
)
from abtpro_saas.backtesting.robustness.resampled import (
    MonteCarlo,
    Resampling,
    plan_json,
)
from abtpro_saas.backtesting.robustness.search import (
    Dimension,
    Range,
    Search,
    search_json,
)
from abtpro_saas.backtesting.robustness.searching.space import Choices, check_search
from abtpro_saas.backtesting.robustness.walking import Walk, walk_json
from abtpro_saas.backtesting.runs.beginning import require_features
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.runs.matching import is_stale
from abtpro_saas.backtesting.runs.ordering import Ready, Study, prepare, put
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import RunKind
from abtpro_saas.errors import Faults, InvalidError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.plugins.api.parameters import ParameterError, Values, read_values

MOST_TRIED = 10_000
"""Combinations that are looked at for one that goes together."""


def order_optimisation(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Order,
    search: Search,
    *,
    most: int,
    now: datetime,
    faults: Faults | None = None,
) -> Backtest:
    """Return a search for parameters that waits for its turn, or has it.

    ``faults`` are those that were found when it was read.

    Raises:
        InvalidError: it cannot be run; the field is named, as ``search.space.fast``.
        FeatureNeededError, TooManyRunsError: as ``order_run``.
    """
    noted = Faults() if faults is None else faults
    order = _starting(order, search, noted)
    ready = prepare(session, tenant_id, user_id, order, now=now, faults=noted)
    search, plan = plan_optimisation(ready.order, search)
    asked = {"search": search_json(search), **_cut(plan)}
    study = Study(RunKind.OPTIMISATION, asked, plan.chunks)
    return put(session, tenant_id, user_id, ready, study, most=most, now=now)


def order_walk_forward(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Order,
    asked: tuple[Search, Walk],
    *,
    most: int,
    now: datetime,
    faults: Faults | None = None,
) -> Backtest:
    """Return a walk forward that waits for its turn, or has it: a chunk each window.

    ``faults`` are those that were found when it was read.

    Raises:
        InvalidError: it cannot be run; the field is named, as ``walk.windows``.
        FeatureNeededError, TooManyRunsError: as ``order_run``.
    """
    search, walk = asked
    noted = Faults() if faults is None else faults
    order = _starting(order, search, noted)
    ready = prepare(session, tenant_id, user_id, order, now=now, faults=noted)
    search, plan = plan_walk(ready.order, search, walk, ready.gaps)
    told = {"search": search_json(search), "walk": walk_json(walk), **_cut(plan)}
    study = Study(RunKind.WALK_FORWARD, told, plan.chunks)
    return put(session, tenant_id, user_id, ready, study, most=most, now=now)


def order_monte_carlo(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    backtest_id: UUID,
    plan: MonteCarlo,
    *,
    most: int,
    now: datetime,
) -> Backtest:
    """Return a Monte Carlo of a completed run of the user's.

    Raises:
        NotFoundError: there is no such run, or it is somebody else's.
        NotCompletedError: it has no results.
        OrderError: noise on its candles is asked for, and they have changed, or it
            would be too much.
        FeatureNeededError, TooManyRunsError: as ``order_run``.
    """
    run = completed_run(session, tenant_id, backtest_id, user_id)
    level = run.ordered["level"]
    require_features(session, tenant_id, user_id, level=level, now=now)
    on_candles = plan.method is Resampling.CANDLE_NOISE
    if on_candles and is_stale(session, tenant_id, run.series):
        raise OrderError("its candles have changed since: run it anew", "backtest_id")
    order = order_from(run.ordered)
    check_monte_carlo(order, plan)
    ready = Ready(order, run.series, level)
    study = Study(RunKind.MONTE_CARLO, plan_json(plan), parent_id=run.backtest_id)
    return put(session, tenant_id, user_id, ready, study, most=most, now=now)


def _cut(plan: Plan) -> dict[str, Any]:
    return {"trials": plan.trials, "sequential": plan.sequential}


def _starting(order: Order, search: Search, faults: Faults) -> Order:
    """Return the order with parameters that go together, before they are searched.

    One that is searched and not given may have a default that does not go with the
    others: then the first of the space that does stands for it. What is wrong with the
    search is noted; what is wrong with the order, whoever prepares it finds.
    """
    with faults.noted():
        check_search(search, find_strategy(order.strategy))
    try:
        check_strategy(order)
    except InvalidError:
        found = None if faults.at("search", "strategy_name") else _first(order, search)
        return order if found is None else replace(order, parameters=found)
    return order


def _first(order: Order, search: Search) -> Values | None:
    strategy = find_strategy(order.strategy)
    search = check_search(search, strategy)
    ends = {name: _ends(each) for name, each in search.space.items()}
    try:
        values = read_values(strategy.parameters, order.parameters)
    except ParameterError:
        return None
    choices = Choices(replace(search, space=ends), strategy, values)
    places = range(min(choices.count or 0, MOST_TRIED))
    return next((each for each in map(choices.at, places) if each is not None), None)


def _ends(dimension: Dimension) -> Dimension:
    if isinstance(dimension, Range) and dimension.step is None:
        return (dimension.low, dimension.high)
    return dimension
