"""Another plan: at once, with what is unused given back, or from the next period on.

At once means a credit note for what is left of the old plan and an invoice for the same
days of the new one, each rounded once, over whole Bangkok days of the whole period.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.contracts.deals.buying import UnknownPlanError
from abtpro_saas.contracts.deals.finding import (
    ContractStateError,
    own_contract,
    require_unblocked,
)
from abtpro_saas.contracts.deals.paying import (
    BalanceShortError,
    Span,
    gross_price,
    next_price,
    pay,
    spendable,
)
from abtpro_saas.contracts.deals.taking_over import give_back, take_change
from abtpro_saas.contracts.history import changed, record
from abtpro_saas.contracts.life.telling import (
    tell_change_dropped,
    tell_change_planned,
    tell_changed,
)
from abtpro_saas.contracts.offers.plans import (
    PlanNotFoundError,
    get_plan,
    period_of,
    plan,
    price_of,
)
from abtpro_saas.contracts.tables import Contract, Period, Plan
from abtpro_saas.contracts.terms.durations import after
from abtpro_saas.contracts.terms.periods import end_of
from abtpro_saas.contracts.terms.proration import unused_value
from abtpro_saas.contracts.words import Billing, EventKind, PeriodKind, When
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang


class SamePlanError(ContractStateError):
    """The contract is on that plan already."""

    code = "same_plan"


class CheaperPlanError(ContractStateError):
    """A cheaper plan begins with the next period, since the present one is paid."""

    code = "cheaper_at_period_end"


class NotRunningError(ContractStateError):
    """Only a period that runs can be changed at once: renew it first."""

    code = "not_running"


class NotNowError(ContractStateError):
    """More than the present period is paid for or given; change at its end."""

    code = "not_now"


@dataclass(frozen=True)
class Wish:
    """Which plan a user wants, and from when; the billing stays unless named."""

    plan: str
    when: When = When.PERIOD_END
    billing: Billing | None = None


@dataclass(frozen=True)
class Preview:
    """What a change would do. Amounts in satang; ``due`` is what the wallet loses.

    ``start`` is when the plan changes, ``end`` when what is paid then ends; ``credit``
    is what is given back of the stretch ``running``.
    """

    plan: Plan
    billing: str
    when: When
    start: datetime
    end: datetime
    credit: Satang
    charge: Satang
    full_price: Satang
    balance: Satang
    running: Period | None

    @property
    def due(self) -> Satang:
        """What the wallet loses in all; nothing where the change comes later."""
        return Satang(self.charge - self.credit)

    @property
    def balance_after(self) -> Satang:
        """What the wallet holds then; below zero where it does not suffice."""
        return Satang(self.balance - self.due)


def preview(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    wish: Wish,
    now: datetime,
) -> Preview:
    """Return what a change would cost; it changes nothing.

    Raises:
        ContractStateError: the contract cannot be changed so; the leaf says why.
    """
    contract = own_contract(session, tenant_id, user_id)
    return _plan_change(session, contract, wish, now)


def change(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    wish: Wish,
    now: datetime,
) -> Contract:
    """Change the user's plan at once, or from the next period on.

    Raises:
        NoContractError: there is none.
        ContractStateError: the contract cannot be changed so; the leaf says why.
        BalanceShortError: the wallet does not hold the difference.
        UnknownPlanError: the plan is not on offer.
    """
    contract = own_contract(session, tenant_id, user_id)
    planned = _plan_change(session, contract, wish, now)
    if wish.when is When.PERIOD_END:
        _plan_next(session, contract, planned, user_id, now)
    else:
        _change_now(session, contract, planned, user_id, now)
    changed(session, contract, now)
    return contract


def _plan_change(
    session: Session, contract: Contract, wish: Wish, now: datetime
) -> Preview:
    require_unblocked(contract, now)
    if contract.cancelled_at is not None or now >= contract.period_end:
        raise NotRunningError("this contract is not running: renew or resume it first")
    tenant_id = contract.tenant_id
    try:
        chosen = plan(session, tenant_id, wish.plan, now)
    except PlanNotFoundError:
        raise UnknownPlanError("there is no such plan on offer", "plan") from None
    when, kind = wish.when, wish.billing or Billing(contract.billing)
    price_of(chosen, kind)  # refuses what is not sold by the year
    present = get_plan(session, tenant_id, contract.plan_id)
    balance = spendable(session, tenant_id, contract.user_id, now)
    full = gross_price(session, chosen, kind, now)
    same = (chosen.code, kind) == (present.code, contract.billing)
    if when is When.PERIOD_END:
        start = contract.period_end
        end = after(start, period_of(chosen, kind))
        nothing = Satang(0)
        return Preview(
            chosen, kind, when, start, end, nothing, nothing, full, balance, None
        )
    if same:
        raise SamePlanError("you have this plan already")
    running = _running(session, contract, now)
    start, end = _stretch(contract, present, chosen, kind, now)
    keeps_end = end == contract.period_end
    whole = running.counted_from, running.period_end
    charge = unused_value(full, *whole, now) if keeps_end else full
    if contract.trial:  # its first charge is one that the coupon lowers
        charge = next_price(session, contract, chosen, kind, now)[1]
    credit = _unused(session, running, now)
    found = Preview(
        chosen, kind, when, start, end, credit, charge, full, balance, running
    )
    if found.due < 0:
        raise CheaperPlanError("a cheaper plan begins when this period ends")
    return found


def _stretch(
    contract: Contract, present: Plan, chosen: Plan, billing: str, now: datetime
) -> tuple[datetime, datetime]:
    """Keep the period's end where its length stays; else a new period begins now."""
    length = period_of(chosen, billing)
    if not contract.trial and length == period_of(present, contract.billing):
        return now, contract.period_end
    return now, end_of(now, length, 1)


def _running(session: Session, contract: Contract, now: datetime) -> Period:
    """Return the one stretch that can be changed now.

    Raises:
        NotNowError: more than that is paid for, or given.
    """
    query = select(Period).where(
        Period.tenant_id == contract.tenant_id,
        Period.contract_id == contract.contract_id,
        Period.period_end > now,
        Period.left_at.is_(None),
    )
    found = session.scalars(query).all()
    if len(found) != 1 or found[0].kind == PeriodKind.EXTENSION:
        raise NotNowError("time beyond this period is paid or given: change at its end")
    return found[0]


def _unused(session: Session, running: Period, now: datetime) -> Satang:
    """Return what is given back of a stretch, as far as no refund has done so."""
    if running.document_id is None:
        return Satang(0)
    start, end = running.period_start, running.period_end
    back = issuing.credited_so_far(session, running.tenant_id, running.document_id)
    return Satang(min(unused_value(running.paid, start, end, now), running.paid - back))


def _plan_next(
    session: Session, contract: Contract, planned: Preview, by: UserId, now: datetime
) -> None:
    present = get_plan(session, contract.tenant_id, contract.plan_id)
    if (planned.plan.code, planned.billing) == (present.code, contract.billing):
        dropped = contract.next_plan_id is not None
        contract.next_plan_id = contract.next_billing = None
        if dropped:
            record(session, contract, EventKind.CHANGE_DROPPED, now, by=by)
            tell_change_dropped(session, contract, now)
        return
    contract.next_plan_id = planned.plan.plan_id
    contract.next_billing = planned.billing
    detail = {"plan": planned.plan.code, "billing": planned.billing}
    record(session, contract, EventKind.CHANGE_PLANNED, now, by=by, detail=detail)
    tell_change_planned(session, contract, planned.plan, now)


def _change_now(
    session: Session, contract: Contract, planned: Preview, by: UserId, now: datetime
) -> None:
    if planned.balance_after < 0:
        needed = Satang(planned.charge - planned.credit)
        raise BalanceShortError(needed, planned.balance)
    running, keeps_end = planned.running, planned.end == contract.period_end
    if running is not None:
        give_back(session, running, planned.plan, planned.credit, now)
    span = Span(
        now,
        planned.end,
        planned.plan,
        planned.billing,
        PeriodKind.CHANGE,
        planned.full_price,
        planned.charge,
        running.counted_from if running is not None and keeps_end else None,
    )
    period = pay(session, contract, span, now)
    before = get_plan(session, contract.tenant_id, contract.plan_id)
    take_change(contract, span, keeps_end=keeps_end, now=now)
    detail = {
        "from": before.code,
        "plan": planned.plan.code,
        "billing": planned.billing,
        "paid": planned.charge,
        "credit": planned.credit,
    }
    record(session, contract, EventKind.CHANGED, now, by=by, detail=detail)
    tell_changed(session, contract, planned.plan, period, now)
