"""The strategies that can be run, with all that a form needs to know of them."""

from collections.abc import Sequence
from typing import Any

from flask.views import MethodView
from marshmallow import validate
from marshmallow.fields import Boolean, Dict, Float, Integer, List, Nested, Raw, String

from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.blueprints.backtest.bodies.orders import VALUE
from abtpro_saas.blueprints.backtest.metrics import words
from abtpro_saas.blueprints.backtest.runs import READ
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.features import present
from abtpro_saas.blueprints.http.fields import StrictSchema
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.contracts.entitlements import Entitlement
from abtpro_saas.plugins.api import parameters as declared
from abtpro_saas.plugins.api.strategies import (
    BarStrategy,
    Level,
    Strategy,
    WeightStrategy,
)

blp = Blueprint(
    "backtest_strategies",
    __name__,
    url_prefix="/api/v1/backtest/strategies",
    description="Strategies",
)
TYPES = ("integer", "number", "choice")
FORMS = ("signals", "weights", "bars")
LANGUAGES: dict[str, Any] = {"keys": String(), "values": String()}


class ParameterOut(StrictSchema):
    """A parameter; ``also`` are older names of it."""

    name = String(required=True)
    title = Dict(**LANGUAGES, required=True)
    type = String(required=True, validate=validate.OneOf(TYPES))
    default = Raw(required=True, metadata=VALUE)
    low = Float(required=True, allow_none=True)
    high = Float(required=True, allow_none=True)
    unit = String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(list(declared.Unit)),
        metadata={"description": "Of a number; forms show a `fraction` in percent."},
    )
    options = Dict(keys=String(), values=Dict(**LANGUAGES), required=True)
    meaning = Dict(**LANGUAGES, required=True)
    also = List(String(), required=True)


class StrategyOut(StrictSchema):
    """A strategy; ``level`` is the feature that it asks for."""

    name = String(required=True)
    title = Dict(**LANGUAGES, required=True)
    description = Dict(**LANGUAGES, required=True)
    source = String(required=True)
    level = String(required=True, validate=validate.OneOf(list(Level)))
    allowed = Boolean(required=True)
    form = String(required=True, validate=validate.OneOf(FORMS))
    least_symbols = Integer(required=True)
    most_symbols = Integer(required=True)
    warm_up = Integer(
        required=True,
        metadata={"description": "Candles before its first decision, by default."},
    )
    parameters = List(Nested(ParameterOut), required=True)


class StrategiesOut(StrictSchema):
    """Every strategy, by its name."""

    strategies = List(Nested(StrategyOut), required=True)
    count = Integer(required=True)


@blp.route("")
class Strategies(MethodView):
    """What can be run."""

    @blp.response(200, StrategiesOut)
    def get(self) -> dict[str, Any]:
        """List the strategies with their parameters, and which of them you may run."""
        with tenant_access(scope=READ) as access:
            have = present(access.session, access.caller, access.now)
        found = [strategy_answer(each, have) for each in all_strategies()]
        return {"strategies": found, "count": len(found)}


def strategy_answer(strategy: Strategy, have: Entitlement) -> dict[str, Any]:
    """Return what the API says of a strategy to who has ``have``."""
    about, (least, most) = strategy.about, strategy.symbols
    defaults = declared.read_values(strategy.parameters, {})
    return {
        "name": strategy.name,
        "title": words(about.title),
        "description": words(about.description),
        "source": about.source,
        "level": about.level,
        "allowed": have.allows(str(about.level)),
        "form": _form(strategy),
        "least_symbols": least,
        "most_symbols": most,
        "warm_up": strategy.warm_up(defaults),
        "parameters": parameters_answer(strategy.parameters),
    }


def parameters_answer(all_of: Sequence[declared.Parameter]) -> list[dict[str, Any]]:
    """Return parameters as a form needs them."""
    return [
        {
            "name": each.name,
            "title": words(declared.title_of(each)),
            "type": type(each).__name__.lower(),
            "default": each.default,
            "low": getattr(each, "low", None),
            "high": getattr(each, "high", None),
            "unit": getattr(each, "unit", None),
            "options": {
                name: words(text) for name, text in getattr(each, "options", {}).items()
            },
            "meaning": words(each.meaning),
            "also": list(each.also),
        }
        for each in all_of
    ]


def _form(strategy: Strategy) -> str:
    if isinstance(strategy, WeightStrategy):
        return "weights"
    return "bars" if isinstance(strategy, BarStrategy) else "signals"
