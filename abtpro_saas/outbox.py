"""Messages that leave with a commit: each starts or wakes one durable process.

A room calls ``leave`` inside its transaction; the relay turns the row into one
signal-with-start, so a commit and the process that it sets off are atomic. What
Temporal refuses again and again is parked, for an operator to look at and release.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from abtpro_saas.database import Base, TenantRow, Write, write_together
from abtpro_saas.ids import new_id
from abtpro_saas.wakes import wake_after_commit

MOST_TRIES = 12
"""How often a message that Temporal refuses is tried before it is parked."""

PARKED = timedelta(days=3650)
"""How far away a parked message is due: until an operator releases it."""


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


_LEAVE = """
INSERT INTO outbox (tenant_id, outbox_id, kind, process_id, message, created_at, due_at)
VALUES (%(o_tenant)s, %(o_id)s, %(o_kind)s, %(o_process)s,
        cast(%(o_message)s AS jsonb), %(o_now)s, %(o_now)s)
"""


def leaving(session: Session, message: Any, now: datetime) -> Write:  # noqa: ANN401 - a dataclass that fits Message; asdict wants no protocol
    """Return the write that leaves ``message``, for one statement with others."""
    wake_after_commit(session, "relay", message.tenant_id, message.process_id)
    return Write(
        _LEAVE,
        {
            "o_tenant": message.tenant_id,
            "o_id": new_id(),
            "o_kind": message.kind,
            "o_process": message.process_id,
            "o_message": json.dumps(asdict(message)),
            "o_now": now,
        },
    )


def leave(session: Session, message: Any, now: datetime) -> None:  # noqa: ANN401 - as above
    """Leave ``message`` in the transaction of ``session``; it goes after the commit."""
    write_together(session, leaving(session, message, now))


@dataclass(frozen=True)
class ParkedMessage:
    """A message that was refused again and again, and why."""

    tenant: str
    kind: str
    process_id: str
    created_at: datetime
    last_error: str


_PARKED = """
SELECT t.slug AS tenant, o.kind, o.process_id, o.created_at,
       coalesce(o.last_error, '') AS last_error
FROM outbox o JOIN tenants t USING (tenant_id)
WHERE o.sent_at IS NULL AND o.tries >= :most ORDER BY o.created_at
"""

_RELEASE = """
UPDATE outbox SET tries = 0, due_at = :now WHERE sent_at IS NULL AND tries >= :most
"""


def parked_messages(session: Session) -> list[ParkedMessage]:
    """Return all that is parked, oldest first; ``session`` is of the relay's role."""
    rows = session.execute(text(_PARKED), {"most": MOST_TRIES})
    return [ParkedMessage(**row) for row in rows.mappings()]


def release_parked(session: Session, now: datetime) -> int:
    """Let parked messages leave again, once the cause is mended; return how many."""
    values = {"now": now, "most": MOST_TRIES}
    released: Any = session.execute(text(_RELEASE), values)
    return int(released.rowcount)
