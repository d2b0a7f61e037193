"""The pages of a study that is asked for: typed, planned while it is typed, queued."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.pages.backtests.forms.page import ANSWERED, where_to_buy
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.studies.complaining import refused_study
from abtpro_saas.blueprints.pages.backtests.studies.forms import (
    Asked,
    Planner,
    fresh,
    sent,
    study_context,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import Faults

WRITE = "backtests:write"
PART = "backtests/form/_plan.html"


@dataclass(frozen=True)
class StudyForm:
    """What is a study's own: how it is drawn, planned and queued, and what is noted."""

    template: str
    planner: Planner
    order: Callable[[Access, Asked, Typed], Backtest]
    action: str

    def draw(
        self, asked: Asked, needed: str | None = None, *, fragment: str | None = None
    ) -> Response:
        """Return the form, or a fragment of it."""
        return render(
            self.template,
            fragment=fragment,
            status=asked.began.form.status,
            needed=needed,
            plan_url=url_for(".plan"),
            **study_context(asked, self.planner),
        )

    def queue(self) -> Response:
        """Queue what was sent and lead to it, or say what is wrong with it."""
        with tenant_access(scope=WRITE) as access:
            asked = sent(access)
        typed = Typed(request.form, Faults())
        try:
            with tenant_access(scope=WRITE) as access:
                study = self.order(access, asked, typed)
                access.note(action=self.action, subject=study.backtest_id)
        except ANSWERED as error:
            form = refused_study(error, asked.strategy, asked.picked, typed)
            with tenant_access(scope=WRITE) as access:
                asked = sent(access, form)
            return self.draw(asked, where_to_buy(error))
        shown = url_for("backtest_page.show", backtest_id=study.backtest_id)
        return redirect(shown, 303)


def study_pages(name: str, url_prefix: str, form: StudyForm) -> Blueprint:
    """Return the pages on which a study is asked for."""
    blp = Blueprint(name, __name__, url_prefix=url_prefix)

    @blp.get("")
    @needs_feature(BACKTESTING)
    def begin() -> Response:
        """Ask what to try; ``from`` begins with what a run was ordered with."""
        with tenant_access(scope=WRITE) as access:
            asked = fresh(access)
        return form.draw(asked)

    @blp.post("/plan")
    @needs_feature(BACKTESTING)
    def plan() -> Response:
        """Tell what the form comes to so far; nothing is ordered."""
        with tenant_access(scope=WRITE) as access:
            asked = sent(access)
        return form.draw(asked, fragment=PART)

    @blp.post("")
    @needs_feature(BACKTESTING)
    def create() -> Response:
        """Queue the study, and show how it goes."""
        return form.queue()

    return blp
