"""The tasks of studies: one chunk, what all chunks come to, and a run's examination.

Each reads what it needs from the store and leaves there what is large; computed again,
it leaves the same bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from abtpro_saas.backtesting.calculating import Say, check_data, prepared, shared
from abtpro_saas.backtesting.checking import check_strategy
from abtpro_saas.backtesting.engines.port import Beside
from abtpro_saas.backtesting.orders import Order, order_from
from abtpro_saas.backtesting.processes.candles import (
    beside_of,
    funding_of,
    market_of,
)
from abtpro_saas.backtesting.processes.tasks import Task, Work
from abtpro_saas.backtesting.result_store import ResultStore, digest_of
from abtpro_saas.backtesting.results import EQUITY, TRADES, decode
from abtpro_saas.backtesting.robustness import studies, trials
from abtpro_saas.backtesting.robustness.examining import examine
from abtpro_saas.backtesting.robustness.grade import TrialStats
from abtpro_saas.backtesting.robustness.resampled import plan_from
from abtpro_saas.backtesting.robustness.search import Search, search_from
from abtpro_saas.backtesting.robustness.searching.space import check_search
from abtpro_saas.backtesting.robustness.trials import Trial
from abtpro_saas.backtesting.robustness.walking import Walk, walk_from
from abtpro_saas.backtesting.robustness.walks.stored import (
    decode_window,
    encode_window,
)
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.words import RunKind
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles


def _chunk(task: Task, say: Say) -> dict[str, Any]:
    """Compute one chunk, keep it, and return its digest and what it adds to trials."""
    order, asked = order_from(task.order), task.detail["studied"]
    search, number = _search(order, asked), task.detail["number"]
    market, beside = _market(task, order), Beside(funding=funding_of(task, order))
    say(10)
    if task.detail["kind"] == RunKind.WALK_FORWARD:
        walk = walk_from(asked["walk"])
        window = studies.walk_window(market, order, search, walk, number, beside=beside)
        content, tried = encode_window(window), window.stats
    else:
        earlier = _trials(task, task.detail["earlier"])
        found = studies.optimise_batch(
            market, order, search, number, earlier, beside=beside
        )
        content, tried = trials.encode(found), studies.stats_of(found)
    say(90)
    ResultStore(task.root).write(task.results, {task.detail["file"]: content})
    return {"digest": digest_of(content), "tried": asdict(tried)}


def _findings(task: Task, say: Say) -> dict[str, Any]:
    say(90)
    order, asked = order_from(task.order), task.detail["studied"]
    if task.detail["kind"] == RunKind.MONTE_CARLO:
        return {"findings": _resampled(task, order)}
    search = _search(order, asked)
    if task.detail["kind"] == RunKind.WALK_FORWARD:
        walk = walk_from(asked["walk"])
        return {"findings": _walked(task, order, walk, search)}
    return {"findings": _searched(task, order, search)}


def _searched(task: Task, order: Order, search: Search) -> dict[str, Any]:
    counted = TrialStats(**task.detail["counted"])
    found = _trials(task, task.detail["files"])
    return studies.optimisation_findings(order, search, found, counted)


def _walked(task: Task, order: Order, walk: Walk, search: Search) -> dict[str, Any]:
    files = _files(task, task.detail["files"])
    windows = [decode_window(each) for each in files]
    return studies.walk_findings(order, walk, search, windows)


def _resampled(task: Task, order: Order) -> dict[str, Any]:
    record = _record(task, task.detail["parent"])
    plan = plan_from(task.detail["studied"])
    beside = Beside(funding=funding_of(task, order))
    return studies.monte_carlo(_market(task, order), order, record, plan, beside)


def _examination(task: Task, say: Say) -> dict[str, Any]:
    order = order_from(task.order)
    record = _record(task, task.results)
    market, strategy = prepared(
        order, market_of(task, order), find_strategy(order.strategy)
    )
    say(20)
    metrics, beside = task.detail["metrics"], beside_of(task, order)
    found = examine(market, order, record, metrics, beside, strategy=strategy)
    return {"examination": found}


def _search(order: Order, asked: Mapping[str, Any]) -> Search:
    """Return a search as it was checked: JSON does not tell 5 from 5.0."""
    return check_search(search_from(asked["search"]), find_strategy(order.strategy))


def _market(task: Task, order: Order) -> Sequence[Candles]:
    """Return the candles at the times that all symbols have; of no source, none."""
    if not task.sources:
        return []
    market = shared(market_of(task, order))
    check_data(order, market, check_strategy(order).warm_up)
    return market


def _record(task: Task, location: str) -> Record:
    store = ResultStore(task.root)
    with store.open(location, EQUITY) as equity, store.open(location, TRADES) as trips:
        return decode(equity, trips)


def _trials(task: Task, files: Sequence[Sequence[str]]) -> list[Trial]:
    return [each for file in _files(task, files) for each in trials.decode(file)]


def _files(task: Task, files: Sequence[Sequence[str]]) -> list[bytes]:
    """Return what chunks have left, each by its name and its digest."""
    store = ResultStore(task.root)
    return [store.read(task.results, name, digest) for name, digest in files]


WORKS: Mapping[Work, Callable[[Task, Say], dict[str, Any]]] = {
    Work.CHUNK: _chunk,
    Work.FINDINGS: _findings,
    Work.EXAMINATION: _examination,
}
"""What computes each work that is no run."""
