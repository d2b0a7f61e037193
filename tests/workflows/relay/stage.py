"""Messages that are left, and clients of Temporal that fail or count."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from abtpro_saas.workflows.registry import Process

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


async def signals(client, process_id):
    handle = client.get_workflow_handle(process_id)
    events = (await handle.fetch_history()).events
    return sum(
        event.HasField("workflow_execution_signaled_event_attributes")
        for event in events
    )


class DiesAfterCalling:
    """A client that is killed between Temporal's answer and the relay's mark."""

    def __init__(self, client):
        self._client = client

    async def start_workflow(self, *arguments, **options):
        await self._client.start_workflow(*arguments, **options)
        raise asyncio.CancelledError


class Counting:
    """A client that counts which processes it was asked to call."""

    def __init__(self, client):
        self._client, self.called = client, []

    async def start_workflow(self, *arguments, **options):
        self.called.append(options["id"])
        return await self._client.start_workflow(*arguments, **options)


async def until_sent(rows, timeout_s=60):
    async with asyncio.timeout(timeout_s):
        while not (rows() and all(row.sent_at for row in rows())):  # noqa: ASYNC110 - another task of the relay sets it
            await asyncio.sleep(0.02)


LISTENING = """
SELECT count(*) FROM pg_stat_activity
WHERE usename = 'abtpro_relay' AND state = 'idle' AND query LIKE 'LISTEN%'
"""


async def until_at_work(left, rows, connection):
    """Wait until the relay that was begun listens, and has sent a message."""
    async with asyncio.timeout(60):
        while (await (await connection.execute(LISTENING)).fetchone())[0] == 0:  # noqa: ASYNC110 - another task of the relay listens
            await asyncio.sleep(0.02)
    left()
    await until_sent(rows)


async def stop(task):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
