"""A relay beside a real Temporal server, and the outbox that it empties."""

import asyncio
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.outbox import (
    OutboxRow,
    leave,
)
from abtpro_saas.workflows.relay import Relay
from tests.workflows.relay.stage import (
    PROCESSES,
    Wake,
)


@pytest.fixture
def left(engine, tenant):
    """Return a function that leaves a message and gives its process's id."""

    def write(subject=None, *, kind=Wake, now=None, times=1):
        message = kind(str(tenant), subject or uuid4().hex)
        with tenant_transaction(engine, tenant) as session:
            for _ in range(times):
                leave(session, message, now or utc_now())
        return message.process_id

    return write


@pytest.fixture
def rows(engine, tenant):
    """Return a function that reads the tenant's outbox."""

    def read():
        with tenant_transaction(engine, tenant) as session:
            return list(session.scalars(select(OutboxRow)))

    return read


@pytest.fixture
def play(server, temporal_server, keyring):
    """Return a function that plays a scenario with a relay and its connection."""

    def run(scenario, **options):
        async def go():
            client = await temporal_server.connect(keyring)
            relay = Relay(
                server.relay_url, client, **{"processes": PROCESSES, **options}
            )
            async with await psycopg.AsyncConnection.connect(
                server.relay_url, autocommit=True
            ) as connection:
                return await asyncio.wait_for(scenario(relay, connection, client), 30)

        return asyncio.run(go())

    return run
