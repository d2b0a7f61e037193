"""Monte Carlo of a run: say what is drawn anew, and queue it."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.robustness.resampled import plan_from
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.studies.ordering import order_monte_carlo
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.pages.backtests.forms.page import ANSWERED, where_to_buy
from abtpro_saas.blueprints.pages.backtests.forms.studying import (
    resampling_members,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.studies import choices
from abtpro_saas.blueprints.pages.backtests.studies.complaining import (
    refused_resampling,
)
from abtpro_saas.blueprints.pages.frame.forms import EMPTY, Form
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import Faults

blp = Blueprint("monte_carlo_page", __name__, url_prefix="/backtests")


@blp.get("/<uuid:backtest_id>/monte-carlo")
@needs_feature(BACKTESTING)
def begin(backtest_id: UUID) -> Response:
    """Ask how the run's luck is to be looked at."""
    with tenant_access(scope="backtests:write") as access:
        run = _run(access, backtest_id)
    return _page(EMPTY, run)


@blp.post("/<uuid:backtest_id>/monte-carlo")
@needs_feature(BACKTESTING)
def create(backtest_id: UUID) -> Response:
    """Queue it, and show how it goes."""
    with tenant_access(scope="backtests:write") as access:
        run = _run(access, backtest_id)
    typed = Typed(request.form, Faults())
    try:
        plan = plan_from(resampling_members(typed), typed.faults)
        typed.faults.tell()
        with tenant_access(scope="backtests:write") as access:
            study = order_monte_carlo(
                access.session,
                access.tenant_id,
                access.user_id,
                backtest_id,
                plan,
                most=house().settings.max_concurrent_backtests,
                now=access.now,
            )
            access.note(action="backtest.monte_carlo", subject=study.backtest_id)
    except ANSWERED as error:
        return _page(refused_resampling(error), run, where_to_buy(error))
    return redirect(url_for("backtest_page.show", backtest_id=study.backtest_id), 303)


def _run(access: Access, backtest_id: UUID) -> Backtest:
    return completed_run(access.session, access.tenant_id, backtest_id, access.user_id)


def _page(form: Form, run: Backtest, needed: str | None = None) -> Response:
    return render(
        "backtests/monte_carlo.html",
        status=form.status,
        form=form,
        run=run,
        methods=choices.resamplings(),
        method=form.value("method", choices.resamplings()[0][0]),
        needed=needed,
    )
