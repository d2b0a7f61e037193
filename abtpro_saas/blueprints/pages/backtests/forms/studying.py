"""A study's form, read into the members that the API takes."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from abtpro_saas.blueprints.pages.backtests.forms.asking import field_of
from abtpro_saas.blueprints.pages.backtests.forms.knobs import (
    HIGH,
    LISTED,
    LOW,
    RANGE,
    STEP,
    VARIED,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.forms.units import shown_value, value_of
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.timeframes import DAY
from abtpro_saas.plugins.api.parameters import Choice, Parameter
from abtpro_saas.plugins.api.strategies import Strategy

LEAST_TRADES, MOST_DRAWDOWN = "least_trades", "most_drawdown"
SPACE = "search.space"

FIELDS: Mapping[str, str] = {
    "search.method": "method",
    "search.objective": "objective",
    "search.trials": "trials",
    "search.seed": "search_seed",
    "walk.mode": "mode",
    "walk.windows": "windows",
    "walk.train": "train_days",
    "walk.test": "test_days",
    "walk.embargo": "embargo",
    "walk.choose": "choose",
    "ruin": "ruin",
}
"""How the form calls what the API has another name for."""

_BOUNDS: Mapping[str, str] = {
    "total_trades": LEAST_TRADES,
    "max_drawdown": MOST_DRAWDOWN,
}


def search_members(strategy: Strategy, typed: Typed) -> dict[str, Any]:
    """Return what the form says of a search.

    Raises:
        FieldError: something that should be a number is none.
    """
    varied = [
        each for each in strategy.parameters if typed.text(VARIED + each.name) == RANGE
    ]
    space = {each.name: _dimension(each, typed) for each in varied}
    told = {
        "method": typed.text("method") or None,
        "space": {name: each for name, each in space.items() if each is not None},
        "objective": typed.text("objective") or None,
        "trials": typed.number("trials") if _limited(typed) else None,
        "seed": typed.number("search_seed"),
        "constraints": _constraints(typed),
    }
    return {name: value for name, value in told.items() if value is not None}


def walk_members(typed: Typed, step: int) -> dict[str, Any]:
    """Return what the form says of a walk; ``step`` is a candle's length in ms.

    Raises:
        FieldError: something that should be a number is none.
    """
    return {
        "mode": typed.text("mode") or None,
        "windows": typed.number("windows"),
        "train": _candles(typed.number("train_days"), step),
        "test": _candles(typed.number("test_days"), step),
        "embargo": typed.number("embargo"),
        "choose": typed.text("choose") or None,
    }


def resampling_members(typed: Typed) -> dict[str, Any]:
    """Return what the form says of a Monte Carlo.

    Raises:
        FieldError: something that should be a number is none.
    """
    method = typed.text("method")
    return {
        "method": method or None,
        "simulations": typed.number("simulations"),
        "seed": typed.number("seed"),
        "ruin": typed.part("ruin"),
        "block": typed.number("block") if method == "block_bootstrap" else None,
        "noise": typed.part("noise"),
    }


def search_values(asked: Mapping[str, Any], strategy: Strategy) -> dict[str, Any]:
    """Return the form's fields as an earlier search was asked."""
    found: dict[str, Any] = {
        "method": asked["method"],
        "objective": asked["objective"],
        "trials": asked["trials"],
        "search_seed": asked["seed"],
        LEAST_TRADES: "",
    }
    for each in asked["constraints"]:
        if each["metric"] in _BOUNDS:
            bound = each["most"] if each["least"] is None else each["least"]
            found[_BOUNDS[each["metric"]]] = f"{bound:g}"
    declared = {each.name: each for each in strategy.parameters}
    for name, tried in asked["space"].items():
        found[VARIED + name] = RANGE
        if name in declared:
            found |= _tried(declared[name], tried)
    return found


def _tried(declared: Parameter, tried: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON keeps it
    name = declared.name
    if isinstance(tried, Mapping):
        low, high, step = tried["low"], tried["high"], tried["step"]
    elif all(isinstance(each, str) for each in tried):
        return {LISTED + name: list(tried)}
    else:
        low, high = min(tried), max(tried)
        step = (high - low) / max(len(tried) - 1, 1) or 1
    ends = {LOW: low, HIGH: high, STEP: step}
    return {
        prefix + name: "" if end is None else f"{shown_value(declared, end):g}"
        for prefix, end in ends.items()
    }


def walk_values(asked: Mapping[str, Any], step: int) -> dict[str, Any]:
    """Return the form's fields as an earlier walk was asked."""
    lengths = {
        f"{name}_days": "" if bars is None or bars < 1 else f"{bars * step / DAY:g}"
        for name, bars in (("train", asked["train"]), ("test", asked["test"]))
    }
    plain = {name: asked[name] for name in ("mode", "windows", "embargo", "choose")}
    return plain | lengths


def study_field_of(error: InvalidError, strategy: Strategy, typed: Typed) -> str | None:
    """Return the field by which a study's refusal is told."""
    named = error.field or ""
    if named.startswith(SPACE + "."):
        return _of_space(named.removeprefix(SPACE + "."), strategy)
    if named.startswith("search.constraints."):
        place = named.split(".")[2]
        asked = _constraints(typed)
        if place.isdecimal() and int(place) < len(asked):
            return _BOUNDS[asked[int(place)]["metric"]]
    if named == SPACE:
        return "space"
    return FIELDS.get(named) or field_of(error)


def _of_space(named: str, strategy: Strategy) -> str:
    name, _dot, part = named.partition(".")
    declared = next((each for each in strategy.parameters if each.name == name), None)
    if isinstance(declared, Choice):
        return LISTED + name
    return {"step": STEP, "high": HIGH}.get(part, LOW) + name


def _dimension(declared: Parameter, typed: Typed) -> object:
    """Return what is tried of a parameter; None where that cannot be read."""
    name = declared.name
    if isinstance(declared, Choice):
        return typed.many(LISTED + name)
    inside = f"{SPACE}.{name}"
    low = typed.number(LOW + name, f"{inside}.low")
    high = typed.number(HIGH + name, f"{inside}.high")
    step = typed.number(STEP + name, f"{inside}.step")
    for part, value in (("low", low), ("high", high)):
        if value is None:
            typed.refuse(_("a number"), f"{inside}.{part}")
    if low is None or high is None:
        return None
    return {
        "low": value_of(declared, low),
        "high": value_of(declared, high),
        "step": None if step is None else value_of(declared, step),
    }


def _limited(typed: Typed) -> bool:
    """Tell whether so many trials are tried, rather than all combinations."""
    return typed.text("method") != "grid"


def _constraints(typed: Typed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if (least := typed.number(LEAST_TRADES)) is not None:
        found.append({"metric": "total_trades", "least": least})
    if (most := typed.number(MOST_DRAWDOWN)) is not None:
        found.append({"metric": "max_drawdown", "most": most})
    return found


def _candles(days: float | None, step: int) -> int | None:
    return None if days is None else round(days * DAY / step)
