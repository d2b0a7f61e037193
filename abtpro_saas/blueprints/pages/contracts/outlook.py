"""How a contract stands and what comes next: one answer for every page that says it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from abtpro_saas.clock import bangkok_date
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.contracts.deals.paying import next_price, spendable
from abtpro_saas.contracts.deals.renewing import renewable_from, upcoming
from abtpro_saas.contracts.offers.plans import get_plan, period_of
from abtpro_saas.contracts.office.listing import running_period
from abtpro_saas.contracts.tables import Contract, Period, Plan
from abtpro_saas.contracts.terms.standing import (
    access_ends_at,
    has_access,
    renews_itself_until,
    status_of,
)
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang


@dataclass(frozen=True)
class Outlook:
    """A contract at one instant, and its next charge. Amounts in satang.

    ``full_price`` is the next period's without a coupon, ``price`` what is taken for
    it; ``balance`` is what the wallet could pay with. ``running`` is the stretch that
    runs, whatever was paid or given beyond it.
    """

    contract: Contract
    plan: Plan
    status: ContractStatus
    next_plan: Plan
    next_billing: str
    full_price: Satang
    price: Satang
    balance: Satang
    now: datetime
    running: Period | None

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From when until when the running period lasts, or the last one did."""
        of = self.running or self.contract
        return of.period_start, of.period_end

    @property
    def ahead_until(self) -> datetime | None:
        """Until when there is more than the running period, if there is."""
        end = self.contract.period_end
        return end if end > self.period[1] else None

    @property
    def is_paid_ahead(self) -> bool:
        """Tell whether a later period is paid, and not given alone."""
        return self.now < self.contract.period_start

    @property
    def missing(self) -> Satang:
        """What the wallet lacks for the next period."""
        return Satang(max(self.price - self.balance, 0))

    @property
    def until(self) -> datetime:
        """When the next thing ends: the paid period, or the grace after it."""
        end, grace_end = self.contract.period_end, self.contract.grace_ends_at
        return end if self.now < end else grace_end

    @property
    def left(self) -> timedelta:
        """How long it is until then; from two days on in days as a calendar counts."""
        days = bangkok_date(self.until) - bangkok_date(self.now)
        return days if days >= timedelta(days=2) else self.until - self.now

    @property
    def access_ends(self) -> datetime:
        """Until when there is access, if nothing is paid and nobody suspends it."""
        return access_ends_at(self.contract)

    @property
    def has_access(self) -> bool:
        """Tell whether the platform can be used now."""
        return has_access(self.contract, self.now)

    @property
    def is_blocked(self) -> bool:
        """Tell whether an admin has suspended it."""
        return self.contract.blocked_at is not None

    @property
    def ends(self) -> bool:
        """Tell whether it was cancelled and runs out."""
        return (
            self.contract.cancelled_at is not None
            and self.status is not ContractStatus.CANCELLED
        )

    @property
    def is_short(self) -> bool:
        """Tell whether its periods are less than a day: then seconds are shown."""
        return period_of(self.plan, self.contract.billing).is_short

    @property
    def renewable_from(self) -> datetime:
        """From when the next period can be paid for by hand."""
        return renewable_from(self.contract)

    @property
    def may_renew(self) -> bool:
        """Tell whether it can be renewed by hand now."""
        open_now = self.now >= self.renewable_from
        return open_now and not self.is_blocked and not self.contract.cancelled_at

    @property
    def may_change(self) -> bool:
        """Tell whether another plan can be chosen for it now."""
        running = self.now < self.contract.period_end
        return running and not self.is_blocked and not self.contract.cancelled_at

    @property
    def renews_itself(self) -> bool:
        """Tell whether money in the wallet pays the next period by itself."""
        return (
            self.contract.auto_renew
            and not self.contract.cancelled_at
            and not self.is_blocked
            and self.now < renews_itself_until(self.contract)
        )

    @property
    def changes(self) -> bool:
        """Tell whether another plan, or billing, begins with the next period."""
        return self.contract.next_plan_id is not None

    @property
    def price_changes(self) -> bool:
        """Tell whether the same plan costs something else from the next period on."""
        return not self.changes and self.full_price != self.contract.price


def find_outlook(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> Outlook | None:
    """Return how the user's contract stands, or None where there is none."""
    contract = find_contract(session, tenant_id, user_id)
    return None if contract is None else outlook_of(session, contract, now)


def outlook_of(session: Session, contract: Contract, now: datetime) -> Outlook:
    """Return how a contract stands, its owner's wallet included."""
    tenant_id = contract.tenant_id
    next_plan, billing = upcoming(session, contract, now)
    price = next_price(session, contract, next_plan, billing, now)
    return Outlook(
        contract=contract,
        plan=get_plan(session, tenant_id, contract.plan_at(now)),
        status=status_of(contract, now),
        next_plan=next_plan,
        next_billing=billing,
        full_price=price.full,
        price=price.taken,
        balance=spendable(session, tenant_id, contract.user_id, now),
        now=now,
        running=running_period(session, contract, now),
    )
