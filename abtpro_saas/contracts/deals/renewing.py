"""The next period of a contract: by hand, by itself, or by an admin.

In grace the period goes on from the old end: nobody gains days by paying late. After
suspension it starts at the payment. Whoever races for a period, its key lets one pay.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.buying import UnknownPlanError
from abtpro_saas.contracts.deals.finding import (
    ContractStateError,
    begin_change,
    own_contract,
    require_unblocked,
)
from abtpro_saas.contracts.deals.paying import (
    BalanceShortError,
    Span,
    next_price,
    pay,
)
from abtpro_saas.contracts.deals.taking_over import take_period
from abtpro_saas.contracts.history import changed, record
from abtpro_saas.contracts.life.telling import tell_renewed
from abtpro_saas.contracts.offers.plans import (
    PlanNotFoundError,
    get_plan,
    period_of,
    plan,
    price_of,
)
from abtpro_saas.contracts.tables import Contract, Period, Plan
from abtpro_saas.contracts.terms.periods import end_of
from abtpro_saas.contracts.terms.standing import renews_itself_until
from abtpro_saas.contracts.words import Billing, EventKind, PeriodKind
from abtpro_saas.identity.people import get_user
from abtpro_saas.identity.tables import Tenant, User
from abtpro_saas.identity.tenants import get_tenant
from abtpro_saas.ids import TenantId, UserId

OPENS = timedelta(days=7)
"""How long before its end a period may be renewed by hand; half of it if shorter."""

MOST_AT_ONCE = 50
"""How many missed periods one transaction renews; the next look does the others."""


class TooEarlyError(ContractStateError):
    """The next period can be paid for in the last days of this one."""

    code = "renewal_too_early"


def renew(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    now: datetime,
    *,
    plan_code: str | None = None,
    billing: Billing | None = None,
) -> Contract:
    """Pay for the user's next period by hand, on another plan if one is named.

    Raises:
        NoContractError: there is none.
        ContractStateError: it was cancelled; make a new one.
        TooEarlyError: the present period has just begun, or the next is paid.
        ContractBlockedError: an admin has suspended it.
        BalanceShortError: the wallet does not hold the price.
        UnknownPlanError: the plan is not on offer.
    """
    contract = own_contract(session, tenant_id, user_id)
    now = begin_change(contract, now)
    _require_renewable(contract, now)
    chosen, kind = _wanted(session, contract, plan_code, billing, now)
    if plan_code is not None or billing is not None:
        contract.next_plan_id, contract.next_billing = chosen.plan_id, kind
    extend(session, contract, now, by=user_id)
    changed(session, contract, now)
    return contract


def quote_renewal(
    session: Session,
    contract: Contract,
    now: datetime,
    *,
    plan_code: str | None = None,
    billing: Billing | None = None,
) -> Span:
    """Return what ``renew`` would buy and take; it changes nothing.

    Raises:
        ContractStateError: the contract cannot be renewed by hand; the leaf says why.
        UnknownPlanError: the plan is not on offer.
    """
    _require_renewable(contract, now)
    wanted = _wanted(session, contract, plan_code, billing, now)
    return _next_span(session, contract, *wanted, now).span


def _require_renewable(contract: Contract, now: datetime) -> None:
    require_unblocked(contract, now)
    if contract.cancelled_at is not None:
        raise ContractStateError("this contract was cancelled: resume it, or make one")
    if now < renewable_from(contract):
        raise TooEarlyError("this period can be renewed in its last days")


def renewable_from(contract: Contract) -> datetime:
    """Return from when the period after the present one may be paid for by hand."""
    length = contract.period_end - contract.period_start
    return contract.period_end - min(OPENS, length / 2)


def try_renewal(session: Session, contract: Contract, now: datetime) -> bool:
    """Renew a locked contract that renews itself, if it is due and the money is there.

    One renewal for each period that was missed, so many at once at most; tells whether
    anything was renewed.
    """
    renewed = 0
    while _is_due(contract, now):
        if renewed == MOST_AT_ONCE:
            return True
        # Many steps ask for these: what somebody holds, the session reads once.
        _held = _whose(session, contract)
        coming = _coming(session, contract, now)
        try:
            _buy(session, contract, coming, now)
        except BalanceShortError:
            break
        renewed += 1
    else:
        return renewed > 0
    contract.tried_at = now
    record(
        session,
        contract,
        EventKind.RENEWAL_FAILED,
        now,
        once=f"failed:{contract.period_end.isoformat()}",
        detail={"price": coming.span.paid},
    )
    session.flush()
    return renewed > 0


def _whose(session: Session, contract: Contract) -> tuple[Tenant, User]:
    tenant_id = contract.tenant_id
    user = get_user(session, tenant_id, contract.user_id)
    return get_tenant(session, tenant_id), user


def extend(
    session: Session,
    contract: Contract,
    now: datetime,
    *,
    by: UserId | None = None,
    reason: str | None = None,
) -> Period:
    """Pay for the next period of a locked contract and move its end.

    Raises:
        BalanceShortError: the wallet does not hold the price; nothing has changed.
    """
    coming = _coming(session, contract, now)
    return _buy(session, contract, coming, now, by=by, reason=reason)


class _Coming(NamedTuple):
    """The next period, and from where and as which number it is counted."""

    span: Span
    anchor: datetime
    number: int


def _buy(
    session: Session,
    contract: Contract,
    coming: _Coming,
    now: datetime,
    *,
    by: UserId | None = None,
    reason: str | None = None,
) -> Period:
    span, chosen = coming.span, coming.span.plan
    before = get_plan(session, contract.tenant_id, contract.plan_id)
    period = pay(session, contract, span, now)
    take_period(contract, span, coming.anchor, coming.number, now)
    detail = {"plan": chosen.code, "billing": span.billing, "paid": span.paid}
    if chosen.code != before.code:
        detail["from"] = before.code
    if reason:
        detail["reason"] = reason
    record(
        session,
        contract,
        EventKind.RENEWED,
        now,
        by=by,
        once=f"renewed:{span.start.isoformat()}",
        detail=detail,
    )
    tell_renewed(session, contract, chosen, period, now)
    session.flush()
    return period


def _coming(session: Session, contract: Contract, now: datetime) -> _Coming:
    wanted = upcoming(session, contract, now)
    return _next_span(session, contract, *wanted, now)


def _next_span(
    session: Session, contract: Contract, chosen: Plan, billing: str, now: datetime
) -> _Coming:
    price = next_price(session, contract, chosen, billing, now)
    lapsed = now >= contract.grace_ends_at
    start = now if lapsed else contract.period_end
    moved = lapsed or not _same_length(session, contract, chosen, billing)
    anchor, number = (start, 1) if moved else (contract.anchor_at, contract.number + 1)
    end = end_of(anchor, period_of(chosen, billing), number)
    if moved and end <= now:  # a shorter plan's period would be over already
        start = anchor = now
        end = end_of(anchor, period_of(chosen, billing), 1)
    span = Span(
        start,
        end,
        chosen,
        billing,
        PeriodKind.RENEWAL,
        price.full,
        price.taken,
        coupon=price.code,
    )
    return _Coming(span, anchor, number)


def upcoming(session: Session, contract: Contract, now: datetime) -> tuple[Plan, str]:
    """Return plan and billing of the next period: the newest version of the plan."""
    plan_id = contract.next_plan_id or contract.plan_id
    code = get_plan(session, contract.tenant_id, plan_id).code
    chosen = plan(session, contract.tenant_id, code, now, withdrawn=True)
    billing = contract.next_billing or contract.billing
    if billing == "YEARLY" and chosen.yearly_price is None:
        billing = "MONTHLY"
    return chosen, billing


def _is_due(contract: Contract, now: datetime) -> bool:
    return (
        contract.auto_renew
        and contract.cancelled_at is None
        and contract.blocked_at is None
        and contract.closed_at is None
        and contract.period_end <= now < renews_itself_until(contract)
    )


def _wanted(
    session: Session,
    contract: Contract,
    plan_code: str | None,
    billing: Billing | None,
    now: datetime,
) -> tuple[Plan, str]:
    """Return plan and billing of a manual renewal, which may name others.

    Raises:
        UnknownPlanError: the plan that it names is not on offer.
        PlanError: it is not sold by the year.
    """
    planned, kind = upcoming(session, contract, now)
    if plan_code is None and billing is None:
        return planned, kind
    try:
        chosen = plan(session, contract.tenant_id, plan_code or planned.code, now)
    except PlanNotFoundError:
        raise UnknownPlanError("there is no such plan on offer", "plan") from None
    if billing is None and chosen.yearly_price is None:
        kind = Billing.MONTHLY
    price_of(chosen, billing or kind)  # refuses what is not sold by the year
    return chosen, billing or kind


def _same_length(
    session: Session, contract: Contract, chosen: Plan, billing: str
) -> bool:
    """Tell whether the periods go on as they were, and so from the same anchor."""
    present = get_plan(session, contract.tenant_id, contract.plan_id)
    return period_of(present, contract.billing) == period_of(chosen, billing)
