"""What the relay's role deletes, and what it must leave alone."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select, update

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity.access import passwords
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.platform_tables import OperatorIdempotencyKey
from abtpro_saas.identity.tables import IdempotencyKey
from abtpro_saas.outbox import OutboxRow, leave
from abtpro_saas.workflows.retention import forget_old

HOUR = timedelta(hours=1)
ANSWER = {
    "method": "POST",
    "route": "/",
    "request_hash": b"x",
    "status": 201,
    "body": b"{}",
    "headers": {},
}


@dataclass(frozen=True)
class Errand:
    kind: ClassVar[str] = "test.errand"

    tenant_id: str
    process_id: str


@pytest.fixture
def forget(server):
    """Return a function that forgets as the relay does at an instant."""

    def run(now):
        async def go():
            async with await psycopg.AsyncConnection.connect(
                server.relay_url, autocommit=True
            ) as connection:
                await forget_old(connection, now)

        asyncio.run(go())

    return run


@pytest.fixture
def left(engine, relay_engine, tenant):
    """Return a function that leaves a message, sent or not, and one that reads them."""

    def write(name, sent_at=None):
        with tenant_transaction(engine, tenant) as session:
            leave(session, Errand(str(tenant), name), utc_now())
        with plain_transaction(relay_engine) as session:
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.tenant_id == tenant, OutboxRow.process_id == name)
                .values(sent_at=sent_at)
            )

    def read():
        with tenant_transaction(engine, tenant) as session:
            return set(session.scalars(select(OutboxRow.process_id)))

    return write, read


def test_messages_that_left_are_forgotten_after_a_week(left, forget):
    write, read = left
    write("old", utc_now() - timedelta(days=8))
    write("fresh", utc_now() - timedelta(days=6))
    write("waiting")

    forget(utc_now())

    assert read() == {"fresh", "waiting"}


def test_answers_are_forgotten_after_a_day_and_moneys_never(engine, tenant, forget):
    now = utc_now()
    kept = [("old", 25, False), ("fresh", 23, False), ("money", 24 * 400, True)]
    with tenant_transaction(engine, tenant) as session:
        for key, hours, for_ever in kept:
            row = IdempotencyKey(
                tenant_id=tenant,
                principal_id=uuid4(),
                key=key,
                created_at=now - hours * HOUR,
                keep_forever=for_ever,
                **ANSWER,
            )
            session.add(row)

    forget(now)

    with tenant_transaction(engine, tenant) as session:
        assert set(session.scalars(select(IdempotencyKey.key))) == {"fresh", "money"}


def test_operators_answers_are_forgotten_after_a_day(operator_engine, keyring, forget):
    now = utc_now()
    with plain_transaction(operator_engine) as session:
        operator_id = operators.create_operator(
            session,
            keyring,
            email=f"{uuid4().hex}@example.com",
            name="Nok",
            password="correct horse battery",
            now=now,
            profile=passwords.QUICK,
        ).operator_id
        for key, hours in (("old", 25), ("fresh", 23)):
            row = OperatorIdempotencyKey(
                operator_id=operator_id,
                key=key,
                created_at=now - hours * HOUR,
                **ANSWER,
            )
            session.add(row)

    forget(now)

    query = select(OperatorIdempotencyKey.key).filter_by(operator_id=operator_id)
    with plain_transaction(operator_engine) as session:
        assert session.scalars(query).all() == ["fresh"]


@pytest.mark.parametrize("table", ["idempotency_keys", "operator_idempotency_keys"])
def test_who_forgets_answers_cannot_read_them(server, table):
    with (
        psycopg.connect(server.relay_url) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute(f"SELECT body FROM {table}")
