"""A tenant's contracts, for its admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, aliased

from abtpro_saas.contracts.tables import Contract, Period, Plan, plan_id_at
from abtpro_saas.contracts.words import ContractStatus
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import TenantId, UserId


@dataclass(frozen=True)
class ContractFilter:
    """Which contracts to list; ``due_before`` by the end of their period."""

    status: ContractStatus | None = None
    plan: str | None = None
    due_before: datetime | None = None
    closed: bool = False
    user_id: UserId | None = None


@dataclass(frozen=True)
class ListedContract:
    """A contract with whose it is, what it is called now, and the running period."""

    contract: Contract
    plan: Plan
    user: User
    status: ContractStatus
    running: Period | None


def sql_status(now: datetime) -> ColumnElement[str]:
    """Return the status of a contract's row at ``now``, as SQL computes it."""
    return func.contract_status(
        Contract.trial,
        Contract.period_end,
        Contract.grace_ends_at,
        Contract.cancelled_at,
        Contract.blocked_at,
        now,
    )


def list_contracts(
    session: Session,
    tenant_id: TenantId,
    chosen: ContractFilter,
    now: datetime,
    *,
    limit: int = 50,
    before: UUID | None = None,
) -> list[ListedContract]:
    """Return contracts, newest first, those older than ``before`` if given."""
    query = _with_owner(tenant_id, now)
    if not chosen.closed:
        query = query.where(Contract.closed_at.is_(None))
    if chosen.status is not None:
        query = query.where(sql_status(now) == chosen.status)
    if chosen.plan is not None:
        query = query.where(Plan.code == chosen.plan.upper())
    if chosen.due_before is not None:
        query = query.where(
            Contract.period_end < chosen.due_before, Contract.cancelled_at.is_(None)
        )
    if chosen.user_id is not None:
        query = query.where(Contract.user_id == chosen.user_id)
    if before is not None:
        query = query.where(Contract.contract_id < before)
    rows = session.execute(query.order_by(Contract.contract_id.desc()).limit(limit))
    return [_listed(row) for row in rows]


def show_contract(
    session: Session, tenant_id: TenantId, contract_id: UUID, now: datetime
) -> ListedContract | None:
    """Return one contract with its owner, or None."""
    query = _with_owner(tenant_id, now).where(Contract.contract_id == contract_id)
    row = session.execute(query).one_or_none()
    return None if row is None else _listed(row)


def running_period(
    session: Session, contract: Contract, now: datetime
) -> Period | None:
    """Return the stretch in which ``now`` lies, whatever is paid ahead; or None."""
    if now >= contract.period_end:
        return None
    query = _running(now).where(
        Period.tenant_id == contract.tenant_id,
        Period.contract_id == contract.contract_id,
    )
    return session.scalar(query)


def periods_of(
    session: Session, tenant_id: TenantId, contract_id: UUID
) -> Sequence[Period]:
    """Return what was paid for or given, newest first."""
    query = select(Period).where(
        Period.tenant_id == tenant_id, Period.contract_id == contract_id
    )
    return session.scalars(query.order_by(Period.period_start.desc())).all()


def _with_owner(
    tenant_id: TenantId, now: datetime
) -> Select[Contract, Plan, User, str, Period]:
    inside = _running(now).where(
        Period.tenant_id == Contract.tenant_id,
        Period.contract_id == Contract.contract_id,
        Contract.period_end > now,
    )
    running = aliased(Period, inside.correlate(Contract).lateral("running"))
    return (
        select(Contract, Plan, User, sql_status(now), running)
        .join(
            Plan,
            (Plan.tenant_id == Contract.tenant_id) & (Plan.plan_id == plan_id_at(now)),
        )
        .join(
            User,
            (User.tenant_id == Contract.tenant_id) & (User.user_id == Contract.user_id),
        )
        .outerjoin(running, true())
        .where(Contract.tenant_id == tenant_id)
    )


def _running(now: datetime) -> Select[Period]:
    """Return the query of the one stretch that has begun, not ended and not been left.

    A cancellation ends the contract at once without leaving its stretch.
    """
    return (
        select(Period)
        .where(
            Period.period_start <= now,
            Period.period_end > now,
            Period.left_at.is_(None),
        )
        .order_by(Period.period_start.desc())
        .limit(1)
    )


def _listed(row: Any) -> ListedContract:  # noqa: ANN401 - SQLAlchemy's row
    contract, plan, user, status, running = row
    return ListedContract(contract, plan, user, ContractStatus(status), running)
