"""Traders with candles in a real store, and workers that serve every queue."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.processes.calculators import MODULE
from abtpro_saas.backtesting.runs import ending, ordering
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.worker import CREWS, serve
from tests import contracts_for
from tests.backtesting import candles_for
from tests.conftest import SEALING_KEYS
from tests.workflows.conftest import TemporalServer

LEAST = {"strategy_name": "SMA_CROSS", "symbol": "BTC/USDT", "timeframe": "1h"}
PATIENCE_S = 100
CHANCES = 20


@pytest.fixture
def home(settings, tmp_path, temporal_server):
    """Settings of a worker with a home of its own."""
    return settings(
        ABTPRO_HOME=str(tmp_path),
        TEMPORAL_ADDRESS=temporal_server.address,
        BACKTEST_PROCESSES="1",
    )


@pytest.fixture
def trader(engine, tenant, user, home):
    """Return a function that adds a trader who may run backtests on 600 hours."""
    told = set()

    def make(tenant_id=None, plan="ENTERPRISE", bars=600):
        at = tenant_id or tenant
        user_id = user(tenant_id=at)
        with tenant_transaction(engine, at) as session:
            contracts_for.give(session, at, user_id, plan)
            if at not in told:
                root = home.backtest_data_path
                candles_for.give(session, at, candles_for.walk(bars), root=root)
                told.add(at)
        return user_id

    return make


@pytest.fixture
def order(engine, tenant):
    """Return a function that orders a run."""

    def make(user_id, *, tenant_id=None, most=3, **members):
        at = tenant_id or tenant
        asked = LEAST | {"parameters": {"fast": 5, "slow": 20}} | members
        with tenant_transaction(engine, at) as session:
            return ordering.order_run(
                session, at, user_id, read_order(asked), most=most, now=utc_now()
            )

    return make


@pytest.fixture
def cancel(engine):
    """Return a function that cancels a run as its owner."""

    def now(run):
        with tenant_transaction(engine, run.tenant_id) as session:
            where = run.tenant_id, run.backtest_id, run.user_id
            ending.cancel_run(session, *where, most=3, now=utc_now())

    return now


@pytest.fixture
def look(engine):
    """Return a function that reads a run as it is now."""

    def read(run):
        with tenant_transaction(engine, run.tenant_id) as session:
            return session.get_one(Backtest, (run.tenant_id, run.backtest_id))

    return read


@pytest.fixture
def until(look):
    """Return a function that waits until a run stands so; returns it as it is then."""

    def wait(run, *statuses, patience_s=PATIENCE_S):
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            found = look(run)
            if found.status in statuses:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{found.status}: {found.error}")

    return wait


@pytest.fixture
def settled(look, until):
    """Return a function that waits until a run is completed and examined."""

    def wait(run):
        until(run, "COMPLETED")
        end = time.monotonic() + PATIENCE_S
        while (found := look(run)).trust is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        return found

    return wait


@pytest.fixture
def over(temporal_server, keyring):
    """Return a function that waits until a row's process has ended."""

    def wait(run):
        async def result():
            client = await temporal_server.connect(keyring)
            name = f"backtest:{run.tenant_id}:{run.backtest_id}"
            return await client.get_workflow_handle(name).result()

        return asyncio.run(asyncio.wait_for(result(), PATIENCE_S))

    return wait


@pytest.fixture
def cancelled(until, cancel, over):
    """Return a function that cancels what is computed; returns the processes killed.

    What is cancelled before its task was given out has no process to kill: then
    another is ordered.
    """

    def play(make, processes):
        for _ in range(CHANCES):
            run = make()
            until(run, "RUNNING")
            cancel(run)
            assert over(run) == "CANCELLED"
            killed = [each for each in processes if not is_there(each)]
            if killed:
                return killed
        return []

    return play


@pytest.fixture
def worker(home):
    """Return a function that starts a worker as a process of its own."""
    started = []

    def start(settings=home):
        child = subprocess.Popen(
            [sys.executable, "-m", "abtpro_saas.worker"],
            env=_environment(settings),
            stderr=subprocess.DEVNULL,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        # One that was stopped would not see that its worker is gone.
        kill(computing(child))
        with suppress(ProcessLookupError):
            child.kill()
        child.wait()


def _environment(settings):
    return os.environ | {
        "ABTPRO_ENV": "local",
        "ABTPRO_HOME": str(settings.home),
        "ABTPRO_SEALING_KEYS": SEALING_KEYS,
        "DATABASE_URL": settings.database_url,
        "DATABASE_RELAY_URL": settings.database_relay_url,
        "TEMPORAL_ADDRESS": settings.temporal_address,
        "SMTP_URL": "mailbox:",
        "BACKTEST_PROCESSES": str(settings.backtest_processes),
    }


@pytest.fixture
def serving(home):
    """Return a function that plays a scenario while a worker serves in this process."""

    def play(scenario, settings=home):
        async def go():
            stop = asyncio.Event()
            work = asyncio.create_task(serve(settings, list(CREWS), stop))
            try:
                return await asyncio.to_thread(scenario)
            finally:
                stop.set()
                await asyncio.wait_for(work, 60)

        return asyncio.run(go())

    return play


def computing(worker):
    """Return the ids of the processes that compute for a worker."""
    found = []
    for each in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            words = (each / "cmdline").read_bytes().decode().split("\0")
            parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            if MODULE in words and parent == worker.pid:
                found.append(int(each.name))
    return found


def stop(worker):
    """Let what computes for a worker compute for ever; return the processes' ids."""
    found = computing(worker)
    for each in found:
        os.kill(each, signal.SIGSTOP)
    return found


def kill(processes):
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def is_there(process_id):
    """Tell whether a process runs; one that has ended and was not reaped does not."""
    try:
        told = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] not in "ZX"


@pytest.fixture
def fair_temporal(tmp_path):
    """A server of this test's own that lets tenants take turns, as ours does."""
    server = TemporalServer(tmp_path, "--headless", *_FAIR)
    server.start()
    yield server
    server.kill()


_FAIR = [
    part
    for value in (
        "matching.enableFairness=true",
        "matching.numTaskqueueReadPartitions=1",
        "matching.numTaskqueueWritePartitions=1",
    )
    for part in ("--dynamic-config-value", value)
]
