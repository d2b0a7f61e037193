"""The plans as a visitor sees them: what each costs, has, and may be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import url_for
from sqlalchemy.orm import Session

from abtpro_saas.blueprints.pages.contracts.outlook import Outlook
from abtpro_saas.contracts.deals.buying import OVER
from abtpro_saas.contracts.deals.paying import gross_price
from abtpro_saas.contracts.offers.plans import plans
from abtpro_saas.contracts.tables import Plan
from abtpro_saas.contracts.terms.durations import Duration, parse_duration
from abtpro_saas.contracts.terms.features import (
    CATALOGUE,
    UNLIMITED,
    Feature,
    FeatureType,
)
from abtpro_saas.contracts.terms.proration import Share
from abtpro_saas.contracts.words import Billing, ContractStatus
from abtpro_saas.ids import TenantId
from abtpro_saas.money import Satang

MONTHS = 12
_WHOLE = 10_000


class Deed(StrEnum):
    """What a visitor may do about a plan."""

    CHOOSE = "CHOOSE"
    TRY = "TRY"
    RENEW = "RENEW"
    RENEW_ON = "RENEW_ON"
    UPGRADE = "UPGRADE"
    CHANGE_LATER = "CHANGE_LATER"
    RESUME = "RESUME"
    PRESENT = "PRESENT"
    NONE = "NONE"


@dataclass(frozen=True)
class Offer:
    """One plan by one billing. ``price`` in satang, VAT included.

    ``more`` is what it has beyond ``beyond``, the next cheaper plan that is wholly in
    it; without such a plan, all that it has.
    """

    plan: Plan
    billing: Billing
    price: Satang
    monthly: Satang | None
    deed: Deed
    url: str | None
    is_present: bool
    is_next: bool
    beyond: Plan | None
    more: Sequence[Feature]

    @property
    def trial(self) -> Duration | None:
        """How long it may be tried free of charge, if at all."""
        return (
            parse_duration(self.plan.trial_period) if self.plan.trial_period else None
        )


@dataclass(frozen=True)
class Visitor:
    """Who looks at the plans: how their contract stands, and what they may do."""

    outlook: Outlook | None = None
    may_rent: bool = True
    may_try: bool = True


def offers(
    session: Session,
    tenant_id: TenantId,
    billing: Billing,
    visitor: Visitor,
    now: datetime,
) -> list[Offer]:
    """Return what the tenant sells by ``billing``, cheapest first."""
    sold = plans(session, tenant_id, now)
    if billing is Billing.YEARLY:
        sold = [plan for plan in sold if plan.yearly_price is not None]
    found: list[Offer] = []
    for index, plan in enumerate(sold):
        price = gross_price(session, plan, billing, now)
        deed = _deed(plan, billing, price, visitor)
        beyond = _beyond(plan, sold[:index])
        found.append(
            Offer(
                plan,
                billing,
                price,
                _monthly(billing, price),
                deed,
                _url(plan, billing, deed),
                _is_present(plan, billing, visitor.outlook),
                _is_next(plan, billing, visitor.outlook),
                beyond,
                _more(plan, beyond),
            )
        )
    return found


def saving(session: Session, sold: Sequence[Plan], now: datetime) -> int:
    """Return how much less a year costs than twelve months, at best; basis points."""
    best = 0
    for plan in sold:
        if plan.yearly_price is None or plan.period != "P1M" or not plan.price:
            continue
        months = MONTHS * gross_price(session, plan, Billing.MONTHLY, now)
        year = gross_price(session, plan, Billing.YEARLY, now)
        best = max(best, (months - year) * _WHOLE // months)
    return best


def compared(found: Sequence[Offer]) -> list[tuple[Feature, list[bool | int]]]:
    """Return each feature that any plan has, with what every plan gives of it."""
    return [
        (feature, [offer.plan.features.get(key, False) for offer in found])
        for key, feature in CATALOGUE.items()
        if any(offer.plan.features.get(key) for offer in found)
    ]


def given(features: Mapping[str, bool | int]) -> list[Feature]:
    """Return what a plan gives, in the catalogue's order."""
    return [CATALOGUE[key] for key in CATALOGUE if features.get(key)]


def limits_of(features: Mapping[str, bool | int]) -> list[str]:
    """Return the keys of the limits that a plan gives."""
    kind = FeatureType.LIMIT
    return [each.key for each in given(features) if each.type is kind]


def _deed(plan: Plan, billing: Billing, price: Satang, visitor: Visitor) -> Deed:
    seen = visitor.outlook
    if not visitor.may_rent or (seen is not None and seen.is_blocked):
        return Deed.NONE
    same = seen is not None and seen.plan.code == plan.code
    if seen is None or (seen.status in OVER and not _is_unpaid(seen, same=same)):
        tries = plan.trial_period is not None and visitor.may_try
        return Deed.TRY if tries else Deed.CHOOSE
    if seen.contract.cancelled_at is not None:
        return Deed.RESUME if same else Deed.NONE
    present = same and seen.contract.billing == billing
    if seen.now >= seen.contract.period_end:
        return Deed.RENEW if present else Deed.RENEW_ON
    if present:
        return Deed.PRESENT
    return Deed.UPGRADE if _costs_more(billing, price, seen) else Deed.CHANGE_LATER


def _is_unpaid(seen: Outlook, *, same: bool) -> bool:
    """Tell whether renewing brings the suspended plan back, and keeps its history."""
    return same and seen.status is ContractStatus.SUSPENDED


def _costs_more(billing: Billing, price: Satang, seen: Outlook) -> bool:
    """Tell whether a change would be paid for now; the preview says how much."""
    if seen.contract.trial or billing != seen.contract.billing:
        return seen.contract.trial or billing is Billing.YEARLY
    return price >= seen.contract.price


def _url(plan: Plan, billing: Billing, deed: Deed) -> str | None:
    if deed in {Deed.NONE, Deed.PRESENT}:
        return None
    if deed is Deed.RESUME:
        return url_for("contract_page.show")
    if deed in {Deed.RENEW, Deed.RENEW_ON}:
        return url_for("renewal_page.show", plan=plan.code, billing=billing)
    if deed in {Deed.UPGRADE, Deed.CHANGE_LATER}:
        return url_for("change_page.show", plan=plan.code, billing=billing)
    return url_for("pricing_page.choose", code=plan.code, billing=billing)


def _monthly(billing: Billing, price: Satang) -> Satang | None:
    """Return what a year costs by the month, rounded half up as the MRR is."""
    if billing is Billing.MONTHLY:
        return None
    return Share(1, MONTHS, is_short=False).of(price)


def _is_present(plan: Plan, billing: Billing, seen: Outlook | None) -> bool:
    if seen is None or seen.status is ContractStatus.CANCELLED:
        return False
    return (plan.code, billing) == (seen.plan.code, seen.contract.billing)


def _is_next(plan: Plan, billing: Billing, seen: Outlook | None) -> bool:
    if seen is None or not seen.changes:
        return False
    return (plan.code, billing) == (seen.next_plan.code, seen.next_billing)


def _beyond(plan: Plan, cheaper: Sequence[Plan]) -> Plan | None:
    """Return the dearest of the cheaper plans that ``plan`` has all of."""
    whole = (each for each in reversed(cheaper) if _holds(plan, each))
    return next(whole, None)


def _holds(plan: Plan, other: Plan) -> bool:
    return all(
        _measure(plan.features.get(key, 0)) >= _measure(value)
        for key, value in other.features.items()
    )


def _more(plan: Plan, beyond: Plan | None) -> list[Feature]:
    known = beyond.features if beyond else {}
    return [
        feature
        for feature in given(plan.features)
        if plan.features[feature.key] != known.get(feature.key)
    ]


def _measure(value: bool | int) -> float:  # noqa: FBT001 - a plan's value is one of the two
    return float("inf") if value == UNLIMITED else float(value)
