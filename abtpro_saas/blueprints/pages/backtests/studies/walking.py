"""A walk forward: what to try, and how time is cut."""

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.robustness.search import search_from
from abtpro_saas.backtesting.robustness.walking import Walk, walk_from
from abtpro_saas.backtesting.studies.ordering import order_walk_forward
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.guard.access import Access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.backtests.forms.asking import members
from abtpro_saas.blueprints.pages.backtests.forms.studying import (
    search_members,
    walk_members,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.studies.forms import Asked
from abtpro_saas.blueprints.pages.backtests.studies.page import StudyForm, study_pages
from abtpro_saas.blueprints.pages.backtests.studies.planning import plan_walk
from abtpro_saas.markets.timeframes import step_of


def _order(access: Access, asked: Asked, typed: Typed) -> Backtest:
    faults, walk = typed.faults, Walk()
    search = search_from(search_members(asked.strategy, typed), faults)
    order = read_order(members(asked.strategy, faults), faults)
    with faults.noted():
        walk = walk_from(walk_members(typed, step_of(order.timeframe)), faults)
    return order_walk_forward(
        access.session,
        access.tenant_id,
        access.user_id,
        order,
        (search, walk),
        most=house().settings.max_concurrent_backtests,
        now=access.now,
        faults=faults,
    )


blp = study_pages(
    "walk_forward_page",
    "/backtests/walk-forward",
    StudyForm(
        "backtests/walk_forward.html", plan_walk, _order, "backtest.walk_forward"
    ),
)
