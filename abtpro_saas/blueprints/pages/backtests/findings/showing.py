"""The page of a study: how it goes, then what it found."""

from typing import Any
from uuid import UUID

from flask import Blueprint
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.orders import order_from
from abtpro_saas.backtesting.reporting.parameters import parameters_of
from abtpro_saas.backtesting.reporting.writing import quote_of
from abtpro_saas.backtesting.runs.finding import get_run
from abtpro_saas.backtesting.runs.matching import any_brought
from abtpro_saas.backtesting.studies.reading import time_left
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import (
    ENDED,
    RUN_TOPIC,
    STUDIES,
    RunKind,
    RunStatus,
)
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.pages.backtests import words
from abtpro_saas.blueprints.pages.backtests.findings.asked import asked_words
from abtpro_saas.blueprints.pages.backtests.findings.found import search_context
from abtpro_saas.blueprints.pages.backtests.findings.resampled import (
    resampled_context,
)
from abtpro_saas.blueprints.pages.backtests.findings.trials import trials_context
from abtpro_saas.blueprints.pages.backtests.findings.walked import walk_context
from abtpro_saas.blueprints.pages.backtests.findings.writer import Writer
from abtpro_saas.blueprints.pages.backtests.reruns import data_of
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import NotFoundError

PAGE = "backtests/study.html"

blp = Blueprint("study_page", __name__, url_prefix="/backtests")


@blp.get("/<uuid:backtest_id>/surface")
def surface(backtest_id: UUID) -> Response:
    """Show a search, its map over the two parameters that the query names."""
    return render(PAGE, fragment="backtests/studies/_surface.html", **_of(backtest_id))


@blp.get("/<uuid:backtest_id>/trials")
def trials(backtest_id: UUID) -> Response:
    """Show a search, its trials sorted as the query asks."""
    return render(PAGE, fragment="backtests/studies/_trials.html", **_of(backtest_id))


def study_context(access: Access, run: Backtest) -> dict[str, Any]:
    """Return what the page of a study draws."""
    order = order_from(run.ordered)
    is_open = run.status not in ENDED
    live = events_url(access.caller, RUN_TOPIC, run.backtest_id) if is_open else None
    asked = run.studied or {}
    varied = asked.get("search", {}).get("space", {})
    fixed = {n: v for n, v in order.parameters.items() if n not in varied}
    context = {
        "run": run,
        "order": order,
        "asked": asked,
        "asked_words": asked_words(run),
        "parameters": list(parameters_of(run.strategy, fixed, language())),
        "quote": quote_of(run.symbols[0]),
        "simulated": any(each["simulated"] for each in run.series),
        "brought": any_brought(run.series),
        "live_url": live,
        "left": time_left(access.session, run, access.now),
        "may_write": "backtests:write" in access.caller.scopes,
        "data": data_of(access, run),
        "fill": words.FILLS[order.setup.fill_at.value],
        "engine": words.ENGINES[order.engine],
        "taken": words.taken_for_granted(run, order),
    }
    if run.status == RunStatus.COMPLETED:
        context |= _found(access, run)
    return context


def _found(access: Access, run: Backtest) -> dict[str, Any]:
    if run.kind == RunKind.OPTIMISATION:
        return search_context(run) | trials_context(access, run, Writer(run))
    if run.kind == RunKind.WALK_FORWARD:
        return walk_context(run)
    parent = access.session.get_one(Backtest, (run.tenant_id, run.parent_id))
    return resampled_context(run, parent)


def _of(backtest_id: UUID) -> dict[str, Any]:
    with tenant_access(scope="backtests:read") as access:
        run = get_run(access.session, access.tenant_id, backtest_id, access.user_id)
        if run.kind not in STUDIES or run.status != RunStatus.COMPLETED:
            raise NotFoundError("this has no trials to show")
        return study_context(access, run)
