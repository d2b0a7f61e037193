"""A user's contract, as it is now, and the refusals that depend on how it stands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.contracts.tables import Contract
from abtpro_saas.database import lock, take_turns
from abtpro_saas.errors import ConflictError, NotFoundError
from abtpro_saas.ids import TenantId, UserId


class NoContractError(NotFoundError):
    """The user has no contract, or never had one."""

    code = "no_contract"


class ContractStateError(ConflictError):
    """The contract does not stand so that this could be done."""

    code = "contract_state"


class ContractRunsError(ConflictError):
    """One contract at a time: change or renew the one that runs."""

    code = "contract_runs"


class ContractBlockedError(ConflictError):
    """An admin has suspended the contract; only an admin can lift that."""

    code = "contract_blocked"


def find_contract(
    session: Session, tenant_id: TenantId, user_id: UserId
) -> Contract | None:
    """Return the user's contract that no later one has replaced, however it stands."""
    query = select(Contract).where(
        Contract.tenant_id == tenant_id,
        Contract.user_id == user_id,
        Contract.closed_at.is_(None),
    )
    return session.scalar(query)


def own_contract(session: Session, tenant_id: TenantId, user_id: UserId) -> Contract:
    """Return the user's contract, ours until commit.

    Raises:
        NoContractError: there is none.
    """
    take_turns(session, f"contract:{tenant_id}:{user_id}")
    found = find_contract(session, tenant_id, user_id)
    if found is None:
        raise NoContractError("you have no contract")
    return lock(session, Contract, (tenant_id, found.contract_id))


def one_contract(session: Session, tenant_id: TenantId, contract_id: UUID) -> Contract:
    """Return a contract by its id, ours until commit.

    Raises:
        NotFoundError: the tenant has no such contract.
    """
    return lock(session, Contract, (tenant_id, contract_id))


def begin_change(contract: Contract, now: datetime) -> datetime:
    """Return when a locked contract is changed, and let its row remember it.

    Callers read the clock before they wait for the row, so of two at once the second
    may bring the earlier instant: it is changed no earlier than it was before, or a
    stretch could end before it began.
    """
    before = (contract.created_at, contract.renewed_at, contract.changed_at)
    contract.changed_at = max(now, *(at for at in before if at is not None))
    return contract.changed_at


def require_unblocked(contract: Contract, now: datetime) -> None:
    """Refuse what a suspended user may not do.

    Raises:
        ContractBlockedError: an admin has suspended the contract.
    """
    if contract.blocked_at is not None and contract.blocked_at <= now:
        raise ContractBlockedError("an administrator has suspended this contract")
