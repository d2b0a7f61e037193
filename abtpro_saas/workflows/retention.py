"""What is deleted because nobody asks for it any more, and for how long it is kept."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from abtpro_saas.identity.tables import ANSWERS_KEPT

if TYPE_CHECKING:
    import psycopg

FORGET = {
    """DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM outbox
    WHERE sent_at < %s LIMIT 5000 FOR UPDATE SKIP LOCKED))""": timedelta(days=7),
    "DELETE FROM mails WHERE created_at < %s": timedelta(days=90),
    "DELETE FROM notices WHERE created_at < %s": timedelta(days=365),
    # Row-level security hides the answers of requests that moved money: they stay.
    "DELETE FROM idempotency_keys WHERE NOT keep_forever AND created_at < %s": (
        ANSWERS_KEPT
    ),
    "DELETE FROM operator_idempotency_keys WHERE created_at < %s": ANSWERS_KEPT,
}


async def forget_old(connection: "psycopg.AsyncConnection[Any]", now: datetime) -> None:
    """Delete, as the relay's role, what has been kept for long enough."""
    for statement, kept in FORGET.items():
        await connection.execute(statement, [now - kept])
