import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select
from temporalio.client import ScheduleOverlapPolicy

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify
from abtpro_saas.notifications.tables import Mail
from abtpro_saas.temporal import SEARCH_ATTRIBUTES
from abtpro_saas.worker import CREWS, WORKFLOWS, serve
from abtpro_saas.workflows import schedules
from abtpro_saas.workflows.registry import PROCESSES


@pytest.fixture
def home(settings, tmp_path, server):
    """Return a function that gives a worker's settings for a Temporal server."""

    def make(temporal):
        return settings(ABTPRO_HOME=str(tmp_path), TEMPORAL_ADDRESS=temporal.address)

    return make


@pytest.fixture
def receipt(engine, tenant, user):
    """Return a function that mails a receipt, and one that reads all mails' states."""

    def send():
        with tenant_transaction(engine, tenant) as session:
            params = {"amount": "1.00", "reference": "R", "at": utc_now().isoformat()}
            notify(session, tenant, user(), NoticeKind.TOPUP_PAID, params, utc_now())

    def states():
        with tenant_transaction(engine, tenant) as session:
            return list(session.scalars(select(Mail.state)))

    return send, states


async def until(condition, timeout_s=60):
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.1)


def test_a_mail_goes_from_commit_to_mailbox(home, receipt, lonely_temporal, tmp_path):
    send, states = receipt

    async def scenario():
        lonely_temporal.start()
        stop = asyncio.Event()
        work = asyncio.create_task(serve(home(lonely_temporal), list(CREWS), stop))
        send()
        await until(lambda: states() == ["SENT"])
        stop.set()
        await asyncio.wait_for(work, 60)

    asyncio.run(scenario())
    assert len(list(tmp_path.glob("mailbox/*/*.eml"))) == 1


def test_a_worker_outlives_temporal(home, receipt, lonely_temporal):
    send, states = receipt

    async def scenario():
        stop = asyncio.Event()
        work = asyncio.create_task(serve(home(lonely_temporal), list(CREWS), stop))
        await asyncio.sleep(1)  # Temporal is not there yet
        lonely_temporal.start()
        send()
        await until(lambda: states() == ["SENT"])
        lonely_temporal.kill()
        send()
        await asyncio.sleep(1)
        lonely_temporal.start()
        await until(lambda: states() == ["SENT", "SENT"])
        stop.set()
        await asyncio.wait_for(work, 60)

    asyncio.run(scenario())
    assert states() == ["SENT", "SENT"]


def environment(settings, temporal):
    """Return the variables that a worker process is started with."""
    return os.environ | {
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(settings.home),
        "ABTPRO_SEALING_KEYS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "DATABASE_URL": settings.database_url,
        "DATABASE_RELAY_URL": settings.database_relay_url,
        "TEMPORAL_ADDRESS": temporal.address,
        "SMTP_URL": "mailbox:",
    }


def start_worker(settings, temporal):
    return subprocess.Popen(
        [sys.executable, "-m", "abtpro_saas.worker"],
        env=environment(settings, temporal),
        stderr=subprocess.DEVNULL,
    )


def test_a_killed_workers_mails_are_sent_by_the_next(
    home, receipt, lonely_temporal, campaign
):
    # At full length a worker dies with mails in its hands: what it held is noticed by
    # missing heartbeats, which takes 6 s. The short form kills it between mails.
    send, states = receipt
    lonely_temporal.start()
    here = home(lonely_temporal)
    held, workers = campaign.length(0, 4), []
    try:
        for _ in range(campaign.length(1, 3)):
            workers.append(start_worker(here, lonely_temporal))
            for _ in range(5):
                send()
            due = 5 * len(workers) - held
            asyncio.run(until(lambda due=due: states().count("SENT") >= due))
            workers[-1].kill()
            workers[-1].wait()
        send()
        workers.append(start_worker(here, lonely_temporal))
        asyncio.run(until(lambda: set(states()) == {"SENT"}))
        workers[-1].send_signal(signal.SIGTERM)
        assert workers[-1].wait(20) == 0
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.kill()
            worker.wait()


def test_schedules_are_set_up_once_and_an_operators_pause_stays(temporal_server):
    async def scenario():
        client = await temporal_server.connect()
        await schedules.set_up(client)
        handle = client.get_schedule_handle("reconcile:topups")
        await handle.pause(note="looking into it")
        await schedules.set_up(client)
        return (await handle.describe()).schedule

    found = asyncio.run(scenario())

    assert (found.state.paused, found.state.note) == (True, "looking into it")
    assert found.spec.intervals[0].every == timedelta(minutes=5)
    assert found.policy.overlap is ScheduleOverlapPolicy.SKIP


def test_a_worker_defines_the_search_attributes_that_are_missing(home, new_temporal):
    bare = new_temporal(attributes=())

    async def scenario():
        stop = asyncio.Event()
        client = await bare.connect()
        work = asyncio.create_task(serve(home(bare), ["wf"], stop, relay=False))
        for each in SEARCH_ATTRIBUTES:
            query = f"{each.name}='x'"
            async with asyncio.timeout(60):
                while True:
                    with suppress(Exception):
                        await client.count_workflows(query)
                        break
                    await asyncio.sleep(0.2)
        stop.set()
        await asyncio.wait_for(work, 60)

    asyncio.run(scenario())


def test_every_kind_of_message_has_a_workflow_that_somebody_runs():
    names = {each.__name__ for each in WORKFLOWS}

    assert {process.workflow for process in PROCESSES.values()} <= names
    assert {process.queue for process in PROCESSES.values()} <= set(CREWS)
