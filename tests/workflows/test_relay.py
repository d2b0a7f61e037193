import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select
from temporalio.client import WorkflowExecutionStatus

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.outbox import (
    MOST_TRIES,
    OutboxRow,
    leave,
    parked_messages,
    release_parked,
)
from abtpro_saas.temporal import STATE, TENANT
from abtpro_saas.workflows.registry import Process
from abtpro_saas.workflows.relay import OutageError, Relay

PROCESSES = {"test.watch": Process("NoSuchWorkflow", "A test", "nobody-listens")}


@dataclass(frozen=True)
class Wake:
    """A message whose process nobody runs: the relay needs no worker."""

    kind: ClassVar[str] = "test.watch"

    tenant_id: str
    subject: str

    @property
    def process_id(self):
        return f"test:{self.tenant_id}:{self.subject}"


class Unknown(Wake):
    kind = "test.unknown"


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


async def signals(client, process_id):
    handle = client.get_workflow_handle(process_id)
    events = (await handle.fetch_history()).events
    return sum(
        event.HasField("workflow_execution_signaled_event_attributes")
        for event in events
    )


def test_a_message_starts_its_process_and_is_marked(left, play, rows, tenant):
    process_id = left()

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        return await client.get_workflow_handle(process_id).describe()

    seen = play(scenario)
    assert seen.status is WorkflowExecutionStatus.RUNNING
    assert seen.workflow_type == "NoSuchWorkflow"
    assert [row.sent_at is not None for row in rows()] == [True]


def test_an_operator_reads_whose_process_it_is(left, play, engine, tenant):
    process_id = left()

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        seen = await client.get_workflow_handle(process_id).describe()
        return (
            seen.typed_search_attributes,
            await seen.memo(),
            await seen.static_summary(),
        )

    attributes, memo, summary = play(scenario)
    assert attributes[TENANT] == memo["tenant"]
    assert attributes[STATE] == "STARTING"
    assert summary == f"A test, tenant {memo['tenant']}"


def test_tenants_take_turns_in_the_queues(left, play):
    process_id = left()

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        history = await client.get_workflow_handle(process_id).fetch_history()
        started = history.events[0].workflow_execution_started_event_attributes
        seen = await client.get_workflow_handle(process_id).describe()
        return started.priority, seen.typed_search_attributes[TENANT]

    priority, slug = play(scenario)
    assert (priority.fairness_key, priority.priority_key) == (slug, 3)


def test_messages_of_one_batch_for_one_process_become_one_signal(left, play, rows):
    process_id = left(times=5)

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        return await signals(client, process_id)

    assert play(scenario) == 1
    assert all(row.sent_at for row in rows())


def test_a_later_message_wakes_the_process_that_runs(left, play):
    process_id = left("same")

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        first = await client.get_workflow_handle(process_id).describe()
        left("same")
        await relay.send_due(connection)
        second = await client.get_workflow_handle(process_id).describe()
        return first.run_id, second.run_id, await signals(client, process_id)

    first, second, count = play(scenario)
    assert (first == second, count) == (True, 2)


def test_a_message_wakes_a_process_that_had_ended(left, play):
    process_id = left("same")

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        await client.get_workflow_handle(process_id).terminate()
        left("same")
        await relay.send_due(connection)
        return (await client.get_workflow_handle(process_id).describe()).status

    assert play(scenario) is WorkflowExecutionStatus.RUNNING


class DiesAfterCalling:
    """A client that is killed between Temporal's answer and the relay's mark."""

    def __init__(self, client):
        self._client = client

    async def start_workflow(self, *arguments, **options):
        await self._client.start_workflow(*arguments, **options)
        raise asyncio.CancelledError


def test_a_relay_killed_before_its_mark_repeats_the_call_without_harm(
    left, play, rows, server
):
    process_id = left()

    async def scenario(relay, connection, client):
        doomed = Relay(server.relay_url, DiesAfterCalling(client), processes=PROCESSES)
        with pytest.raises(asyncio.CancelledError):
            await doomed.send_due(connection)
        assert [row.sent_at for row in rows()] == [None]
        await relay.send_due(connection)
        seen = await client.get_workflow_handle(process_id).describe()
        return seen.status, await signals(client, process_id)

    assert play(scenario) == (WorkflowExecutionStatus.RUNNING, 2)
    assert all(row.sent_at for row in rows())


class Counting:
    """A client that counts which processes it was asked to call."""

    def __init__(self, client):
        self._client, self.called = client, []

    async def start_workflow(self, *arguments, **options):
        self.called.append(options["id"])
        return await self._client.start_workflow(*arguments, **options)


def test_relays_at_work_together_share_the_messages(left, play, rows, server):
    expected = sorted(left() for _ in range(150))

    async def scenario(relay, connection, client):
        counting = Counting(client)

        async def another():
            mine = Relay(server.relay_url, counting, processes=PROCESSES)
            async with await psycopg.AsyncConnection.connect(
                server.relay_url, autocommit=True
            ) as own:
                while await mine.send_due(own):
                    pass

        await asyncio.gather(another(), another(), another())
        return sorted(counting.called)

    assert play(scenario) == expected
    assert all(row.sent_at for row in rows())


def test_a_message_nobody_knows_is_tried_less_often_and_holds_up_nobody(
    left, play, rows
):
    start = utc_now()
    left(kind=Unknown, now=start)
    good = left(now=start)

    async def scenario(relay, connection, client):
        await relay.send_due(connection)
        assert await relay.send_due(connection) == 0  # the bad one waits for its turn
        return (await client.get_workflow_handle(good).describe()).status

    assert play(scenario) is WorkflowExecutionStatus.RUNNING
    bad = next(row for row in rows() if row.kind == "test.unknown")
    assert (bad.tries, bad.sent_at) == (1, None)
    assert bad.due_at > start
    assert "test.unknown" in bad.last_error


def test_a_poison_message_is_parked_until_an_operator_releases_it(
    left, play, rows, relay_engine
):
    process_id = left(kind=Unknown)
    instant = utc_now() + timedelta(hours=1)

    async def scenario(relay, connection, client):
        nonlocal instant
        for _ in range(MOST_TRIES):
            await relay.send_due(connection)
            instant += timedelta(days=1)
        parked = rows()[0]
        assert parked.tries == MOST_TRIES
        assert parked.due_at > instant + timedelta(days=365)

    play(scenario, now=lambda: instant)
    with plain_transaction(relay_engine) as session:
        parked = {each.process_id: each for each in parked_messages(session)}
        assert "test.unknown" in parked[process_id].last_error
        assert release_parked(session, utc_now()) == len(parked)
    assert rows()[0].tries == 0


async def until_sent(rows, timeout_s=10):
    async with asyncio.timeout(timeout_s):
        while not (rows() and all(row.sent_at for row in rows())):  # noqa: ASYNC110 - another task of the relay sets it
            await asyncio.sleep(0.02)


LISTENING = """
SELECT count(*) FROM pg_stat_activity
WHERE usename = 'abtpro_relay' AND state = 'idle' AND query LIKE 'LISTEN%'
"""


async def until_at_work(left, rows, connection):
    """Wait until the relay that was begun listens, and has sent a message."""
    async with asyncio.timeout(20):
        while (await (await connection.execute(LISTENING)).fetchone())[0] == 0:  # noqa: ASYNC110 - another task of the relay listens
            await asyncio.sleep(0.02)
    left()
    await until_sent(rows)


async def stop(task):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_message_left_wakes_the_relay_at_once(left, play, rows):
    async def scenario(relay, connection, client):
        task = asyncio.create_task(relay.run())
        await until_at_work(left, rows, connection)  # its next poll is far away
        left()
        await until_sent(rows)
        await stop(task)

    play(scenario, poll_s=600)


def test_a_lost_hint_costs_no_more_than_a_poll(left, play, rows, server):
    async def scenario(relay, connection, client):
        task = asyncio.create_task(relay.run())
        await until_at_work(left, rows, connection)
        ended = LISTENING.replace("count(*)", "pg_terminate_backend(pid)")
        assert await (await connection.execute(ended)).fetchall() == [(True,)]
        left()
        await until_sent(rows)
        await stop(task)

    play(scenario)


def test_an_outage_of_temporal_costs_no_message_a_try_and_the_relay_catches_up(
    left, rows, server, keyring, lonely_temporal
):
    async def scenario():
        lonely_temporal.start()
        client = await lonely_temporal.connect(keyring)
        relay = Relay(server.relay_url, client, processes=PROCESSES)
        async with await psycopg.AsyncConnection.connect(
            server.relay_url, autocommit=True
        ) as connection:
            lonely_temporal.kill()
            left(), left()
            with pytest.raises(OutageError):
                await relay.send_due(connection)
            assert [(row.tries, row.sent_at) for row in rows()] == [(0, None)] * 2
            task = asyncio.create_task(relay.run())
            lonely_temporal.start()
            await until_sent(rows, 30)
            await stop(task)

    asyncio.run(scenario())
