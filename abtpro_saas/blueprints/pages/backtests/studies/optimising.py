"""A search for parameters: say what to try and what to look for, and queue it."""

from collections.abc import Sequence

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.robustness.search import search_from
from abtpro_saas.backtesting.studies.ordering import order_optimisation
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.pages.backtests.forms.asking import members
from abtpro_saas.blueprints.pages.backtests.forms.markets import Market
from abtpro_saas.blueprints.pages.backtests.forms.page import ANSWERED, where_to_buy
from abtpro_saas.blueprints.pages.backtests.forms.studying import Typed, search_members
from abtpro_saas.blueprints.pages.backtests.studies.complaining import refused_study
from abtpro_saas.blueprints.pages.backtests.studies.forms import (
    Asked,
    fresh,
    sent,
    study_context,
)
from abtpro_saas.blueprints.pages.backtests.studies.planning import Plan, plan_search
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.plugins.api.strategies import Strategy

PART = "backtests/form/_plan.html"

blp = Blueprint("optimise_page", __name__, url_prefix="/backtests/optimise")


@blp.get("")
@needs_feature(BACKTESTING)
def begin() -> Response:
    """Ask what to try; ``from`` begins with what a run was ordered with."""
    with tenant_access(scope="backtests:write") as access:
        asked = fresh(access)
    return _page(asked)


@blp.post("/plan")
@needs_feature(BACKTESTING)
def plan() -> Response:
    """Tell what the form comes to so far; nothing is ordered."""
    with tenant_access(scope="backtests:write") as access:
        asked = sent(access)
    return _page(asked, fragment=PART)


@blp.post("")
@needs_feature(BACKTESTING)
def create() -> Response:
    """Queue the search, and show how it goes."""
    with tenant_access(scope="backtests:write") as access:
        asked = sent(access)
    typed = Typed(request.form)
    try:
        with tenant_access(scope="backtests:write") as access:
            search = search_from(search_members(asked.strategy, typed))
            study = order_optimisation(
                access.session,
                access.tenant_id,
                access.user_id,
                read_order(members(asked.strategy)),
                search,
                most=house().settings.max_concurrent_backtests,
                now=access.now,
            )
            access.note(action="backtest.optimise", subject=study.backtest_id)
    except ANSWERED as error:
        form = refused_study(error, asked.strategy, asked.picked, typed)
        with tenant_access(scope="backtests:write") as access:
            asked = sent(access, form)
        return _page(asked, where_to_buy(error))
    return redirect(url_for("backtest_page.show", backtest_id=study.backtest_id), 303)


def _page(
    asked: Asked, needed: str | None = None, *, fragment: str | None = None
) -> Response:
    return render(
        "backtests/optimise.html",
        fragment=fragment,
        status=asked.began.form.status,
        needed=needed,
        plan_url=url_for("optimise_page.plan"),
        **study_context(asked, _plan),
    )


def _plan(
    strategy: Strategy, typed: Typed, _picked: Sequence[Market], _usual: Sequence[str]
) -> Plan:
    return plan_search(strategy, typed)
