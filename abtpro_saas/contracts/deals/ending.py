"""Cancelling, taking that back, and whether a contract renews itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.contracts.deals.finding import (
    ContractStateError,
    begin_change,
    own_contract,
)
from abtpro_saas.contracts.history import changed, record
from abtpro_saas.contracts.life.telling import tell_cancelled, tell_resumed
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.words import EventKind, When
from abtpro_saas.ids import TenantId, UserId


def cancel(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    when: When,
    now: datetime,
) -> Contract:
    """Let the contract end with its paid period, or now; nothing is charged any more.

    In grace nothing is paid for, so it ends now. Cancelling again changes nothing,
    except that ``now`` ends what was to end later.

    Raises:
        NoContractError: there is none.
    """
    contract = own_contract(session, tenant_id, user_id)
    now = begin_change(contract, now)
    over = contract.cancelled_at is not None and now >= contract.period_end
    if over or (contract.cancelled_at is not None and when is When.PERIOD_END):
        return contract
    contract.cancelled_at = contract.cancelled_at or now
    contract.next_plan_id = contract.next_billing = None
    if when is When.NOW and now < contract.period_end:
        contract.period_end = contract.grace_ends_at = now
        contract.period_start = min(contract.period_start, now)
    detail = {"when": when, "ends": contract.period_end.isoformat()}
    record(session, contract, EventKind.CANCELLED, now, by=user_id, detail=detail)
    tell_cancelled(session, contract, now)
    changed(session, contract, now)
    return contract


def resume(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> Contract:
    """Take a cancellation back, as long as the paid period runs.

    Raises:
        NoContractError: there is none.
        ContractStateError: the contract has ended.
    """
    contract = own_contract(session, tenant_id, user_id)
    now = begin_change(contract, now)
    if contract.cancelled_at is None:
        return contract
    if now >= contract.period_end:
        raise ContractStateError("this contract has ended: make a new one")
    contract.cancelled_at = None
    record(session, contract, EventKind.RESUMED, now, by=user_id)
    tell_resumed(session, contract, now)
    changed(session, contract, now)
    return contract


def set_auto_renew(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    now: datetime,
    *,
    on: bool,
) -> Contract:
    """Let the contract renew itself from the wallet, or not.

    Raises:
        NoContractError: there is none.
    """
    contract = own_contract(session, tenant_id, user_id)
    now = begin_change(contract, now)
    if contract.auto_renew != on:
        contract.auto_renew = on
        kind = EventKind.AUTO_RENEW_ON if on else EventKind.AUTO_RENEW_OFF
        record(session, contract, kind, now, by=user_id)
        changed(session, contract, now)
    return contract
