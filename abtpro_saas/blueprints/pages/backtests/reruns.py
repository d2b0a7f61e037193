"""A result computed again, from the card of its certificate."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.runs.matching import is_stale
from abtpro_saas.backtesting.runs.reading import series_now
from abtpro_saas.backtesting.runs.rerunning import latest_rerun, order_rerun
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING, RUN_TOPIC
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.pages.shell import render

blp = Blueprint("backtest_rerun_page", __name__, url_prefix="/backtests")


class Data(StrEnum):
    """What has become of the candles that a result stands for."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


def data_of(access: Access, run: Backtest) -> Data:
    """Return what has become of a completed run's or study's candles."""
    places = range(len(run.series))
    if any(series_now(access.session, run, each) is None for each in places):
        return Data.GONE
    changed = is_stale(access.session, run.tenant_id, run.series)
    return Data.CHANGED if changed else Data.SAME


@blp.get("/<uuid:backtest_id>/rerun")
def show(backtest_id: UUID) -> Response:
    """Show how the latest rerun stands; without scripts, the report does."""
    with tenant_access(scope="backtests:read") as access:
        where = access.session, access.tenant_id, backtest_id, access.user_id
        run = completed_run(*where)
        context = rerun_context(access, run)
    return render("backtests/rerun.html", fragment="backtests/_rerun.html", **context)


@blp.post("/<uuid:backtest_id>/rerun")
@needs_feature(BACKTESTING)
def begin(backtest_id: UUID) -> Response:
    """Queue a rerun, unless one goes on."""
    most = house().settings.max_concurrent_backtests
    with tenant_access(scope="backtests:write") as access:
        where = access.session, access.tenant_id, backtest_id, access.user_id
        order_rerun(*where, most=most, now=access.now)
        access.note(action="backtest.rerun", subject=backtest_id)
    report = url_for("backtest_page.show", backtest_id=backtest_id)
    return redirect(f"{report}#rerun", 303)


def rerun_context(access: Access, run: Backtest) -> dict[str, Any]:
    """Return what the part with the rerun draws."""
    rerun = latest_rerun(access.session, run)
    live = None
    if rerun is not None and rerun.completed_at is None:
        live = events_url(access.caller, RUN_TOPIC, rerun.backtest_id)
    part = url_for("backtest_rerun_page.show", backtest_id=run.backtest_id)
    begin_at = url_for("backtest_rerun_page.begin", backtest_id=run.backtest_id)
    return {
        "run": run,
        "rerun": rerun,
        "rerun_url": begin_at,
        "rerun_part": part,
        "rerun_live_url": live,
        "may_write": "backtests:write" in access.caller.scopes,
    }
