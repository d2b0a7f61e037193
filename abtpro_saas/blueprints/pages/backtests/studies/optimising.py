"""A search for parameters: what to try and what to look for."""

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.robustness.search import search_from
from abtpro_saas.backtesting.studies.ordering import order_optimisation
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.guard.access import Access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.backtests.forms.asking import members
from abtpro_saas.blueprints.pages.backtests.forms.studying import search_members
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.studies.forms import Asked
from abtpro_saas.blueprints.pages.backtests.studies.page import StudyForm, study_pages
from abtpro_saas.blueprints.pages.backtests.studies.planning import plan_search


def _order(access: Access, asked: Asked, typed: Typed) -> Backtest:
    faults = typed.faults
    search = search_from(search_members(asked.strategy, typed), faults)
    return order_optimisation(
        access.session,
        access.tenant_id,
        access.user_id,
        read_order(members(asked.strategy, faults), faults),
        search,
        most=house().settings.max_concurrent_backtests,
        now=access.now,
        faults=faults,
    )


blp = study_pages(
    "optimise_page",
    "/backtests/optimise",
    StudyForm("backtests/optimise.html", plan_search, _order, "backtest.optimise"),
)
