"""A new contract: its first period is paid from the wallet, or is a trial."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.finding import (
    ContractRunsError,
    begin_change,
    find_contract,
    one_contract,
    require_unblocked,
)
from abtpro_saas.contracts.deals.paying import Span, gross_price, pay
from abtpro_saas.contracts.history import changed, record
from abtpro_saas.contracts.life.telling import tell_started
from abtpro_saas.contracts.offers import coupons
from abtpro_saas.contracts.offers.plans import (
    PlanNotFoundError,
    grace_of,
    period_of,
    plan,
)
from abtpro_saas.contracts.tables import Contract, Coupon, Plan
from abtpro_saas.contracts.terms.durations import after, parse_duration
from abtpro_saas.contracts.terms.periods import end_of
from abtpro_saas.contracts.terms.standing import status_of
from abtpro_saas.contracts.words import (
    Billing,
    ContractStatus,
    EventKind,
    PeriodKind,
)
from abtpro_saas.database import take_turns
from abtpro_saas.errors import InvalidError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang

OVER = {ContractStatus.SUSPENDED, ContractStatus.CANCELLED}
"""How a contract stands that a new one may replace."""


class UnknownPlanError(InvalidError):
    """The request names a plan that is not on offer."""

    code = "unknown_plan"


@dataclass(frozen=True)
class Purchase:
    """What a user wants to rent."""

    plan: str
    billing: Billing = Billing.MONTHLY
    coupon: str | None = None
    auto_renew: bool = False


def buy(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Purchase,
    now: datetime,
) -> Contract:
    """Make a contract and pay its first period; it replaces one that is over.

    Raises:
        UnknownPlanError: the plan is not on offer.
        ContractRunsError: the user has a contract that is not over.
        ContractBlockedError: an admin has suspended it.
        BalanceShortError: the wallet does not hold the price.
        CouponError: the coupon cannot be used for this.
    """
    take_turns(session, f"contract:{tenant_id}:{user_id}")
    old = find_contract(session, tenant_id, user_id)
    if old is not None:
        # Locked: its process may be renewing it at this moment.
        old = one_contract(session, tenant_id, old.contract_id)
        now = begin_change(old, now)
        require_over(old, now)
    chosen = chosen_plan(session, tenant_id, order.plan, now)
    coupon = None
    if order.coupon:
        code = order.coupon
        coupon = coupons.find_coupon(session, tenant_id, code, chosen.code, now)
        coupons.require_unused(session, coupon, user_id)
        coupons.redeem(session, coupon)
    trial = chosen.trial_period is not None and is_first(session, tenant_id, user_id)
    if old is not None:
        _replace(session, old, now)
    contract = _draft(order, chosen, user_id, now, trial=trial)
    contract.price = gross_price(session, chosen, order.billing, now)
    if coupon is not None:
        contract.coupon_id, contract.coupon_left = coupon.coupon_id, coupon.periods
    session.add(contract)
    session.flush()
    _pay_first(session, contract, chosen, coupon, now)
    return contract


def require_over(old: Contract, now: datetime) -> None:
    """Refuse to replace a contract that is not over, or that an admin suspended."""
    require_unblocked(old, now)
    if status_of(old, now) not in OVER:
        raise ContractRunsError("you have a contract: renew it, or change its plan")


def chosen_plan(
    session: Session, tenant_id: TenantId, asked: str, now: datetime
) -> Plan:
    """Return the plan on offer that a purchase names, or raise UnknownPlanError."""
    try:
        return plan(session, tenant_id, asked, now)
    except PlanNotFoundError:
        raise UnknownPlanError("there is no such plan on offer", "plan") from None


def is_first(session: Session, tenant_id: TenantId, user_id: UserId) -> bool:
    """Tell whether the user never had a contract, and so may begin with a trial."""
    any_before = select(Contract.contract_id).where(
        Contract.tenant_id == tenant_id, Contract.user_id == user_id
    )
    return session.scalar(any_before.limit(1)) is None


def first_end(
    chosen: Plan, billing: Billing, now: datetime, *, trial: bool
) -> datetime:
    """Return when the first period, or the trial, of a contract of ``now`` ends."""
    if trial:
        return after(now, parse_duration(chosen.trial_period or ""))
    return end_of(now, period_of(chosen, billing), 1)


def _replace(session: Session, old: Contract, now: datetime) -> None:
    old.closed_at, old.review_at = now, None
    record(session, old, EventKind.REPLACED, now, once="replaced")
    changed(session, old, now)


def _draft(
    order: Purchase, chosen: Plan, user_id: UserId, now: datetime, *, trial: bool
) -> Contract:
    end = first_end(chosen, order.billing, now, trial=trial)
    return Contract(
        tenant_id=chosen.tenant_id,
        user_id=user_id,
        plan_id=chosen.plan_id,
        billing=order.billing,
        trial=trial,
        anchor_at=end if trial else now,
        number=0 if trial else 1,
        period_start=now,
        period_end=end,
        grace_ends_at=after(end, grace_of(chosen)),
        auto_renew=order.auto_renew,
        coupon_left=0,
        created_at=now,
        reminded_at=now,
        review_at=now,
    )


def _pay_first(
    session: Session,
    contract: Contract,
    chosen: Plan,
    coupon: Coupon | None,
    now: datetime,
) -> None:
    kind, paid = PeriodKind.TRIAL, Satang(0)
    if not contract.trial:
        kind, paid = PeriodKind.START, coupons.reduced(contract.price, coupon)
        contract.coupon_left = max(contract.coupon_left - 1, 0)
    span = Span(
        now,
        contract.period_end,
        chosen,
        contract.billing,
        kind,
        Satang(0) if contract.trial else contract.price,
        paid,
        coupon=coupon.code if coupon else None,
    )
    period = pay(session, contract, span, now)
    detail = {"plan": chosen.code, "billing": contract.billing, "paid": paid}
    if contract.trial:
        detail["trial"] = True
    record(session, contract, EventKind.STARTED, now, once="started", detail=detail)
    tell_started(session, contract, chosen, period, now)
    changed(session, contract, now)
