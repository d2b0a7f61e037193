"""What a tenant sells: its own versions of plans, beginning with the platform's.

A plan's version is never changed. Who rents under an older one keeps it until the next
renewal, which takes the newest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from abtpro_saas.contracts.offers.defaults import DEFAULTS, GRACE, PERIOD
from abtpro_saas.contracts.tables import Plan
from abtpro_saas.contracts.terms.durations import Duration, parse_duration
from abtpro_saas.contracts.terms.features import check_features
from abtpro_saas.contracts.words import Billing
from abtpro_saas.database import take_turns
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.money import Satang

YEAR = Duration(months=12)
LONGEST_NAME = 60
DEAREST = Satang(1_000_000_000)
"""No plan costs more than ten million baht: a slip of the finger would."""

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,31}", re.ASCII)


class PlanError(InvalidError):
    """A plan cannot be published like this."""

    code = "invalid_plan"


class PlanNotFoundError(NotFoundError):
    """The tenant sells no such plan."""

    code = "plan_not_found"


@dataclass(frozen=True)
class NewPlan:
    """A plan to be published, or a new version of one. Prices in satang."""

    code: str
    name_th: str
    name_en: str
    price: Satang
    features: Mapping[str, Any]
    period: str = PERIOD
    grace_period: str = GRACE
    yearly_price: Satang | None = None
    trial_period: str | None = None
    offered: bool = True


def plans(session: Session, tenant_id: TenantId, now: datetime) -> list[Plan]:
    """Return the newest version of each plan that is offered, cheapest first."""
    newest = newest_plans(session, tenant_id, now)
    return [plan for plan in newest if plan.offered]


def newest_plans(session: Session, tenant_id: TenantId, now: datetime) -> list[Plan]:
    """Return the newest version of each plan, sold or not, cheapest first."""
    found = _newest(session, tenant_id)
    if not found:
        _begin(session, tenant_id, now)
        found = _newest(session, tenant_id)
    return sorted(found, key=lambda plan: (plan.price, plan.code))


def plan(
    session: Session,
    tenant_id: TenantId,
    asked: str,
    now: datetime,
    *,
    withdrawn: bool = False,
) -> Plan:
    """Return a plan on offer, by its code in any case or its id.

    ``withdrawn`` also finds what is not sold any more, for those who rent it.

    Raises:
        PlanNotFoundError: there is none.
    """
    wanted = asked.strip().upper()
    for each in newest_plans(session, tenant_id, now):
        mine = each.code == wanted or str(each.plan_id).upper() == wanted
        if mine and (each.offered or withdrawn):
            return each
    raise PlanNotFoundError("there is no such plan")


def versions(session: Session, tenant_id: TenantId, code: str) -> Sequence[Plan]:
    """Return every version of a plan, newest first; none where there is no such."""
    query = select(Plan).where(Plan.tenant_id == tenant_id, Plan.code == code)
    return session.scalars(query.order_by(Plan.version.desc())).all()


def publish(
    session: Session, tenant_id: TenantId, new: NewPlan, *, by: UserId, now: datetime
) -> Plan:
    """Sell ``new`` from now on; who rents the plan already changes at renewal.

    Raises:
        InvalidError: a field that cannot be used, by its name.
    """
    features = check_plan(new)
    take_turns(session, f"plans:{tenant_id}")
    newest_plans(session, tenant_id, now)  # the defaults come before what replaces them
    made = Plan(
        tenant_id=tenant_id,
        code=new.code,
        version=_last_version(session, tenant_id, new.code) + 1,
        name_th=new.name_th,
        name_en=new.name_en,
        price=new.price,
        yearly_price=new.yearly_price,
        period=str(parse_duration(new.period)),
        grace_period=str(parse_duration(new.grace_period)),
        trial_period=new.trial_period,
        features=dict(features),
        offered=new.offered,
        published_at=now,
        published_by=by,
    )
    session.add(made)
    session.flush()
    return made


def price_of(plan: Plan, billing: str) -> Satang:
    """Return what a charge of ``plan`` is, in satang, as the tenant names prices.

    Raises:
        PlanError: it is not sold by the year.
    """
    if billing == Billing.MONTHLY:
        return plan.price
    if plan.yearly_price is None:
        raise PlanError("this plan is not sold by the year", "billing_period")
    return plan.yearly_price


def period_of(plan: Plan, billing: str) -> Duration:
    """Return how long one charge of ``plan`` lasts."""
    return YEAR if billing == Billing.YEARLY else parse_duration(plan.period)


def grace_of(plan: Plan) -> Duration:
    """Return how long access is kept when a period ends unpaid."""
    return parse_duration(plan.grace_period)


def get_plan(session: Session, tenant_id: TenantId, plan_id: UUID) -> Plan:
    """Return one version of a plan by its id."""
    return session.get_one(Plan, (tenant_id, plan_id))


def _newest(session: Session, tenant_id: TenantId) -> list[Plan]:
    query = (
        select(Plan)
        .where(Plan.tenant_id == tenant_id)
        .ext(distinct_on(Plan.code))
        .order_by(Plan.code, Plan.version.desc())
    )
    return list(session.scalars(query))


def _begin(session: Session, tenant_id: TenantId, now: datetime) -> None:
    """Let the tenant sell what the platform sells; whoever asks first does it."""
    rows = [
        {
            "tenant_id": tenant_id,
            "plan_id": new_id(),
            "code": default.code,
            "version": 1,
            "name_th": default.name_th,
            "name_en": default.name_en,
            "price": default.price,
            "yearly_price": default.yearly_price,
            "period": PERIOD,
            "grace_period": GRACE,
            "features": dict(default.features),
            "published_at": now,
        }
        for default in DEFAULTS
    ]
    session.execute(insert(Plan).values(rows).on_conflict_do_nothing())


def _last_version(session: Session, tenant_id: TenantId, code: str) -> int:
    newest = select(func.max(Plan.version)).where(
        Plan.tenant_id == tenant_id, Plan.code == code
    )
    return session.scalar(newest) or 0


def check_plan(new: NewPlan) -> Mapping[str, bool | int]:
    """Return what ``new`` would give, if it could be published.

    Raises:
        InvalidError: a field that cannot be used, by its name.
    """
    if _CODE.fullmatch(new.code) is None:
        raise PlanError("a code has 1 to 32 of A-Z, 0-9 and _", "code")
    for field, price in (("price", new.price), ("yearly_price", new.yearly_price)):
        if price is not None and not 0 <= price <= DEAREST:
            raise PlanError("ten million baht at most", field)
    if _is_empty(new.period):
        raise PlanError("a period lasts a second at least", "period")
    parse_duration(new.grace_period, "grace_period")
    if new.trial_period is not None and _is_empty(new.trial_period, "trial_period"):
        raise PlanError("a trial lasts a second at least", "trial_period")
    for field, name in (("name.th", new.name_th), ("name.en", new.name_en)):
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise PlanError(f"a name of up to {LONGEST_NAME} characters", field)
    return check_features(new.features)


def _is_empty(text: str, field: str = "period") -> bool:
    return parse_duration(text, field) == Duration()
