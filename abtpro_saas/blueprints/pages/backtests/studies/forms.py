"""What the forms of a search and of a walk share: reading, asking anew, planning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.blueprints.guard.access import Access
from abtpro_saas.blueprints.pages.backtests.forms.knobs import (
    fields_of,
    knobs,
    typed_of,
)
from abtpro_saas.blueprints.pages.backtests.forms.markets import (
    Market,
    markets,
    usual_timeframe,
)
from abtpro_saas.blueprints.pages.backtests.forms.page import (
    RISKS,
    Beginning,
    beginning,
    order_context,
    picked_of,
)
from abtpro_saas.blueprints.pages.backtests.forms.studying import (
    search_values,
    walk_values,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.studies import choices
from abtpro_saas.blueprints.pages.backtests.studies.planning import Plan
from abtpro_saas.blueprints.pages.frame.forms import Form, text
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.plugins.api.strategies import Strategy

Planner = Callable[[Strategy, Typed, Sequence[Market], Sequence[str]], Plan]

USUAL = {"method": "grid", "mode": "rolling", "windows": "5", "trials": "100"}
"""What stands in a form that nobody has touched."""


@dataclass(frozen=True)
class Asked:
    """A form of a study: what it began with, or what was sent."""

    began: Beginning
    typed: MultiDict[str, str]

    @property
    def strategy(self) -> Strategy:
        """The strategy that it is about."""
        return self.began.strategy

    @property
    def picked(self) -> list[Market]:
        """The markets that are chosen."""
        return picked_of(self.strategy, self.began.there, self.began.chosen)


def fresh(access: Access) -> Asked:
    """Return the form as it begins: with a run's order, or with what is usual."""
    began = beginning(access)
    values = dict(began.form.values)
    if "search" in began.studied:
        values |= search_values(began.studied["search"], began.strategy)
    if "walk" in began.studied:
        values |= walk_values(began.studied["walk"], step_of(values["timeframe"]))
    began = replace(began, form=Form(values=values))
    return Asked(began, typed_of(values))


def sent(access: Access, form: Form | None = None) -> Asked:
    """Return the form as it was sent; ``form`` says what was wrong with it."""
    there = markets(access.session, access.tenant_id, access.user_id)
    strategy = find_strategy(text("strategy_name"))
    shown = form or Form(values=dict(request.form.items()))
    began = Beginning(shown, strategy, there, request.form.getlist("market"))
    return Asked(began, request.form)


def study_context(asked: Asked, planner: Planner) -> dict[str, Any]:
    """Return what a study's form draws beside that of every order."""
    began = asked.began
    shown = order_context(began.form, began.strategy, began.there, began.chosen)
    found = knobs(began.strategy, began.form, asked.typed)
    whole = MultiDict(USUAL)
    whole["timeframe"] = usual_timeframe(asked.picked)
    whole.update(fields_of(found))
    for name in asked.typed:
        whole.setlist(name, asked.typed.getlist(name))
    usual = [each.isoformat() for each in shown["usual"] or ()]
    return shown | {
        "knobs": [each for each in found if each.name not in RISKS],
        "stops": [each for each in found if each.name in RISKS],
        "methods": choices.methods(),
        "method": whole["method"],
        "modes": choices.modes(),
        "choosing": choices.chosen(),
        "objectives": choices.objectives(),
        "plan": planner(began.strategy, Typed(whole), asked.picked, usual),
    }
