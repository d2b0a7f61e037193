"""A new backtest: choose strategy and candles, say the costs, and queue it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.engines.port import FillAt, SlippageModel
from abtpro_saas.backtesting.orders import order_from
from abtpro_saas.backtesting.runs.finding import get_run
from abtpro_saas.backtesting.runs.ordering import order_run
from abtpro_saas.backtesting.strategies.catalogue import all_strategies, find_strategy
from abtpro_saas.backtesting.words import BACKTESTING, EngineName
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.pages.backtests import words
from abtpro_saas.blueprints.pages.backtests.forms.asking import (
    PARAMETER,
    members,
    values_of,
)
from abtpro_saas.blueprints.pages.backtests.forms.complaints import (
    range_of,
    refused_order,
)
from abtpro_saas.blueprints.pages.backtests.forms.markets import Market, markets
from abtpro_saas.blueprints.pages.backtests.forms.presets import DEFAULT, OWN, PRESETS
from abtpro_saas.blueprints.pages.frame.forms import ANSWERABLE, EMPTY, Form, text
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.plugins.api.parameters import Choice, Integer
from abtpro_saas.plugins.api.strategies import Strategy

USUAL = "SMA_CROSS"
ANSWERED = (*ANSWERABLE, NotFoundError)
RISKS = frozenset({"stop_loss", "take_profit", "trailing"})
"""Parameters that most strategies share: they stand below those of its own."""

blp = Blueprint("backtest_order_page", __name__, url_prefix="/backtests")


@dataclass(frozen=True)
class Field:
    """A declared parameter, as the form shows it."""

    name: str
    label: str
    help: str
    value: object
    step: str
    options: Sequence[tuple[str, str]]
    is_risk: bool


@blp.get("/new")
@needs_feature(BACKTESTING)
def begin() -> Response:
    """Ask for everything; ``from`` begins with what an earlier run was ordered with."""
    strategy = find_strategy(request.args.get("strategy") or USUAL)
    values: dict[str, Any] = {}
    with tenant_access(scope="backtests:write") as access:
        key = access.session, access.tenant_id
        earlier = _asked_run()
        if earlier is not None:
            run = get_run(*key, earlier, access.user_id)
            values = values_of(order_from(run.ordered))
            if "strategy" not in request.args:
                strategy = find_strategy(run.strategy)
        there = markets(*key, access.user_id)
    chosen = values.get("markets") or request.args.getlist("market")
    return _page(Form(values=values) if values else EMPTY, strategy, there, chosen)


@blp.post("")
@needs_feature(BACKTESTING)
def create() -> Response:
    """Queue the run, and show how it goes."""
    strategy = find_strategy(text("strategy_name"))
    with tenant_access(scope="backtests:write") as access:
        there = markets(access.session, access.tenant_id, access.user_id)
        chosen = request.form.getlist("market")
    try:
        with tenant_access(scope="backtests:write") as access:
            run = order_run(
                access.session,
                access.tenant_id,
                access.user_id,
                read_order(members(strategy)),
                most=house().settings.max_concurrent_backtests,
                now=access.now,
            )
            access.note(action="backtest.run", subject=run.backtest_id)
    except ANSWERED as error:
        picked = [each for each in there if each.key in chosen]
        form = refused_order(error, strategy, picked)
        return _page(form, strategy, there, chosen, _needed(error))
    return redirect(url_for("backtest_page.show", backtest_id=run.backtest_id), 303)


def _page(
    form: Form,
    strategy: Strategy,
    there: Sequence[Market],
    chosen: Sequence[str],
    needed: str | None = None,
) -> Response:
    fields = [
        _field(strategy, place, form) for place in range(len(strategy.parameters))
    ]
    picked = [each for each in there if each.key in chosen] or _first(strategy, there)
    return render(
        "backtests/new.html",
        status=form.status,
        form=form,
        strategy=strategy,
        strategies=all_strategies(),
        fields=[each for each in fields if not each.is_risk],
        risks=[each for each in fields if each.is_risk],
        markets=there,
        chosen=[each.key for each in picked],
        usual=picked[0].usual if picked else None,
        timeframes=list(STEPS),
        usual_timeframe=_usual_timeframe(picked),
        presets=PRESETS,
        preset=form.value("fees", DEFAULT),
        own=OWN,
        slippage=[(each.value, words.SLIPPAGE[each.value]) for each in SlippageModel],
        fills=[(each.value, words.FILLS[each.value]) for each in FillAt],
        engines=[(each.value, words.ENGINES[each]) for each in EngineName],
        needed=needed,
        most_queued=house().settings.max_concurrent_backtests,
    )


def _field(strategy: Strategy, place: int, form: Form) -> Field:
    declared = strategy.parameters[place]
    name = PARAMETER + declared.name
    options: list[tuple[str, str]] = []
    if isinstance(declared, Choice):
        options = [
            (key, words.in_words(each)) for key, each in declared.options.items()
        ]
    extent = "" if options else range_of(declared)
    return Field(
        name,
        declared.name.replace("_", " ").capitalize(),
        f"{words.in_words(declared.meaning)} {extent}".strip(),
        form.value(name, declared.default),
        "1" if isinstance(declared, Integer) else "any",
        options,
        declared.name in RISKS,
    )


def _first(strategy: Strategy, there: Sequence[Market]) -> list[Market]:
    """Return what is chosen to begin with: the fewest that the strategy takes."""
    least, most = strategy.symbols
    same = [each for each in there if each.exchange == there[0].exchange]
    return same[: least if most == 1 or least > 1 else min(5, most)]


def _usual_timeframe(picked: Sequence[Market]) -> str:
    frames = picked[0].timeframes if picked else ()
    return "1h" if "1h" in frames or not frames else frames[-1]


def _asked_run() -> UUID | None:
    try:
        return UUID(request.args["from"]) if "from" in request.args else None
    except ValueError:
        return None


def _needed(error: Exception) -> str | None:
    """Return where to get the feature that is missing, if one is."""
    told = getattr(error, "members", {})
    found: str | None = told.get("buy_at")
    return found
