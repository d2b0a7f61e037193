"""The whole platform as its users meet it, with hands on everything that can fail."""

import asyncio
import json
import os
import signal
import sqlite3
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
from temporalio.client import Client, WorkflowExecutionStatus

from abtpro_saas.money import baht
from abtpro_saas.runtime.embedded.postgres import Server
from abtpro_saas.settings import PORT_OFFSETS
from tests.campaigns.callers import Admin, Trader, until

PARTS = {
    "web": "abtpro_saas.server.process",
    "worker": "abtpro_saas.cli worker",
    "temporal": "start-dev",
    "postgres": "bin/postgres -D",
    "events": "abtpro_saas.cli events",
    "gateway": "abtpro_saas.cli gateway-simulator",
}
"""Words of each process's command; what may be killed at any step."""


class Stage:
    """A running platform, its traders, its gateway, its books and its processes."""

    def __init__(self, platform):
        self.platform, self.port = platform, platform.port
        demo = self.demo = platform.demo
        self.gateway = httpx.Client(
            base_url=demo["gateway_url"], timeout=30, trust_env=False
        )
        base_url = f"http://127.0.0.1:{self.port}"
        self.traders = [
            Trader(base_url, tenant, user)
            for tenant in demo["tenants"]
            for user in tenant["users"]
            if user["role"] == "trader"
        ]
        # A part that is not found is never killed, and nobody would notice.
        assert all(self.pids(part) for part in PARTS), self.platform.pids()
        self.admins = [
            Admin(base_url, tenant, user)
            for tenant in demo["tenants"]
            for user in tenant["users"]
            if user["role"] == "admin"
        ]
        self.by_hand, self.given_back = Counter(), Counter()
        self.server = Server(self.port + PORT_OFFSETS["postgres"], _passwords(platform))

    def close(self):
        self.gateway.close()
        for caller in [*self.traders, *self.admins]:
            caller.close()

    # Its processes

    def pids(self, part):
        """Return the supervisor's child of this name, if it lives at the moment."""
        pid = self.platform.process.pid
        return [p for p in _children(pid) if PARTS[part] in _command(p)]

    def kill(self, part):
        """Kill a process as the kernel would; tell whether it was there.

        ``web worker`` is a process of the web server's own.
        """
        name, _, inner = part.partition(" ")
        pids = self.pids(name)
        if inner:
            # One that dies while it starts is a crash loop to granian, which then ends.
            if not self.is_ready():
                return False
            pids = [child for pid in pids for child in _children(pid)][:1]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(pids)

    @contextmanager
    def down(self, part):
        """Keep a process dead within the block: nobody restarts it meanwhile."""
        supervisor = self.platform.process
        supervisor.send_signal(signal.SIGSTOP)
        try:
            own = [child for pid in self.pids(part) for child in _children(pid)]
            assert self.kill(part)
            # On a busy machine sessions of a dead database go on until they notice.
            until(lambda: not any(map(_command, own)))
            yield
        finally:
            supervisor.send_signal(signal.SIGCONT)

    def is_ready(self):
        answer = self.traders[0].ask("GET", "/readyz")
        return answer is not None and answer.status_code == 200

    # Its gateway

    def pay(self, trader, topup, **more):
        """Let the gateway receive money for a top-up, also where it must be told twice.

        A repeat has the same transaction, as a bank's would.
        """
        body = {
            "reference_id": topup["reference_id"],
            "merchant_id": trader.merchant_id,
            "amount": topup["amount"],
            "transaction_id": f"txn_{uuid4().hex}",
        } | more

        def told():
            try:
                answer = self.gateway.post("/sim/pay", json=body)
            except httpx.TransportError:
                return None
            assert answer.status_code == 200, answer.text
            return answer.json()

        return until(told)

    def deliver(self, event_id, times):
        """Let the gateway tell of an event, again or at last."""

        def told():
            try:
                return self.gateway.post(
                    f"/sim/events/{event_id}/deliver", json={"times": times}
                ).is_success
            except httpx.TransportError:
                return False

        until(told)

    def give_back(self, admin, trader, topup, *, txn, amount, asked):
        """Refund a part, which the gateway tells of twice, and in two events."""
        until(lambda: trader.topup(topup["id"])["status"] == "SUCCESS")
        if asked:
            admin.refund(topup["id"], amount)
        told = {
            "event_type": "payment.refunded",
            "transaction_id": txn,
            "amount": baht(amount),
            "refund_id": f"rfd_{uuid4().hex}",
        }
        for times in (2, 1):
            self.pay(trader, topup, times=times, **told)
        self.given_back[topup["reference_id"]] += amount

    def confirm(self, admin, topup, amount):
        """Confirm a top-up by the slip of a transfer, told twice."""
        slip = uuid4().hex[:20].upper()
        for _ in range(2):
            admin.confirm(topup["id"], slip, amount)
        self.by_hand[topup["reference_id"]] += amount

    def paid(self):
        """Return what came in, at the gateway or by hand, in satang by reference."""
        file = self.platform.home / "gateway.db"
        found = dict(self.by_hand)
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
            query = "SELECT reference_id, amount FROM payments WHERE status <> 'FAILED'"
            for reference, amount in db.execute(query):
                found[reference] = found.get(reference, 0) + amount
        db.close()
        return found

    def deliveries(self):
        """Return how often each state of a notice's delivery stands in the gateway."""
        file = self.platform.home / "gateway.db"
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
            query = "SELECT state, count(*) FROM deliveries GROUP BY state"
            found = dict(db.execute(query))
        db.close()
        return found

    # Its books and its durable processes

    def rows(self, query, *values):
        """Return rows as the superuser sees them, once the database answers."""

        def read():
            try:
                with psycopg.connect(self.server.superuser_url) as connection:
                    return [connection.execute(query, values).fetchall()]
            except psycopg.OperationalError:
                return None

        return until(read)[0]

    def standings(self, process_ids):
        """Return the status of each process's latest run; None where it has none."""
        return asyncio.run(self._standings(process_ids))

    async def _standings(self, process_ids):
        client = await Client.connect(self.demo["temporal_address"])
        statuses = {}
        for process_id in process_ids:
            try:
                seen = await client.get_workflow_handle(process_id).describe()
            except Exception as error:  # noqa: BLE001 - told with the status
                statuses[process_id] = error
            else:
                statuses[process_id] = seen.status
        broken = await client.count_workflows(
            "ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated', 'Canceled')"
        )
        assert broken.count == 0
        return statuses


RUNNING, COMPLETED = WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED


def _passwords(platform):
    return json.loads((platform.home / "secrets.json").read_text())["passwords"]


def _children(pid):
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def _command(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace")
