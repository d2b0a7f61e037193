"""What buying would cost and give, for who has not decided yet. It changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.buying import (
    Purchase,
    chosen_plan,
    first_end,
    is_first,
    require_over,
)
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.contracts.deals.paying import gross_price, spendable
from abtpro_saas.contracts.offers import coupons
from abtpro_saas.contracts.tables import Coupon, Plan
from abtpro_saas.contracts.words import Billing
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang


@dataclass(frozen=True)
class Quote:
    """What a purchase would do. Amounts in satang.

    ``full_price`` is a period's price, ``price`` the first one's after the coupon;
    ``due`` is what the wallet loses at once: nothing where ``trial``.
    """

    plan: Plan
    billing: Billing
    trial: bool
    start: datetime
    end: datetime
    full_price: Satang
    price: Satang
    balance: Satang
    coupon: Coupon | None

    @property
    def due(self) -> Satang:
        """What is paid at once."""
        return Satang(0) if self.trial else self.price

    @property
    def balance_after(self) -> Satang:
        """What is left then; below zero where it does not suffice."""
        return Satang(self.balance - self.due)


def quote(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    order: Purchase,
    now: datetime,
) -> Quote:
    """Return what ``order`` would cost.

    Raises:
        UnknownPlanError: the plan is not on offer.
        PlanError: it is not sold by the year.
        ContractRunsError: the user has a contract that is not over.
        ContractBlockedError: an admin has suspended it.
        CouponError: the coupon cannot be used for this.
    """
    old = find_contract(session, tenant_id, user_id)
    if old is not None:
        require_over(old, now)
    chosen = chosen_plan(session, tenant_id, order.plan, now)
    full = gross_price(session, chosen, order.billing, now)
    coupon = None
    if order.coupon:
        code = order.coupon
        coupon = coupons.find_coupon(session, tenant_id, code, chosen.code, now)
        coupons.require_unused(session, coupon, user_id)
    trial = chosen.trial_period is not None and is_first(session, tenant_id, user_id)
    return Quote(
        chosen,
        order.billing,
        trial,
        now,
        first_end(chosen, order.billing, now, trial=trial),
        full,
        coupons.reduced(full, coupon),
        spendable(session, tenant_id, user_id, now),
        coupon,
    )
