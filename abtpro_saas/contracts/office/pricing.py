"""A new version of a plan, and the notice of it to everybody who rents the plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from abtpro_saas.contracts.messages import WatchContract
from abtpro_saas.contracts.offers.plans import NewPlan, publish
from abtpro_saas.contracts.tables import Contract, Plan
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.outbox import leave

Row = TypeVarTuple("Row")


def publish_plan(
    session: Session, tenant_id: TenantId, new: NewPlan, *, by: UserId, now: datetime
) -> Plan:
    """Sell ``new`` from now on, and let each renter's process tell of a new price.

    Running periods keep what was paid; the next renewal takes the new version.

    Raises:
        InvalidError: a field that cannot be used, by its name.
    """
    made = publish(session, tenant_id, new, by=by, now=now)
    renters = _renting(select(Contract.contract_id), tenant_id)
    for contract_id in session.scalars(renters.where(Plan.code == made.code)):
        leave(session, WatchContract(str(tenant_id), str(contract_id)), now)
    return made


@dataclass(frozen=True)
class Renters:
    """Who rents a plan and goes on: how many, and when their periods end."""

    count: int
    first_end: datetime
    last_end: datetime


def renters_by_plan(session: Session, tenant_id: TenantId) -> dict[str, Renters]:
    """Return who would come under a new version of each plan, by the plan's code."""
    end = Contract.period_end
    counted = select(Plan.code, func.count(), func.min(end), func.max(end))
    rows = session.execute(_renting(counted, tenant_id).group_by(Plan.code))
    return {code: Renters(count, first, last) for code, count, first, last in rows}


def _renting(chosen: Select[*Row], tenant_id: TenantId) -> Select[*Row]:
    """Return what is chosen of the contracts that go on, with their plans."""
    return (
        chosen.select_from(Contract)
        .join(
            Plan,
            (Plan.tenant_id == Contract.tenant_id) & (Plan.plan_id == Contract.plan_id),
        )
        .where(
            Contract.tenant_id == tenant_id,
            Contract.closed_at.is_(None),
            Contract.cancelled_at.is_(None),
        )
    )
