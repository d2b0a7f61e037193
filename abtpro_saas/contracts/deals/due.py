"""What a contract would take at once if it renewed itself: asked before it does."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.paying import next_price, spendable
from abtpro_saas.contracts.deals.renewing import upcoming
from abtpro_saas.contracts.offers.plans import get_plan, period_of
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.terms.durations import Duration
from abtpro_saas.contracts.terms.periods import end_of
from abtpro_saas.contracts.terms.standing import renews_itself_until
from abtpro_saas.money import NOTHING, Satang


def taken_at_once(session: Session, contract: Contract, now: datetime) -> Satang:
    """Return what switching its renewal by itself on takes at ``now``, in satang.

    Nothing where it is on, while the period runs, and while the wallet is short.
    """
    ended = contract.period_end <= now < renews_itself_until(contract)
    stopped = contract.cancelled_at or contract.blocked_at or contract.closed_at
    if contract.auto_renew or stopped or not ended:
        return NOTHING
    chosen, billing = upcoming(session, contract, now)
    full, reduced, _ = next_price(session, contract, chosen, billing, now)
    held = spendable(session, contract.tenant_id, contract.user_id, now) if full else 0
    taken = 0
    for index in _due(session, contract, period_of(chosen, billing), now):
        price = reduced if index < contract.coupon_left else full
        if taken + price > held or not held:
            break
        taken += price
    return Satang(taken)


def _due(
    session: Session, contract: Contract, coming: Duration, now: datetime
) -> Iterator[int]:
    """Count the periods from 0 that ``try_renewal`` would pay, money given."""
    index = 0
    yield index
    plan = get_plan(session, contract.tenant_id, contract.plan_id)
    length = period_of(plan, contract.billing)
    if now >= contract.grace_ends_at or coming != length:
        return  # counted from now, or from the old end where it reaches beyond now
    while end_of(contract.anchor_at, length, contract.number + index + 1) <= now:
        index += 1
        yield index
