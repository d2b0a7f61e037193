"""Another plan: at once, with what is unused given back, or from the next period on.

At once means a credit note for what is left of the old plan and an invoice for the same
days of the new one, each rounded once, over whole Bangkok days of the whole period.
Where time was given, a new period begins, and what is left of that time follows it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.buying import UnknownPlanError
from abtpro_saas.contracts.deals.coming import (
    ToCome,
    share_to_come,
    time_left,
    to_come,
    unused,
)
from abtpro_saas.contracts.deals.finding import (
    ContractStateError,
    begin_change,
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
from abtpro_saas.contracts.deals.reckoning import Preview
from abtpro_saas.contracts.deals.taking_over import (
    give_back,
    leave_gifts,
    own_money,
    take_change,
    take_gift,
)
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
from abtpro_saas.contracts.tables import Contract, Plan
from abtpro_saas.contracts.terms.durations import after
from abtpro_saas.contracts.terms.periods import end_of
from abtpro_saas.contracts.terms.proration import Rate, same_worth
from abtpro_saas.contracts.words import Billing, EventKind, PeriodKind, When
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import NOTHING, Satang


class SamePlanError(ContractStateError):
    """The contract is on that plan already."""

    code = "same_plan"


class CheaperPlanError(ContractStateError):
    """A cheaper plan begins with the next period, since the present one is paid."""

    code = "cheaper_at_period_end"


class NotRunningError(ContractStateError):
    """Only a period that runs can be changed at once: renew it first."""

    code = "not_running"


@dataclass(frozen=True)
class Wish:
    """Which plan a user wants, and from when; the billing stays unless named."""

    plan: str
    when: When = When.PERIOD_END
    billing: Billing | None = None


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
    now = _instant(contract, now)
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
    kind = wish.billing or Billing(contract.billing)
    price_of(chosen, kind)  # refuses what is not sold by the year
    present = get_plan(session, tenant_id, contract.plan_id)
    start = contract.period_end
    later = Preview(
        chosen,
        kind,
        wish.when,
        start,
        after(start, period_of(chosen, kind)),
        NOTHING,
        NOTHING,
        next_price(session, contract, chosen, kind, now),
        spendable(session, tenant_id, contract.user_id, now),
        None,
    )
    if wish.when is When.PERIOD_END:
        return later
    if (chosen.code, kind) == (present.code, contract.billing):
        raise SamePlanError("you have this plan already")
    return _at_once(session, contract, present, later, now)


def _at_once(
    session: Session, contract: Contract, present: Plan, later: Preview, now: datetime
) -> Preview:
    """Return what the change ``later`` costs if it is made now.

    The period's end is kept where its length stays; else a new period begins. A trial
    is followed by a whole period, and so is what runs where time was given, whose rest
    keeps its worth: a long gift on a cheap plan buys no long time on a dear one.
    """
    coming = to_come(session, contract, now)
    running = coming.paid[0] if coming.paid else None
    credit = unused(session, running, now) if running is not None else NOTHING
    chosen, kind, then = later.plan, later.billing, later.then
    full, coupon = then.full, None
    length = period_of(chosen, kind)
    same_length = length == period_of(present, contract.billing)
    keeps_end = same_length and not contract.trial and not coming.given
    end, charge = end_of(now, length, 1), full
    if running is not None and keeps_end:
        end = contract.period_end
        charge = share_to_come(running, now).of(full)
    elif contract.trial:  # its first charge is one that the coupon lowers
        charge, coupon = then.taken, then.coupon
        then = next_price(session, contract, chosen, kind, now, later=1)
    elif same_length and full < gross_price(session, present, contract.billing, now):
        raise CheaperPlanError("a cheaper plan begins when this period ends")
    found = replace(
        later,
        start=now,
        end=end,
        credit=credit,
        charge=charge,
        then=then,
        running=running,
        keeps_end=keeps_end,
        given=_following(session, contract, later, coming, now),
        coupon=coupon,
    )
    if found.due < 0:
        raise CheaperPlanError("a cheaper plan begins when this period ends")
    return found


def _following(
    session: Session, contract: Contract, later: Preview, coming: ToCome, now: datetime
) -> timedelta:
    """Return what is left of given time, which keeps its worth on the new plan."""
    present = get_plan(session, contract.tenant_id, contract.plan_id)
    old = Rate(
        gross_price(session, present, contract.billing, now),
        after(now, period_of(present, contract.billing)) - now,
    )
    new = Rate(later.full_price, after(now, period_of(later.plan, later.billing)) - now)
    return same_worth(time_left(coming.given, now), old, new)


def _instant(contract: Contract, now: datetime) -> datetime:
    """Return when the plan changes: later than the start of what it ends."""
    at = begin_change(contract, now)
    if at == contract.period_start:
        at = begin_change(contract, at + timedelta.resolution)
    return at


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
    tell_change_planned(session, contract, planned.plan, planned.then, now)


def _change_now(
    session: Session, contract: Contract, planned: Preview, by: UserId, now: datetime
) -> None:
    if planned.balance_after < 0:
        needed = Satang(planned.charge - planned.credit)
        raise BalanceShortError(needed, planned.balance)
    leave_gifts(session, to_come(session, contract, now).given, now)
    running, note = planned.running, None
    if running is not None:
        note = give_back(session, running, planned.plan, planned.credit, now)
    span = Span(
        now,
        planned.end,
        planned.plan,
        planned.billing,
        PeriodKind.CHANGE,
        planned.full_price,
        planned.charge,
        running.counted_from if running and planned.keeps_end else None,
        own_money(note),
        planned.coupon.code if planned.coupon else None,
    )
    period = pay(session, contract, span, now)
    before = get_plan(session, contract.tenant_id, contract.plan_id)
    take_change(contract, span, keeps_end=planned.keeps_end, now=now)
    if planned.given:
        take_gift(session, contract, span.end, span.end + planned.given, now)
    detail = {
        "from": before.code,
        "plan": planned.plan.code,
        "billing": planned.billing,
        "paid": planned.charge,
        "credit": planned.credit,
    }
    record(session, contract, EventKind.CHANGED, now, by=by, detail=detail)
    tell_changed(session, contract, planned.plan, period, now, note=note)
