"""Each declared parameter as a study's form asks for it: fixed, or within a range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10, nan
from typing import Any

from werkzeug.datastructures import MultiDict

from abtpro_saas.blueprints.pages.backtests.forms.asking import PARAMETER
from abtpro_saas.blueprints.pages.backtests.forms.page import Field, field_of
from abtpro_saas.blueprints.pages.backtests.forms.units import scale_of
from abtpro_saas.blueprints.pages.frame.forms import Form
from abtpro_saas.plugins.api.parameters import Choice, Integer, Number, Parameter
from abtpro_saas.plugins.api.strategies import Strategy

VARIED, LOW, HIGH, STEP, LISTED = "v_", "low_", "high_", "step_", "list_"
"""What the fields of a parameter begin with that says how it is varied."""

FIXED, RANGE = "fixed", "range"
TO_BEGIN_WITH = 2
"""Parameters that are varied unless somebody says otherwise: a map has two sides."""
_STEPS = 8
_UNUSED = (0.01, 0.1, 0.01)
"""What is suggested for a number whose default is to leave it out."""


@dataclass(frozen=True)
class Knob:
    """A parameter: its field as a run has it, and how a study may vary it."""

    name: str
    field: Field
    varied: bool
    low: str
    high: str
    step: str
    listed: Sequence[str]

    @property
    def is_used(self) -> bool:
        """Tell whether it has a value that is not nothing."""
        return str(self.field.value).strip("0.") != ""

    @property
    def is_choice(self) -> bool:
        """Tell whether it is one of some words, rather than a number."""
        return bool(self.field.options)


def typed_of(values: Mapping[str, Any]) -> MultiDict[str, str]:
    """Return the fields of a form that was not sent yet, as if it had been."""
    given = MultiDict[str, str]()
    for name, value in values.items():
        given.setlist(name, value if isinstance(value, list) else [str(value)])
    return given


def knobs(strategy: Strategy, form: Form, typed: MultiDict[str, str]) -> list[Knob]:
    """Return all parameters, as typed, else as suggested around their values."""
    begins = _begins(strategy)
    return [_knob(each, form, typed, begins) for each in strategy.parameters]


def fields_of(found: Sequence[Knob]) -> MultiDict[str, str]:
    """Return what would be sent of knobs that nobody has touched."""
    sent = MultiDict[str, str]()
    for each in found:
        sent[VARIED + each.name] = RANGE if each.varied else FIXED
        sent[PARAMETER + each.name] = str(each.field.value)
        sent[LOW + each.name], sent[HIGH + each.name] = each.low, each.high
        sent[STEP + each.name] = each.step
        sent.setlist(LISTED + each.name, list(each.listed))
    return sent


def _begins(strategy: Strategy) -> frozenset[str]:
    """Return the names of those that are varied to begin with."""
    declared = strategy.parameters
    whole = [each.name for each in declared if isinstance(each, Integer)]
    others = [
        each.name for each in declared if isinstance(each, Number) and each.default > 0
    ]
    return frozenset((*whole, *others)[:TO_BEGIN_WITH])


def _knob(
    declared: Parameter, form: Form, typed: MultiDict[str, str], begins: frozenset[str]
) -> Knob:
    name = declared.name
    low, high, step = "", "", ""
    listed: list[str] = []
    field = field_of(declared, form)
    if isinstance(declared, Choice):
        listed = typed.getlist(LISTED + name) or list(declared.options)
    else:
        low, high, step = (f"{each:g}" for each in suggested(declared, field.value))
    said = typed.get(VARIED + name)
    return Knob(
        name,
        field,
        name in begins if said is None else said == RANGE,
        typed.get(LOW + name, low),
        typed.get(HIGH + name, high),
        typed.get(STEP + name, step),
        listed,
    )


def suggested(declared: Integer | Number, value: object) -> tuple[float, float, float]:
    """Return low, high and step around a value: round numbers, some eight of them.

    All of them as a form writes them.
    """
    scale = scale_of(declared)
    least, most = declared.low * scale, declared.high * scale
    try:
        middle = float(str(value))
    except ValueError:
        middle = nan
    if not least <= middle <= most:  # what was typed is no value of it
        middle = float(declared.default) * scale
    if middle <= 0 and isinstance(declared, Number):
        low, high, step = (each * scale for each in _UNUSED)
        return max(low, least), min(high, most), step
    low, high = middle / 2, middle * 2 if middle else _STEPS
    step = _round((high - low) / _STEPS)
    if isinstance(declared, Integer):
        step = max(1, round(step))
    low = max(least, _on(low, step) or step)
    high = min(most, _on(high, step))
    return low, max(low, high), step


def _on(value: float, step: float) -> float:
    return round(round(value / step) * step, 10)


def _round(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten, not far from ``step``."""
    size: float = 10.0 ** floor(log10(step))
    return float(next(each for each in (1, 2, 5, 10) if each * size >= step)) * size
