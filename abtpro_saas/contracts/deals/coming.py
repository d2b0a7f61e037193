"""What a contract has still to come, and what of it is worth money.

Paid time is worth what is unused of its price. Given time is worth none: it is never
credited, and follows the period that a change begins.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.contracts.deals.finding import ContractStateError
from abtpro_saas.contracts.tables import Contract, Period
from abtpro_saas.contracts.terms.proration import Share, unused_share
from abtpro_saas.contracts.words import PeriodKind
from abtpro_saas.money import NOTHING, Satang


class NotNowError(ContractStateError):
    """The period after the present one is paid for; change at its end."""

    code = "not_now"


class ToCome(NamedTuple):
    """The stretches that are not over: a paid one or a trial, and given ones."""

    paid: Sequence[Period]
    given: Sequence[Period]


def to_come(session: Session, contract: Contract, now: datetime) -> ToCome:
    """Return what can be changed of a contract at ``now``: at most one paid stretch.

    Raises:
        NotNowError: the period after this one is paid for already.
    """
    query = (
        select(Period)
        .where(
            Period.tenant_id == contract.tenant_id,
            Period.contract_id == contract.contract_id,
            Period.period_end > now,
            Period.left_at.is_(None),
        )
        .order_by(Period.period_start)
    )
    found = session.scalars(query).all()
    paid = [each for each in found if each.kind != PeriodKind.EXTENSION]
    if any(each.period_start > now for each in paid):
        raise NotNowError("time beyond this period is paid: change at its end")
    given = [each for each in found if each.kind == PeriodKind.EXTENSION]
    return ToCome(paid, given)


def time_left(stretches: Sequence[Period], now: datetime) -> timedelta:
    """Return how much time of these stretches is not used at ``now``."""
    left = (each.period_end - max(each.period_start, now) for each in stretches)
    return sum(left, timedelta())


def share_left(running: Period, now: datetime) -> Share:
    """Return which part of what was paid for a stretch is unused."""
    return unused_share(running.period_start, running.period_end, now)


def share_to_come(running: Period, now: datetime) -> Share:
    """Return which part of a whole period is left, for another plan to charge."""
    return unused_share(running.counted_from, running.period_end, now)


def unused(session: Session, running: Period, now: datetime) -> Satang:
    """Return what is given back of a stretch, as far as no refund has done so."""
    if running.document_id is None:
        return NOTHING
    back = issuing.credited_so_far(session, running.tenant_id, running.document_id)
    return Satang(min(share_left(running, now).of(running.paid), running.paid - back))
