"""What is due in a contract's life: the alarm clock's other half.

A review reads the row and does what its time has come for: renew, remind, tell of
grace, suspension or the end. It grants and takes nothing: access follows from the row
alone. Cut short or run again, it does the same once.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.finding import find_contract, one_contract
from abtpro_saas.contracts.deals.paying import next_price, spendable
from abtpro_saas.contracts.deals.renewing import try_renewal, upcoming
from abtpro_saas.contracts.history import TOPIC, changed, record
from abtpro_saas.contracts.life.telling import (
    tell_ended,
    tell_ending,
    tell_grace,
    tell_price,
    tell_suspended,
)
from abtpro_saas.contracts.messages import ContractStanding, ReviewContract
from abtpro_saas.contracts.tables import Contract, Plan
from abtpro_saas.contracts.terms.reminders import last_due, next_try, reminders
from abtpro_saas.contracts.terms.standing import renews_itself_until, status_of
from abtpro_saas.contracts.words import ContractStatus, EventKind
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang
from abtpro_saas.wakes import wake_after_commit

OVER = {ContractStatus.SUSPENDED, ContractStatus.CANCELLED}


def review_contract(engine: Engine, order: ReviewContract) -> ContractStanding:
    """Do what is due for a contract at ``order.at``; return how it stands then.

    Raises:
        NotFoundError: the tenant has no such contract.
    """
    tenant_id = TenantId(UUID(order.tenant_id))
    with tenant_transaction(engine, tenant_id) as session:
        contract = one_contract(session, tenant_id, UUID(order.contract_id))
        return review(session, contract, order.at)


def review(session: Session, contract: Contract, now: datetime) -> ContractStanding:
    """Do what is due for a locked contract at ``now``."""
    if contract.closed_at is None:
        renewed = try_renewal(session, contract, now)
        if renewed:
            wake_after_commit(
                session, TOPIC, str(contract.tenant_id), str(contract.user_id)
            )
        _conclude(session, contract, now)
        if not renewed:  # else it has the newest version of its plan
            _tell_price(session, contract, now)
        _remind(session, contract, now)
    contract.review_at = _next_look(contract, now)
    session.flush()
    status = status_of(contract, now)
    return ContractStanding(
        status,
        _summary(contract, status, now),
        contract.review_at,
        str(contract.user_id),
        contract.period_end,
    )


def renew_where_due(
    engine: Engine, tenant_id: TenantId, user_id: UserId, now: datetime
) -> None:
    """Let a request of a user whose period has ended try the renewal itself.

    So no outage of the processes locks out who can pay.
    """
    with tenant_transaction(engine, tenant_id) as session:
        found = find_contract(session, tenant_id, user_id)
        if found is None or not found.auto_renew or now < found.period_end:
            return
        contract = one_contract(session, tenant_id, found.contract_id)
        if try_renewal(session, contract, now):
            changed(session, contract, now)


def _conclude(session: Session, contract: Contract, now: datetime) -> None:
    """Write down, and tell, that a period, its grace or the contract has ended."""
    status, end = status_of(contract, now), contract.period_end
    key = end.isoformat()
    if status is ContractStatus.CANCELLED:
        if record(session, contract, EventKind.ENDED, now, at=end, once="ended"):
            tell_ended(session, contract, now)
        return
    if contract.blocked_at is not None or now < end:
        return
    grace_end = contract.grace_ends_at
    began = record(
        session, contract, EventKind.GRACE_BEGAN, now, at=end, once=f"grace:{key}"
    )
    if status is ContractStatus.SUSPENDED:
        over = EventKind.SUSPENDED
        if record(session, contract, over, now, at=grace_end, once=f"over:{key}"):
            tell_suspended(session, contract, now)
    elif began:
        _tell_grace(session, contract, now, first=True)
        contract.reminded_at = now


def _remind(session: Session, contract: Contract, now: datetime) -> None:
    """Tell of what is coming: the latest reminder that is due, not those it repeats."""
    due = last_due(_reminders(contract), contract.reminded_at, now)
    if due is None or status_of(contract, now) in OVER:
        return
    contract.reminded_at = now
    at_end = {"at": due.isoformat()}
    record(session, contract, EventKind.REMINDED, now, at=due, detail=at_end)
    if now >= contract.period_end:
        _tell_grace(session, contract, now, first=False)
        return
    plan, price, missing = _next_charge(session, contract, now)
    tell_ending(session, contract, plan, now, price=price, missing=missing)


def _tell_grace(
    session: Session, contract: Contract, now: datetime, *, first: bool
) -> None:
    plan, price, missing = _next_charge(session, contract, now)
    tell_grace(
        session,
        contract,
        plan,
        now,
        price=price,
        missing=missing,
        first=first,
        last=_reminders(contract)[-1] <= now,
    )


def _tell_price(session: Session, contract: Contract, now: datetime) -> None:
    """Tell a user once what a newer version of the plan will cost them."""
    if contract.cancelled_at is not None or status_of(contract, now) in OVER:
        return
    plan, billing = upcoming(session, contract, now)
    if plan.plan_id == contract.plan_id or contract.next_plan_id is not None:
        return
    full, price, _ = next_price(session, contract, plan, billing, now)
    once = f"price:{plan.plan_id}"
    detail = {"from": contract.price, "to": full}
    if full != contract.price and record(
        session, contract, EventKind.PRICE_TOLD, now, once=once, detail=detail
    ):
        tell_price(session, contract, plan, now, price=price)


def _next_charge(
    session: Session, contract: Contract, now: datetime
) -> tuple[Plan, Satang, Satang]:
    """Return the next period's plan, what is taken for it, and what is missing."""
    plan, billing = upcoming(session, contract, now)
    price = next_price(session, contract, plan, billing, now).taken
    held = spendable(session, contract.tenant_id, contract.user_id, now)
    return plan, price, Satang(max(price - held, 0))


def _reminders(contract: Contract) -> list[datetime]:
    return reminders(contract.period_start, contract.period_end, contract.grace_ends_at)


def _next_look(contract: Contract, now: datetime) -> datetime | None:
    """Return when something is due next by the clock alone; None where nothing is."""
    status = status_of(contract, now)
    if contract.closed_at is not None or status in OVER:
        return None
    end, grace_end = contract.period_end, contract.grace_ends_at
    times = [end, grace_end, *_reminders(contract)]
    if contract.auto_renew and now >= end:
        if contract.tried_at is None and contract.cancelled_at is None:
            return now  # more periods were missed than one look renews
        times.append(next_try(end, grace_end, now) or grace_end)
    return min((at for at in times if at > now), default=None)


def _summary(contract: Contract, status: ContractStatus, now: datetime) -> str:
    """Return what the process waits for, for an operator to read."""
    if contract.closed_at is not None:
        return "replaced by a new contract"
    if contract.blocked_at is not None:
        return "suspended by an administrator"
    if status is ContractStatus.GRACE:
        return f"unpaid, access until {contract.grace_ends_at:%d %b %H:%M} UTC"
    if status is ContractStatus.SUSPENDED:
        comes_back = contract.auto_renew and now < renews_itself_until(contract)
        return "a top-up renews it" if comes_back else "waiting for a renewal by hand"
    if contract.cancelled_at is not None:
        return "cancelled, runs out"
    return "renews itself" if contract.auto_renew else "renewed by hand"
