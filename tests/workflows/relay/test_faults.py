"""What the relay does when it, its hints, its messages or Temporal fail."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from temporalio.client import WorkflowExecutionStatus

from abtpro_saas.clock import utc_now
from abtpro_saas.database import plain_transaction
from abtpro_saas.outbox import (
    MOST_TRIES,
    parked_messages,
    release_parked,
)
from abtpro_saas.workflows.relay import OutageError, Relay
from tests.workflows.relay.stage import (
    LISTENING,
    PROCESSES,
    Counting,
    DiesAfterCalling,
    Unknown,
    signals,
    stop,
    until_at_work,
    until_sent,
)


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
