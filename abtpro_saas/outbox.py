"""Messages that leave with a commit: each starts or wakes one durable process.

A room calls ``leave`` inside its transaction; the relay turns the row into one
signal-with-start, so a commit and the process that it sets off are atomic.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from abtpro_saas.database import Base, TenantId, TenantRow, new_id
from abtpro_saas.wakes import wake_after_commit


class Message(Protocol):
    """What a room leaves: a frozen dataclass that its workflow takes as input."""

    kind: ClassVar[str]
    tenant_id: str

    @property
    def process_id(self) -> str:
        """The deterministic id of the workflow to start or wake."""
        ...


class OutboxRow(TenantRow, Base):
    """A message that is to leave, or has left."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", postgresql_where=text("sent_at IS NULL")),
    )

    outbox_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    process_id: Mapped[str]
    message: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]


def leave(session: Session, message: Any, now: datetime) -> None:  # noqa: ANN401 - a dataclass that fits Message; asdict wants no protocol
    """Leave ``message`` in the transaction of ``session``; it goes after the commit."""
    session.add(
        OutboxRow(
            tenant_id=TenantId(UUID(message.tenant_id)),
            kind=message.kind,
            process_id=message.process_id,
            message=asdict(message),
            created_at=now,
            due_at=now,
        )
    )
    wake_after_commit(session, "relay", message.tenant_id, message.process_id)
