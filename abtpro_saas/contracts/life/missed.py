"""A contract whose process was not there when it should have looked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.contracts.history import record
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.words import EventKind
from abtpro_saas.ids import TenantId


def note_missed(
    session: Session, tenant_id: TenantId, contract_id: UUID, now: datetime
) -> None:
    """Write down, once for each look that did not happen, that a sweep found it."""
    contract = session.get_one(Contract, (tenant_id, contract_id))
    due = contract.review_at
    if due is not None:
        once = f"missed:{due.isoformat()}"
        record(session, contract, EventKind.MISSED, now, at=due, once=once)
