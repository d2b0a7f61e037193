"""A new version of a plan, and the notice of it to everybody who rents the plan."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.contracts.messages import WatchContract
from abtpro_saas.contracts.offers.plans import NewPlan, publish
from abtpro_saas.contracts.tables import Contract, Plan
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.outbox import leave


def publish_plan(
    session: Session, tenant_id: TenantId, new: NewPlan, *, by: UserId, now: datetime
) -> Plan:
    """Sell ``new`` from now on, and let each renter's process tell of a new price.

    Running periods keep what was paid; the next renewal takes the new version.

    Raises:
        InvalidError: a field that cannot be used, by its name.
    """
    made = publish(session, tenant_id, new, by=by, now=now)
    renters = (
        select(Contract.contract_id)
        .join(
            Plan,
            (Plan.tenant_id == Contract.tenant_id) & (Plan.plan_id == Contract.plan_id),
        )
        .where(
            Contract.tenant_id == tenant_id,
            Contract.closed_at.is_(None),
            Contract.cancelled_at.is_(None),
            Plan.code == made.code,
        )
    )
    for contract_id in session.scalars(renters):
        leave(session, WatchContract(str(tenant_id), str(contract_id)), now)
    return made
