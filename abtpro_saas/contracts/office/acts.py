"""What an admin may do to a contract, each with a reason that the user is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.reasons import reason_of
from abtpro_saas.contracts.deals.finding import (
    ContractStateError,
    begin_change,
    one_contract,
)
from abtpro_saas.contracts.deals.renewing import extend
from abtpro_saas.contracts.deals.taking_over import take_gift
from abtpro_saas.contracts.history import changed, record
from abtpro_saas.contracts.life.telling import (
    tell_blocked,
    tell_extended,
    tell_refunded,
)
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.terms.durations import after, parse_duration
from abtpro_saas.contracts.words import EventKind
from abtpro_saas.errors import InvalidError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang

LONGEST_REASON = 200

REFUND = "rental-refund:"
"""How the source of a refund by an admin begins; the refund's key follows."""


def force_renew(
    session: Session,
    tenant_id: TenantId,
    contract_id: UUID,
    reason: str,
    *,
    by: UserId,
    now: datetime,
) -> Contract:
    """Pay for the next period from the user's wallet, whoever switched renewal off.

    One period ahead at most, so a repeat buys nothing more.

    Raises:
        NotFoundError: the tenant has no such contract.
        ContractStateError: it was cancelled or replaced, or the next period is paid.
        BalanceShortError: the wallet does not hold the price.
    """
    why = reason_of(reason, LONGEST_REASON)
    contract = _open(session, tenant_id, contract_id)
    now = begin_change(contract, now)
    if contract.cancelled_at is not None:
        raise ContractStateError("this contract was cancelled")
    if now < contract.period_start:
        raise ContractStateError("the next period is paid already")
    extend(session, contract, now, by=by, reason=why)
    changed(session, contract, now)
    return contract


def give_time(
    session: Session,
    tenant_id: TenantId,
    contract_id: UUID,
    duration: str,
    reason: str,
    *,
    by: UserId,
    now: datetime,
) -> Contract:
    """Move the end by an ISO 8601 duration, free of charge.

    A contract whose access is over begins again now; periods are counted anew from the
    new end.

    Raises:
        NotFoundError: the tenant has no such contract.
        ContractStateError: it was cancelled or replaced.
        DurationError: no duration.
    """
    why = reason_of(reason, LONGEST_REASON)
    length = parse_duration(duration, "duration")
    contract = _open(session, tenant_id, contract_id)
    now = begin_change(contract, now)
    if contract.cancelled_at is not None:
        raise ContractStateError("this contract was cancelled")
    start = now if now >= contract.grace_ends_at else contract.period_end
    end = after(start, length)
    if end - start < timedelta(seconds=1):
        raise InvalidError("give a second at least", "duration")
    contract.period_start = min(contract.period_start, start)
    take_gift(session, contract, start, end, now)
    detail = {"duration": str(length), "reason": why, "until": end.isoformat()}
    record(session, contract, EventKind.EXTENDED, now, by=by, detail=detail)
    tell_extended(session, contract, why, now)
    changed(session, contract, now)
    return contract


def set_blocked(
    session: Session,
    tenant_id: TenantId,
    contract_id: UUID,
    reason: str,
    *,
    blocked: bool,
    by: UserId,
    now: datetime,
) -> Contract:
    """Suspend a contract by hand, or lift that; its time runs on meanwhile.

    Raises:
        NotFoundError: the tenant has no such contract.
        ContractStateError: it was replaced.
    """
    why = reason_of(reason, LONGEST_REASON)
    contract = _open(session, tenant_id, contract_id)
    now = begin_change(contract, now)
    if (contract.blocked_at is not None) == blocked:
        return contract
    contract.blocked_at = now if blocked else None
    contract.blocked_reason = why if blocked else None
    kind = EventKind.BLOCKED if blocked else EventKind.UNBLOCKED
    record(session, contract, kind, now, by=by, detail={"reason": why})
    tell_blocked(session, contract, why, now)
    changed(session, contract, now)
    return contract


@dataclass(frozen=True)
class RentalRefund:
    """What is given back of which invoice; ``key`` names this refund among all."""

    document_id: UUID
    amount: Satang
    reason: str
    key: str


def refund(
    session: Session,
    tenant_id: TenantId,
    contract_id: UUID,
    order: RentalRefund,
    *,
    by: UserId,
    now: datetime,
) -> Document:
    """Give back a part of an invoice to the wallet, with a credit note that cites it.

    A refund of the same key is refused, not paid twice.

    Raises:
        NotFoundError: the contract has no such invoice.
        CreditTooLargeError: more than was paid and not given back.
    """
    why, amount = reason_of(order.reason, LONGEST_REASON), order.amount
    contract = one_contract(session, tenant_id, contract_id)
    original = issuing.get_document(session, tenant_id, order.document_id)
    if original.subject != f"contract:{contract_id}":
        raise ContractStateError("this invoice is not of this contract")
    line = issuing.Line("คืนค่าเช่า", "Refund of the rental", amount)
    source = REFUND + order.key
    credit = issuing.Credit(order.document_id, source, amount, why, (line,))
    note = issuing.credit(session, tenant_id, credit, now)
    detail = {"amount": amount, "reason": why, "number": note.number}
    record(session, contract, EventKind.REFUNDED, now, by=by, detail=detail)
    tell_refunded(session, contract, note, now)
    changed(session, contract, now)
    return note


def _open(session: Session, tenant_id: TenantId, contract_id: UUID) -> Contract:
    contract = one_contract(session, tenant_id, contract_id)
    if contract.closed_at is not None:
        raise ContractStateError("a later contract has taken its place")
    return contract
