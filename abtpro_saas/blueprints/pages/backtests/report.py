"""One backtest: how it goes, then what came out, with all that it rests on."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.orders import Order, order_from
from abtpro_saas.backtesting.reporting.figures import (
    lacks_funding,
    months,
    of_perpetual,
)
from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import quote_of
from abtpro_saas.backtesting.result_store import ResultsAwayError
from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.finding import get_run
from abtpro_saas.backtesting.runs.matching import any_brought
from abtpro_saas.backtesting.runs.reading import record_of
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.studies.reading import time_left
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import ENDED, RUN_TOPIC, STUDIES, RunKind, RunStatus
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.backtests import figures, words
from abtpro_saas.blueprints.pages.backtests.findings import showing
from abtpro_saas.blueprints.pages.backtests.forms.presets import FUTURES, PRESETS
from abtpro_saas.blueprints.pages.backtests.reruns import data_of, rerun_context
from abtpro_saas.blueprints.pages.backtests.trades import trades_context
from abtpro_saas.blueprints.pages.backtests.trusting import trust_context
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.timeframes import DAY, step_of
from abtpro_saas.markets.words import SIMULATED
from abtpro_saas.plugins.api.strategies import Strategy

RANGES = ((1, "1D"), (7, "1W"), (30, "1M"), (91, "3M"), (365, "1Y"))
"""Days that a chart can be asked to show, if it holds more, as traders call them."""

LIBRARY_URL = "https://www.tradingview.com/"
"""Where the chart's makers are: their licence asks for the link."""

blp = Blueprint("backtest_page", __name__, url_prefix="/backtests")


@blp.get("/<uuid:backtest_id>")
def show(backtest_id: UUID) -> Response:
    """Show a run or a study: its progress while it goes on, then what came out."""
    with tenant_access(scope="backtests:read") as access:
        run = get_run(access.session, access.tenant_id, backtest_id, access.user_id)
        if run.parent_id is not None and run.kind == RunKind.RERUN:
            return redirect(url_for(".show", backtest_id=run.parent_id))
        is_study = run.kind in STUDIES
        told = showing.study_context if is_study else _context
        context = told(access, run)
    if is_study:
        part = "backtests/studies/_study.html"
        return render(showing.PAGE, fragment=part, **context)
    if run.status == RunStatus.COMPLETED:
        context |= _results(run)
    return render("backtests/run.html", fragment="backtests/_run.html", **context)


def chart_ranges(start: int, end: int, step: int) -> list[tuple[int, str]]:
    """Return the ranges that a chart of [start, end) offers."""
    return [
        (days, label)
        for days, label in RANGES
        if days * DAY < end - start and days * DAY >= 10 * step
    ]


def _context(access: Access, run: Backtest) -> dict[str, Any]:
    order = order_from(run.ordered)
    is_open = run.status not in ENDED
    live = events_url(access.caller, RUN_TOPIC, run.backtest_id) if is_open else None
    return {
        "run": run,
        "order": order,
        "strategy": _strategy(run.strategy),
        "parameters": list(parameters_of(run.strategy, order.parameters, language())),
        "quote": quote_of(run.symbols[0]),
        "simulated": any(each["simulated"] for each in run.series),
        "brought": any_brought(run.series),
        "perpetual": of_perpetual(run),
        "lacks_funding": lacks_funding(run),
        "live_url": live,
        "left": time_left(access.session, run, access.now),
        "may_write": "backtests:write" in access.caller.scopes,
        "data": data_of(access, run),
        "trials": counted_trials(access.session, run).count,
        "fill": words.FILLS[order.setup.fill_at.value],
        "engine": words.ENGINES[order.engine],
        "preset": _preset(order),
        "library_url": LIBRARY_URL,
        "taken": words.taken_for_granted(run, order),
        **rerun_context(access, run),
        **(trust_context(access, run) if run.status == RunStatus.COMPLETED else {}),
    }


def _results(run: Backtest) -> dict[str, Any]:
    """Return what the store holds of a run; without the store, the metrics alone."""
    shelves = figures.shelves(run)
    try:
        record = record_of(house().settings.backtest_data_path, run)
    except ResultsAwayError:
        return {"record": None, "shelves": shelves}
    start, end = int(record.time[0]), int(record.time[-1]) + record.step
    return {
        "record": record,
        "shelves": shelves,
        "span": (start, end),
        "ranges": chart_ranges(start, end, step_of(run.timeframe)),
        "years": figures.years(record),
        "month_names": figures.month_names(),
        "months": months(record),
        "spread": figures.spread(record),
        **trades_context(run.tenant_id, run, record),
    }


def _strategy(name: str) -> Strategy | None:
    try:
        return find_strategy(name)
    except InvalidError:
        return None


def _preset(order: Order) -> object | None:
    """Return whose standard fees these are, if those of the exchange that takes them.

    Simulated prices are nobody's: any exchange's fees are fees of such a market.
    """
    costs, exchange = order.setup.costs, order.exchange or SIMULATED
    names = [
        each.name
        for each in PRESETS
        if costs.taker
        and (each.maker, each.taker) == (costs.maker, costs.taker)
        and (each.key == FUTURES) is (order.setup.margin is not None)
        and (exchange == SIMULATED or each.key.replace("_", "").startswith(exchange))
    ]
    return names[0] if names else None
