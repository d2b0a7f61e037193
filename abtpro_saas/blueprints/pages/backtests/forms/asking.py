"""A backtest's form, read into the members that the API takes; and back again."""

from collections.abc import Mapping
from typing import Any

from flask import request

from abtpro_saas.backtesting.engines.port import Setup
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.reporting.writing import at_ms
from abtpro_saas.blueprints.pages.backtests.forms.markets import of_key
from abtpro_saas.blueprints.pages.backtests.forms.presets import BY_KEY, OWN, PRESETS
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.forms.units import value_of
from abtpro_saas.errors import Faults, InvalidError
from abtpro_saas.plugins.api.parameters import Choice, Integer, Parameter
from abtpro_saas.plugins.api.strategies import Strategy

PARAMETER = "p_"
"""What the fields of a strategy's parameters begin with."""

FIELDS: Mapping[str, str] = {
    "symbol": "market",
    "symbols": "market",
    "exchange": "market",
    "costs.maker": "maker",
    "costs.taker": "taker",
    "costs.slippage.value": "slippage_value",
    "costs.slippage.model": "slippage_model",
    "costs.minimum_notional": "minimum_notional",
    "costs.size_step": "size_step",
    "costs.price_tick": "price_tick",
    "costs.participation": "participation",
    "costs.fee_in": "fee_in",
    "margin": "contract",
    "margin.leverage": "leverage",
    "margin.maintenance": "maintenance",
    "margin.liquidation_fee": "liquidation_fee",
    "funding.rate": "funding_rate",
    "funding.interval_hours": "funding_hours",
    "sizing.fraction": "fraction",
}
"""How the form calls what the API has another name for."""

_PERCENT_MODELS = frozenset({"fixed", "spread"})


def members(strategy: Strategy, faults: Faults) -> dict[str, Any]:
    """Return what the form asks for, as the API's members.

    What should be a number and is none is noted, and not given.
    """
    typed = Typed(request.form, faults)
    return {
        "strategy_name": strategy.name,
        **_market(typed),
        "timeframe": typed.text("timeframe"),
        "start_date": typed.text("start_date") or None,
        "end_date": typed.text("end_date") or None,
        "initial_capital": typed.number("initial_capital"),
        "parameters": {each.name: _value(each, typed) for each in strategy.parameters},
        "sizing": {"fraction": typed.part("fraction"), "shorts": "shorts" in typed},
        "costs": _costs(typed),
        "engine": typed.text("engine") or None,
        "gap_tolerance": typed.part("gap_tolerance"),
        "fill_at": typed.text("fill_at") or None,
        "detail_timeframe": typed.text("detail_timeframe") or None,
        "universe": typed.text("universe") or None,
        **_contract(typed),
    }


def field_of(error: InvalidError) -> str | None:
    """Return the field by which a refusal is told."""
    named = error.field or ""
    if named.startswith("parameters."):
        return PARAMETER + named.removeprefix("parameters.")
    return FIELDS.get(named, named) or None


def values_of(order: Order) -> dict[str, Any]:
    """Return the form's fields as an earlier run was ordered."""
    setup, costs = order.setup, order.setup.costs
    preset = next(
        (p.key for p in PRESETS if (p.maker, p.taker) == (costs.maker, costs.taker)),
        OWN,
    )
    slippage = costs.slippage
    scale = 100 if slippage.model in _PERCENT_MODELS else 1
    values = {
        "market": f"{order.exchange}|{order.symbols[0]}",
        "markets": [f"{order.exchange}|{each}" for each in order.symbols],
        "timeframe": order.timeframe,
        "start_date": _day(order.start),
        "end_date": _day(order.end, last=True),
        "initial_capital": _plain(setup.initial_capital),
        "fees": preset,
        "maker": _plain(costs.maker * 100),
        "taker": _plain(costs.taker * 100),
        "slippage_model": str(slippage.model),
        "slippage_value": _plain(slippage.value * scale),
        "fraction": _plain(setup.fraction * 100),
        "shorts": "yes" if setup.shorts else "",
        "fill_at": str(setup.fill_at),
        "minimum_notional": _plain(setup.market.least_value),
        "size_step": _plain(setup.market.size_step),
        "price_tick": _plain(setup.market.price_tick),
        "engine": str(order.engine),
        "gap_tolerance": _plain(order.gap_tolerance * 100),
        "participation": _plain(setup.market.participation * 100),
        "fee_in": str(costs.fee_in),
        "detail_timeframe": setup.detail_timeframe or "",
        "universe": str(setup.universe),
        **_contract_values(setup),
    }
    given = {PARAMETER + name: each for name, each in order.parameters.items()}
    return values | given


def _contract_values(setup: Setup) -> dict[str, Any]:
    if setup.margin is None:
        return {"contract": ""}
    margin, funding = setup.margin, setup.funding
    values = {
        "contract": "yes",
        "leverage": _plain(margin.leverage),
        "maintenance": _plain(margin.maintenance * 100),
        "liquidation_fee": _plain(margin.liquidation_fee * 100),
        "funding": "none",
    }
    if funding is None:
        return values
    fixed = funding.rate is not None
    return values | {
        "funding": "fixed" if fixed else "market",
        "funding_rate": _plain((funding.rate or 0.0) * 100),
        "funding_hours": _plain(funding.interval_hours),
    }


def _contract(typed: Typed) -> dict[str, Any]:
    """Return margin and funding, of a perpetual contract alone."""
    if "contract" not in typed:
        return {}
    margin = {
        "leverage": typed.number("leverage"),
        "maintenance": typed.part("maintenance"),
        "liquidation_fee": typed.part("liquidation_fee"),
    }
    kind = typed.text("funding")
    if kind == "none":
        return {"margin": margin}
    rate = typed.part("funding_rate") if kind == "fixed" else None
    hours = typed.number("funding_hours")
    return {"margin": margin, "funding": {"rate": rate, "interval_hours": hours}}


def _market(typed: Typed) -> dict[str, Any]:
    chosen = [of_key(key) for key in typed.many("market") if key]
    sources = {exchange for exchange, _symbol in chosen}
    if len(sources) > 1:
        typed.refuse("all symbols must be of one source", "market")
        return {"symbols": []}
    symbols = [symbol for _exchange, symbol in chosen]
    told: dict[str, Any] = {"exchange": next(iter(sources), None)}
    if len(symbols) == 1:
        return told | {"symbol": symbols[0]}
    return told | {"symbols": symbols}


def _costs(typed: Typed) -> dict[str, Any]:
    preset = BY_KEY.get(typed.text("fees"))
    model = typed.text("slippage_model") or "none"
    value = typed.part if model in _PERCENT_MODELS else typed.number
    slippage = {"model": "none", "value": 0.0}
    if model != "none":
        if not typed.text("slippage_value"):
            typed.refuse("say how much", "costs.slippage.value")
        slippage = {"model": model, "value": value("slippage_value") or 0.0}
    return {
        "maker": preset.maker if preset else typed.part("maker"),
        "taker": preset.taker if preset else typed.part("taker"),
        "slippage": slippage,
        "minimum_notional": typed.number("minimum_notional"),
        "size_step": typed.number("size_step"),
        "price_tick": typed.number("price_tick"),
        "participation": typed.part("participation"),
        "fee_in": typed.text("fee_in") or None,
    }


def _value(parameter: Parameter, typed: Typed) -> int | float | str:
    name = PARAMETER + parameter.name
    if isinstance(parameter, Choice):
        return typed.text(name) or parameter.default
    found = typed.number(name, f"parameters.{parameter.name}")
    if found is None:
        return parameter.default
    is_whole = isinstance(parameter, Integer) and found == int(found)
    return int(found) if is_whole else value_of(parameter, found)


def _plain(value: float) -> str:
    return f"{round(value, 10):.10f}".rstrip("0").rstrip(".")


def _day(milliseconds: int | None, *, last: bool = False) -> str:
    if milliseconds is None:
        return ""
    return at_ms(milliseconds - last).date().isoformat()
