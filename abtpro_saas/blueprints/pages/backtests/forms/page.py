"""What the form of every order shows: strategy, parameters, prices, costs, limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request

from abtpro_saas.backtesting.engines.port import FillAt, SlippageModel
from abtpro_saas.backtesting.orders import order_from
from abtpro_saas.backtesting.runs.finding import get_run
from abtpro_saas.backtesting.strategies.catalogue import all_strategies, find_strategy
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.blueprints.guard.access import Access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.backtests import words
from abtpro_saas.blueprints.pages.backtests.forms.asking import PARAMETER, values_of
from abtpro_saas.blueprints.pages.backtests.forms.complaints import range_of
from abtpro_saas.blueprints.pages.backtests.forms.markets import (
    Market,
    common_timeframes,
    markets,
    usual_days,
    usual_timeframe,
)
from abtpro_saas.blueprints.pages.backtests.forms.presets import (
    DEFAULT,
    FUTURES,
    OWN,
    PRESETS,
)
from abtpro_saas.blueprints.pages.backtests.forms.units import scale_of, shown_value
from abtpro_saas.blueprints.pages.frame.forms import ANSWERABLE, EMPTY, Form
from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets.timeframes import STEPS
from abtpro_saas.plugins.api.parameters import Choice, Integer, Parameter, title_of
from abtpro_saas.plugins.api.strategies import BarStrategy, Strategy, WeightStrategy

USUAL = "SMA_CROSS"
ANSWERED = (*ANSWERABLE, NotFoundError)
CONTRACT_FIELDS = (
    *("contract", "leverage", "maintenance", "liquidation_fee"),
    *("funding", "funding_rate", "funding_hours"),
)
MORE_FIELDS = (
    *("fill_at", "minimum_notional", "size_step", "price_tick", "gap_tolerance"),
    *("participation", "fee_in", "detail_timeframe", "universe", "engine"),
)
"""What stands in parts that are folded: they open where something in them is wrong."""
RISKS = frozenset({"stop_loss", "take_profit", "trailing"})
"""Parameters that most strategies share: they stand below those of its own."""


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


@dataclass(frozen=True)
class Beginning:
    """What a form begins with: as an earlier run was ordered, or as is usual.

    ``studied`` is what that one was asked beyond its order, if it was a study.
    """

    form: Form
    strategy: Strategy
    there: Sequence[Market]
    chosen: Sequence[str]
    studied: Mapping[str, Any] = field(default_factory=dict)


def beginning(access: Access) -> Beginning:
    """Return what the query asks to begin with: ``from`` a run, or with a strategy.

    Raises:
        InvalidError, NotFoundError: there is no such strategy, or no such run.
    """
    key = access.session, access.tenant_id
    strategy = find_strategy(request.args.get("strategy") or USUAL)
    values: dict[str, Any] = {}
    studied: Mapping[str, Any] = {}
    if (earlier := _asked_run()) is not None:
        run = get_run(*key, earlier, access.user_id)
        values, studied = values_of(order_from(run.ordered)), run.studied or {}
        if "strategy" not in request.args:
            strategy = find_strategy(run.strategy)
    chosen = values.get("markets") or request.args.getlist("market")
    there = markets(*key, access.user_id)
    if not values:
        values = _proposed(strategy, picked_of(strategy, there, chosen))
    values |= {
        name: v for name, v in request.args.items() if name.startswith(PARAMETER)
    }
    for each in strategy.parameters:
        if (name := PARAMETER + each.name) in values:
            values[name] = shown_value(each, values[name])
    form = Form(values=values) if values else EMPTY
    return Beginning(form, strategy, there, chosen, studied)


def order_context(
    form: Form, strategy: Strategy, there: Sequence[Market], chosen: Sequence[str]
) -> dict[str, Any]:
    """Return what the parts of the form draw that every order has."""
    fields = [field_of(each, form) for each in strategy.parameters]
    picked = picked_of(strategy, there, chosen)
    timeframe = form.value("timeframe", usual_timeframe(picked))
    return {
        "form": form,
        "strategy": strategy,
        "strategies": all_strategies(),
        "fields": [each for each in fields if not each.is_risk],
        "risks": [each for each in fields if each.is_risk],
        "markets": there,
        "chosen": [each.key for each in picked],
        "usual": usual_days(picked, timeframe),
        "timeframes": _timeframes(there, picked, timeframe),
        "timeframe": timeframe,
        "takes_contracts": takes_contracts(strategy),
        "presets": PRESETS,
        "preset": form.value("fees", DEFAULT),
        "own": OWN,
        "usual_fees": (DEFAULT, FUTURES),
        "slippage": [(each.value, words.SLIPPAGE[each]) for each in SlippageModel],
        "fills": [(each.value, words.FILLS[each.value]) for each in FillAt],
        "engines": [(each.value, words.ENGINES[each]) for each in EngineName],
        "fundings": [(key, str(told)) for key, told in words.FUNDINGS.items()],
        "fees_in": [(key, str(told)) for key, told in words.FEES_IN.items()],
        "details": [(each, each) for each in STEPS],
        "contract_fields": CONTRACT_FIELDS,
        "more_fields": MORE_FIELDS,
        "most_queued": house().settings.max_concurrent_backtests,
    }


def field_of(declared: Parameter, form: Form) -> Field:
    """Return the field of a declared parameter."""
    name = PARAMETER + declared.name
    options: list[tuple[str, str]] = []
    if isinstance(declared, Choice):
        options = [
            (key, words.in_words(each)) for key, each in declared.options.items()
        ]
    extent = "" if options else range_of(declared)
    title = words.in_words(title_of(declared))
    return Field(
        name,
        title if scale_of(declared) == 1 else f"{title}, %",
        f"{words.in_words(declared.meaning)} {extent}".strip(),
        form.value(name, shown_value(declared, declared.default)),
        "1" if isinstance(declared, Integer) else "any",
        options,
        declared.name in RISKS,
    )


def picked_of(
    strategy: Strategy, there: Sequence[Market], chosen: Sequence[str]
) -> list[Market]:
    """Return what is chosen; to begin with, the fewest that the strategy takes."""
    picked = [each for each in there if each.key in chosen]
    if picked or not there:
        return picked
    least, most = strategy.symbols
    same = [each for each in there if each.exchange == there[0].exchange]
    return same[: least if most == 1 or least > 1 else min(5, most)]


def takes_contracts(strategy: Strategy) -> bool:
    """Tell whether a strategy can trade perpetual contracts."""
    return not isinstance(strategy, BarStrategy | WeightStrategy)


def where_to_buy(error: Exception) -> str | None:
    """Return where to get the feature that is missing, if one is."""
    told = getattr(error, "members", {})
    found: str | None = told.get("buy_at")
    return found


def _proposed(strategy: Strategy, picked: Sequence[Market]) -> dict[str, Any]:
    """Return what is ticked of markets that nobody has said anything of."""
    timeframe = request.args.get("timeframe", "")
    values = {"timeframe": timeframe} if timeframe in common_timeframes(picked) else {}
    perpetual = bool(picked) and all(each.is_perpetual for each in picked)
    if perpetual and takes_contracts(strategy):
        values |= {"contract": "yes", "fees": FUTURES}
    return values


def _timeframes(
    there: Sequence[Market], picked: Sequence[Market], chosen: str
) -> list[tuple[str, int, bool]]:
    """Return name and length of what some market makes, and if what is chosen does."""
    made = {*common_timeframes(picked), chosen}
    some = {frame for each in there for frame in each.made} | made
    return [(each, step, each in made) for each, step in STEPS.items() if each in some]


def _asked_run() -> UUID | None:
    try:
        return UUID(request.args["from"]) if "from" in request.args else None
    except ValueError:
        return None
