"""What the API says of plans and contracts."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abtpro_saas.blueprints.contracts.charges import charge_answer
from abtpro_saas.clock import bangkok_date
from abtpro_saas.contracts.claims import used_limits
from abtpro_saas.contracts.deals.paying import gross_price, next_price
from abtpro_saas.contracts.deals.renewing import upcoming
from abtpro_saas.contracts.entitlements import Entitlement
from abtpro_saas.contracts.offers.plans import get_plan
from abtpro_saas.contracts.office.listing import running_period
from abtpro_saas.contracts.tables import Contract, Coupon, Period, Plan
from abtpro_saas.contracts.terms.durations import Duration, parse_duration
from abtpro_saas.contracts.terms.features import (
    CATALOGUE,
    Feature,
    Features,
    FeatureType,
    limit_of,
)
from abtpro_saas.contracts.terms.standing import renews_itself_until, status_of
from abtpro_saas.contracts.words import Billing
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import THB

LIMITS = tuple(
    key for key, feature in CATALOGUE.items() if feature.type is FeatureType.LIMIT
)
_MONTHS, _DAYS, _DAY_S = 12, 365, 86_400


def plan_answer(session: Session, plan: Plan, now: datetime) -> dict[str, Any]:
    """Return what the API says of a plan; prices with VAT."""
    yearly = None
    if plan.yearly_price is not None:
        yearly = gross_price(session, plan, Billing.YEARLY, now)
    return {
        "id": plan.plan_id,
        "name": plan.code,
        "code": plan.code,
        "version": plan.version,
        "names": {"th": plan.name_th, "en": plan.name_en},
        "price": gross_price(session, plan, Billing.MONTHLY, now),
        "yearly_price": yearly,
        "currency": plan.currency,
        "duration_days": _days(parse_duration(plan.period)),
        "period": plan.period,
        "grace_period": plan.grace_period,
        "trial_period": plan.trial_period,
        "max_bots": limit_of(plan.features, "max_bots"),
        "features": flags_of(plan.features),
        "limits": {key: limit_of(plan.features, key) for key in LIMITS},
        "feature_details": [
            _detail(CATALOGUE[key], value)
            for key, value in sorted(plan.features.items(), key=_place)
        ],
    }


def contract_answer(
    session: Session, contract: Contract, now: datetime
) -> dict[str, Any]:
    """Return what the API says of a contract, as it stands at ``now``."""
    plan = get_plan(session, contract.tenant_id, contract.plan_at(now))
    whose = contract.tenant_id, contract.user_id
    return {
        **standing_answer(contract, plan, running_period(session, contract, now), now),
        "next_charge": _next_charge(session, contract, now),
        "next_plan": _next_plan(session, contract, now),
        "coupon": _coupon(session, contract),
        "features": flags_of(plan.features),
        "limits": limits_answer(session, *whose, plan.features),
    }


def standing_answer(
    contract: Contract, plan: Plan, running: Period | None, now: datetime
) -> dict[str, Any]:
    """Return what a contract's row and its running period tell at ``now``."""
    start, price, billing = contract.period_start, contract.price, contract.billing
    if running is not None:
        start = running.period_start
        if now < contract.period_start and running.price:  # the row tells what comes
            price, billing = running.price, running.billing
    end, grace_end = contract.period_end, contract.grace_ends_at
    days = (bangkok_date(end) - bangkok_date(now)).days
    return {
        "id": contract.contract_id,
        "plan": plan.code,
        "plan_id": plan.plan_id,
        "status": status_of(contract, now),
        "trial": contract.trial,
        "billing_period": billing,
        "price": price,
        "currency": THB,
        "period_start": start,
        "current_period": {"start": start, "end": running.period_end}
        if running
        else None,
        "expiry": end,
        "grace_ends_at": grace_end,
        "grace_period_days": (grace_end - end).days,
        "is_expired": now >= end,
        "days_until_expiry": max(days, 0),
        "auto_renew": contract.auto_renew,
        "cancelled_at": contract.cancelled_at,
        "cancels_at": end if contract.cancelled_at else None,
        "created_at": contract.created_at,
        "renewed_at": contract.renewed_at,
    }


def features_answer(
    session: Session, tenant_id: TenantId, user_id: UserId, found: Entitlement
) -> dict[str, Any]:
    """Return what the API says of what a user has now."""
    features = found.features or {}
    return {
        "features": flags_of(features),
        "limits": limits_answer(session, tenant_id, user_id, features),
    }


def flags_of(features: Features) -> list[str]:
    """Return the flags that are on, in the catalogue's order."""
    return [key for key in CATALOGUE if key not in LIMITS and features.get(key)]


def limits_answer(
    session: Session, tenant_id: TenantId, user_id: UserId, features: Features
) -> dict[str, Any]:
    """Return each limit with how many of it are in use."""
    used = used_limits(session, tenant_id, user_id, LIMITS)
    return {
        key: {"limit": limit_of(features, key), "used": used[key]} for key in LIMITS
    }


def _days(length: Duration) -> int:
    """Return a duration in days as version 1.x counted them: a month has 30."""
    months = length.months * _DAYS // _MONTHS
    return months + length.days + length.seconds // _DAY_S


def _detail(feature: Feature, value: bool | int) -> dict[str, Any]:  # noqa: FBT001 - a plan's value is one of the two
    return {
        "key": feature.key,
        "type": feature.type,
        "value": value,
        "name": {each: words.name for each, words in feature.words.items()},
        "description": {each: words.meaning for each, words in feature.words.items()},
    }


def _place(item: tuple[str, bool | int]) -> int:
    return list(CATALOGUE).index(item[0])


def _next_charge(
    session: Session, contract: Contract, now: datetime
) -> dict[str, Any] | None:
    ended = contract.cancelled_at or contract.blocked_at or contract.closed_at
    if ended or not contract.auto_renew or now >= renews_itself_until(contract):
        return None
    plan, billing = upcoming(session, contract, now)
    price = next_price(session, contract, plan, billing, now)
    at = contract.period_end if now < contract.period_end else None
    return charge_answer(price, at, plan, billing)


def _next_plan(
    session: Session, contract: Contract, now: datetime
) -> dict[str, Any] | None:
    """Return the plan that comes: paid ahead, or planned for the next period."""
    plan_id, at = contract.next_plan_id, contract.period_end
    if contract.plan_at(now) != contract.plan_id:
        plan_id, at = contract.plan_id, contract.period_start
    if plan_id is None:
        return None
    plan = get_plan(session, contract.tenant_id, plan_id)
    billing = contract.next_billing or contract.billing
    return {"plan": plan.code, "billing_period": billing, "at": at}


def _coupon(session: Session, contract: Contract) -> dict[str, Any] | None:
    if contract.coupon_id is None:
        return None
    coupon = session.get_one(Coupon, (contract.tenant_id, contract.coupon_id))
    return {"code": coupon.code, "charges_left": contract.coupon_left}
