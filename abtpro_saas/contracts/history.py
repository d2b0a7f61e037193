"""What is written down of a contract's life, once each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abtpro_saas.contracts.messages import WatchContract
from abtpro_saas.contracts.tables import Contract, Event
from abtpro_saas.contracts.words import EventKind
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.outbox import leave
from abtpro_saas.wakes import wake_after_commit

TOPIC = "contract"
"""The hint to a user's open pages; its subject is the user's id."""


def record(
    session: Session,
    contract: Contract,
    kind: EventKind,
    now: datetime,
    *,
    at: datetime | None = None,
    by: UserId | None = None,
    once: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> bool:
    """Write that ``kind`` happened; return False where ``once`` is there already.

    ``at`` is when it was due, where that was before ``now``.
    """
    made = (
        insert(Event)
        .values(
            tenant_id=contract.tenant_id,
            contract_id=contract.contract_id,
            event_id=new_id(),
            kind=kind,
            happened_at=at or now,
            recorded_at=now,
            actor_id=by,
            once=once,
            detail=dict(detail or {}),
        )
        .on_conflict_do_nothing()
        .returning(Event.event_id)
    )
    return session.scalar(made) is not None


def history(
    session: Session, tenant_id: TenantId, contract_id: UUID, *, limit: int = 200
) -> Sequence[Event]:
    """Return what happened to a contract, newest first."""
    query = (
        select(Event)
        .where(Event.tenant_id == tenant_id, Event.contract_id == contract_id)
        .order_by(Event.happened_at.desc(), Event.event_id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def changed(session: Session, contract: Contract, now: datetime) -> None:
    """Tell the contract's process and the user's open pages that the row changed."""
    session.flush()
    tenant = str(contract.tenant_id)
    leave(session, WatchContract(tenant, str(contract.contract_id)), now)
    wake_after_commit(session, TOPIC, tenant, str(contract.user_id))
