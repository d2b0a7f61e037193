"""A new backtest: choose strategy and candles, say the costs, and queue it."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.runs.ordering import order_run
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.pages.backtests.forms.asking import members
from abtpro_saas.blueprints.pages.backtests.forms.complaints import refused_order
from abtpro_saas.blueprints.pages.backtests.forms.markets import markets
from abtpro_saas.blueprints.pages.backtests.forms.page import (
    ANSWERED,
    Beginning,
    beginning,
    order_context,
    where_to_buy,
)
from abtpro_saas.blueprints.pages.frame.forms import text
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import Faults

blp = Blueprint("backtest_order_page", __name__, url_prefix="/backtests")


@blp.get("/new")
@needs_feature(BACKTESTING)
def begin() -> Response:
    """Ask for everything; ``from`` begins with what an earlier run was ordered with."""
    with tenant_access(scope="backtests:write") as access:
        asked = beginning(access)
    return _page(asked)


@blp.post("")
@needs_feature(BACKTESTING)
def create() -> Response:
    """Queue the run, and show how it goes."""
    strategy = find_strategy(text("strategy_name"))
    with tenant_access(scope="backtests:write") as access:
        there = markets(access.session, access.tenant_id, access.user_id)
        chosen = request.form.getlist("market")
    faults = Faults()
    try:
        with tenant_access(scope="backtests:write") as access:
            run = order_run(
                access.session,
                access.tenant_id,
                access.user_id,
                read_order(members(strategy, faults), faults),
                most=house().settings.max_concurrent_backtests,
                now=access.now,
                faults=faults,
            )
            access.note(action="backtest.run", subject=run.backtest_id)
    except ANSWERED as error:
        picked = [each for each in there if each.key in chosen]
        form = refused_order(error, strategy, picked)
        return _page(Beginning(form, strategy, there, chosen), where_to_buy(error))
    return redirect(url_for("backtest_page.show", backtest_id=run.backtest_id), 303)


def _page(asked: Beginning, needed: str | None = None) -> Response:
    return render(
        "backtests/new.html",
        status=asked.form.status,
        needed=needed,
        **order_context(asked.form, asked.strategy, asked.there, asked.chosen),
    )
