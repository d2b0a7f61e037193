"""The invitation of a tenant's first admin, from the operator's commit to the mail."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import select
from temporalio.service import RPCError

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity.messages import InviteAdmin
from abtpro_saas.ids import new_id
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.outbox import leave
from abtpro_saas.workflows.activities.tenants import TenantActivities
from abtpro_saas.workflows.relay import Relay
from abtpro_saas.workflows.tenants import TenantInvitation


@pytest.fixture
def order(tenant):
    return InviteAdmin(
        str(tenant),
        str(new_id()),
        "boss@example.com",
        "Boss",
        "th",
        str(new_id()),
        "::1",
    )


@pytest.fixture
def mails(engine, tenant):
    def read():
        with tenant_transaction(engine, tenant) as session:
            return list(session.scalars(select(Mail.kind)))

    return read


def test_what_an_operator_left_invites_the_admin(
    engine, operator_engine, keyring, settings, server, temporal_server, running,
    order, mails,
):  # fmt: skip
    def leave_it():
        with plain_transaction(operator_engine) as session:
            leave(session, order, utc_now())

    async def scenario():
        client = await temporal_server.connect(keyring)
        activities = TenantActivities(engine, keyring, settings())
        relay = asyncio.create_task(Relay(server.relay_url, client).run())
        async with running(client, [TenantInvitation], [activities.invite_admin]):
            leave_it()
            state = await outcome(client)
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        return state

    async def outcome(client):
        async with asyncio.timeout(60):
            while True:
                with suppress(RPCError):  # the relay has not started it yet
                    return await client.get_workflow_handle(order.process_id).result()
                await asyncio.sleep(0.1)

    assert asyncio.run(scenario()) == "INVITED"
    assert mails() == ["INVITED"]
