"""A plan as its editor shows it, and as it comes back from there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from flask import request

from abtpro_saas.blueprints.pages.contracts.admin.lengths import (
    Length,
    asked_length,
    shown_length,
    typed_length,
)
from abtpro_saas.blueprints.pages.frame.forms import text
from abtpro_saas.contracts.offers.defaults import GRACE, PERIOD
from abtpro_saas.contracts.offers.plans import NewPlan
from abtpro_saas.contracts.tables import Plan
from abtpro_saas.contracts.terms.features import (
    CATALOGUE,
    UNLIMITED,
    FeatureError,
    FeatureType,
)
from abtpro_saas.money import Satang, baht, parse_baht

LENGTHS = ("period", "grace_period", "trial_period")
_DIGITS = 7


@dataclass(frozen=True)
class PlanFields:
    """What the editor's fields hold: texts as typed, features by their keys."""

    code: str = ""
    name_th: str = ""
    name_en: str = ""
    price: str = ""
    yearly_price: str = ""
    lengths: Mapping[str, Length] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)
    offered: bool = True


def fields_of(plan: Plan) -> PlanFields:
    """Return the editor of a plan's next version, which begins as the present one."""
    return PlanFields(
        code=plan.code,
        name_th=plan.name_th,
        name_en=plan.name_en,
        price=baht(plan.price),
        yearly_price="" if plan.yearly_price is None else baht(plan.yearly_price),
        lengths={name: shown_length(getattr(plan, name)) for name in LENGTHS},
        features=plan.features,
        offered=plan.offered,
    )


def empty_fields() -> PlanFields:
    """Return the editor of a plan that is not there yet."""
    given = {"period": PERIOD, "grace_period": GRACE, "trial_period": None}
    return PlanFields(lengths={k: shown_length(v) for k, v in given.items()})


def typed_fields(code: str | None) -> PlanFields:
    """Return the editor as it was sent; ``code`` is the plan's that it is of."""
    return PlanFields(
        code=code or text("code").upper(),
        name_th=text("name_th"),
        name_en=text("name_en"),
        price=text("price"),
        yearly_price=text("yearly_price"),
        lengths={name: typed_length(name) for name in LENGTHS},
        features=_typed_features(),
        offered="offered" in request.form,
    )


def plan_of(fields: PlanFields) -> NewPlan:
    """Return the plan that the sent editor describes.

    Raises:
        InvalidError: a field that cannot be used, by its name.
    """
    return NewPlan(
        code=fields.code,
        name_th=fields.name_th,
        name_en=fields.name_en,
        price=_money("price", fields.price),
        yearly_price=_money("yearly_price", fields.yearly_price)
        if fields.yearly_price
        else None,
        period=asked_length("period") or "",
        grace_period=asked_length("grace_period") or "PT0S",
        trial_period=asked_length("trial_period"),
        features=_features(fields.features),
        offered=fields.offered,
    )


def mark_of(new: NewPlan) -> str:
    """Return a mark of what was shown before it is published."""
    return sha256(repr(new).encode()).hexdigest()[:24]


def _money(name: str, typed: str) -> Satang:
    return parse_baht(typed.replace(",", ""), name)


def _typed_features() -> dict[str, Any]:
    """Return the switches as flags, the numbers as they were typed."""
    found: dict[str, Any] = {}
    for key, feature in CATALOGUE.items():
        sent = text(f"feature-{key}")
        if feature.type is FeatureType.FLAG:
            found[key] = bool(sent)
        elif text(f"unlimited-{key}"):
            found[key] = UNLIMITED
        else:
            found[key] = sent
    return found


def _features(typed: Mapping[str, Any]) -> dict[str, bool | int]:
    """Return the features as a plan keeps them.

    Raises:
        FeatureError: a limit is no whole number.
    """
    found: dict[str, bool | int] = {}
    for key, value in typed.items():
        if not isinstance(value, str):
            found[key] = value
        elif not value:
            found[key] = 0
        elif value.isdecimal() and len(value) <= _DIGITS:
            found[key] = int(value)
        else:
            raise FeatureError("a whole number", f"feature-{key}")
    return found
