"""The relay: turns each outbox row into one signal-with-start.

Rows are locked while their process is called, then marked; a relay killed in between
leaves them unmarked, and the next one repeats a call that does no harm. An outage of
Temporal is no row's fault and costs it nothing; a row that Temporal refuses is tried
less and less often, then parked for an operator to look at.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import class_row
from temporalio.client import Client
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from abtpro_saas.clock import utc_now
from abtpro_saas.outbox import MOST_TRIES, PARKED
from abtpro_saas.telemetry import OUTAGES, RELAYED
from abtpro_saas.temporal import PROCESS, RPC_LIMIT, STATE, TENANT, USER
from abtpro_saas.wakes import CHANNEL
from abtpro_saas.workflows.registry import PROCESSES, Process
from abtpro_saas.workflows.retention import forget_old

BATCH = 64
PARALLEL = 16
POLL_S = 0.5
STEP = timedelta(seconds=5)
"""How long a worker may take for a step of a process."""

_log = structlog.get_logger(__name__)

_OUTAGES = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.NOT_FOUND,  # a namespace that is not there yet
}
"""What Temporal says when no message is at fault."""

TAKE = """
SELECT o.tenant_id, o.outbox_id, o.kind, o.process_id, o.message, o.created_at,
       o.tries, t.slug
FROM outbox o JOIN tenants t USING (tenant_id)
WHERE o.sent_at IS NULL AND o.due_at <= %s
ORDER BY o.due_at LIMIT %s FOR UPDATE OF o SKIP LOCKED
"""

MARK = """
UPDATE outbox o SET sent_at = %s, last_error = NULL
FROM unnest(%s::uuid[], %s::uuid[]) AS done (tenant_id, outbox_id)
WHERE o.tenant_id = done.tenant_id AND o.outbox_id = done.outbox_id
"""

POSTPONE = """
UPDATE outbox SET tries = tries + 1, due_at = %s, last_error = %s
WHERE tenant_id = %s AND outbox_id = %s
"""


class OutageError(Exception):
    """Temporal does not answer: what is due waits, whatever it is."""


@dataclass(frozen=True)
class Due:
    """An outbox row that is to leave now."""

    tenant_id: UUID
    outbox_id: UUID
    kind: str
    process_id: str
    message: dict[str, Any]
    created_at: datetime
    tries: int
    slug: str


@dataclass
class Outcome:
    """What became of a batch."""

    sent: list[Due]
    refused: list[tuple[Due, str]]
    outage: str | None = None


class Relay:
    """One relay; any number of them may run at once."""

    def __init__(
        self,
        database_url: str,
        client: Client,
        *,
        processes: Mapping[str, Process] = PROCESSES,
        now: Callable[[], datetime] = utc_now,
        poll_s: float = POLL_S,
    ) -> None:
        self._url = database_url
        self._client = client
        self._processes = processes
        self._now = now
        self._poll_s = poll_s
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Relay until cancelled; lost connections are made again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again("listen", self._listen))
            group.create_task(self._again_and_again("relay", self._relay))
            group.create_task(self._again_and_again("forget", self._tidy))

    async def send_due(self, connection: "psycopg.AsyncConnection[Any]") -> int:
        """Send one batch; return how many rows it held.

        Raises:
            OutageError: Temporal does not answer; what it took before is marked.
        """
        outcome = Outcome([], [])
        async with connection.transaction():
            rows = await self._take(connection)
            limit = asyncio.Semaphore(PARALLEL)
            await asyncio.gather(
                *(self._send(same, limit, outcome) for same in _by_process(rows))
            )
            await self._mark(connection, outcome)
        if outcome.outage:
            raise OutageError(outcome.outage)
        return len(rows)

    async def _take(self, connection: "psycopg.AsyncConnection[Any]") -> list[Due]:
        async with connection.cursor(row_factory=class_row(Due)) as cursor:
            await cursor.execute(TAKE, [self._now(), BATCH])
            return await cursor.fetchall()

    async def _send(
        self, rows: Sequence[Due], limit: asyncio.Semaphore, outcome: Outcome
    ) -> None:
        """Call one process once for all of its rows."""
        async with limit:
            if outcome.outage:
                return
            try:
                await self._call(rows[-1])
            except RPCError as error:
                if error.status in _OUTAGES:
                    outcome.outage = str(error)
                else:
                    outcome.refused += [(row, str(error)) for row in rows]
            except Exception as error:  # noqa: BLE001 - one bad row must not stop the others
                outcome.refused += [(row, repr(error)) for row in rows]
            else:
                outcome.sent += rows

    async def _call(self, row: Due) -> None:
        process = self._processes[row.kind]
        attributes = [
            SearchAttributePair(TENANT, row.slug),
            SearchAttributePair(PROCESS, row.process_id.partition(":")[0]),
            SearchAttributePair(STATE, "STARTING"),
        ]
        if user_id := row.message.get("user_id"):
            attributes.append(SearchAttributePair(USER, user_id))
        await self._client.start_workflow(
            process.workflow,
            row.message,
            id=row.process_id,
            task_queue=process.queue,
            start_signal="changed",
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=TypedSearchAttributes(attributes),
            memo={"tenant": row.slug, "left_at": row.created_at.isoformat()},
            static_summary=f"{process.title}, tenant {row.slug}",
            # No tenant's crowd holds up another's: they take turns in the queues.
            priority=Priority(priority_key=process.urgency, fairness_key=row.slug),
            # A step takes milliseconds: what a killed worker held is soon another's.
            task_timeout=STEP,
            rpc_timeout=RPC_LIMIT,
        )

    async def _mark(
        self, connection: "psycopg.AsyncConnection[Any]", outcome: Outcome
    ) -> None:
        now = self._now()
        if outcome.sent:
            tenants = [row.tenant_id for row in outcome.sent]
            await connection.execute(
                MARK, [now, tenants, [row.outbox_id for row in outcome.sent]]
            )
        for row in outcome.sent:
            RELAYED.labels(row.kind, "sent").inc()
        for row, error in outcome.refused:
            parked = row.tries + 1 >= MOST_TRIES
            wait = PARKED if parked else timedelta(seconds=2**row.tries)
            await connection.execute(
                POSTPONE, [now + wait, error[:500], row.tenant_id, row.outbox_id]
            )
            RELAYED.labels(row.kind, "parked" if parked else "refused").inc()
            _log.warning(
                "relay.refused",
                kind=row.kind,
                workflow_id=row.process_id,
                tries=row.tries + 1,
                parked=parked,
                error=error[:500],
            )

    async def _relay(self) -> None:
        async with await self._open() as connection:
            while True:
                self._woken.clear()
                if await self.send_due(connection) < BATCH:
                    await self._wake_or(self._poll_s)

    async def _listen(self) -> None:
        """Wake the relay when a message is left; polling makes up for lost hints."""
        async with await self._open() as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            async for notice in connection.notifies():
                if json.loads(notice.payload).get("topic") == "relay":
                    self._woken.set()

    async def _tidy(self) -> None:
        while True:
            async with await self._open() as connection:
                await forget_old(connection, self._now())
            await asyncio.sleep(600)

    async def _wake_or(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _open(self) -> "psycopg.AsyncConnection[Any]":
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=5
        )

    async def _again_and_again(
        self, name: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        clock = asyncio.get_running_loop().time
        wait_s = 0.5
        while True:
            began = clock()
            try:
                await work()
            except (OutageError, psycopg.OperationalError) as error:
                service = "temporal" if isinstance(error, OutageError) else "database"
                OUTAGES.labels(service).inc()
                _log.warning("relay.outage", part=name, service=service, error=error)
                wait_s = 0.5 if clock() - began > 10 else min(wait_s * 2, 5.0)  # noqa: PLR2004 - seconds
                await asyncio.sleep(wait_s)


def _by_process(rows: Sequence[Due]) -> list[list[Due]]:
    def process_id(row: Due) -> str:
        return row.process_id

    return [list(same) for _, same in groupby(sorted(rows, key=process_id), process_id)]
