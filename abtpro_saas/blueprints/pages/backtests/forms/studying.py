"""A study's form, read into the members that the API takes."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from abtpro_saas.blueprints.pages.backtests.forms.asking import FieldError, field_of
from abtpro_saas.blueprints.pages.backtests.forms.knobs import (
    HIGH,
    LISTED,
    LOW,
    RANGE,
    STEP,
    VARIED,
)
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


class Typed:
    """The fields of a form, each read as what it should hold."""

    def __init__(self, fields: MultiDict[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return what was typed, without margins."""
        return self._fields.get(name, "").strip()

    def many(self, name: str) -> list[str]:
        """Return all that is ticked under a name."""
        return self._fields.getlist(name)

    def number(self, name: str) -> float | None:
        """Return a number, None where nothing was typed.

        Raises:
            FieldError: it is none.
        """
        written = self.text(name).replace(",", "")
        if not written:
            return None
        try:
            found = float(written)
        except ValueError:
            raise FieldError(_("a number"), name) from None
        return int(found) if found.is_integer() else found

    def part(self, name: str) -> float | None:
        """Return a percentage as a fraction."""
        found = self.number(name)
        return None if found is None else round(found / 100, 12)


def search_members(strategy: Strategy, typed: Typed) -> dict[str, Any]:
    """Return what the form says of a search.

    Raises:
        FieldError: something that should be a number is none.
    """
    varied = [
        each for each in strategy.parameters if typed.text(VARIED + each.name) == RANGE
    ]
    told = {
        "method": typed.text("method") or None,
        "space": {each.name: _dimension(each, typed) for each in varied},
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


def search_values(asked: Mapping[str, Any]) -> dict[str, Any]:
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
    for name, tried in asked["space"].items():
        found[VARIED + name] = RANGE
        found |= _tried(name, tried)
    return found


def _tried(name: str, tried: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON keeps it
    if isinstance(tried, Mapping):
        step = tried["step"]
        return {
            LOW + name: f"{tried['low']:g}",
            HIGH + name: f"{tried['high']:g}",
            STEP + name: "" if step is None else f"{step:g}",
        }
    if all(isinstance(each, str) for each in tried):
        return {LISTED + name: list(tried)}
    low, high = min(tried), max(tried)
    step = (high - low) / max(len(tried) - 1, 1) or 1
    return {LOW + name: f"{low:g}", HIGH + name: f"{high:g}", STEP + name: f"{step:g}"}


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
    name = declared.name
    if isinstance(declared, Choice):
        return typed.many(LISTED + name)
    low, high = typed.number(LOW + name), typed.number(HIGH + name)
    for field, value in ((LOW, low), (HIGH, high)):
        if value is None:
            raise FieldError(_("a number"), field + name)
    return {"low": low, "high": high, "step": typed.number(STEP + name)}


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
