"""A real Temporal server for each test process, and clients that seal like ours."""

import asyncio
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

import abtpro_saas.identity.tables  # noqa: F401 - the outbox refers to its tenants
from abtpro_saas.temporal import SEARCH_ATTRIBUTES, data_converter, make_runtime
from abtpro_saas.worker import workflow_runner
from abtpro_saas.workflows.activities.failures import HouseRules, NamingThreads
from abtpro_saas.workflows.watching import QUEUE_OUTSIDE, QUEUE_WORKFLOWS
from tests.ports import reserved_ports
from tests.workflows.record_histories import define_search_attributes

BIN = Path(sys.executable).parent


class TemporalServer:
    """The development server, on one port and one file through all its restarts."""

    def __init__(self, home, *ui, attributes=SEARCH_ATTRIBUTES):
        self.port = reserved_ports()
        self._attributes = attributes
        self._ui = ui or ("--headless",)
        self.address = f"127.0.0.1:{self.port}"
        self._home = home
        self._child = None

    def start(self):
        self._child = subprocess.Popen(
            [
                str(BIN / "temporal"), "server", "start-dev", *self._ui,
                "--ip", "127.0.0.1", "--port", str(self.port),
                "--db-filename", str(self._home / "temporal.db"),
                "--sqlite-pragma", "journal_mode=WAL",
                "--sqlite-pragma", "synchronous=OFF",
                "--log-level", "never",
                *(
                    part
                    for each in self._attributes
                    for part in ("--search-attribute", f"{each.name}=Keyword")
                ),
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self):
        if self._child:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()

    async def connect(self, keyring=None, timeout_s=60):
        """Return a client once the server and its namespace answer."""
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    client = await Client.connect(
                        self.address,
                        data_converter=data_converter(keyring),
                        runtime=make_runtime(),
                    )
                    await client.count_workflows()
                except (RuntimeError, RPCError):
                    await asyncio.sleep(0.1)
                else:
                    return client


@pytest.fixture(autouse=True)
def quiet_outbox(relay_engine):
    """Take away what other tests left: a batch is to hold this test's own messages."""
    with relay_engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox SET sent_at = now() WHERE sent_at IS NULL")
        )


@pytest.fixture(scope="session")
def new_temporal(tmp_path_factory):
    """Return a function that starts a server with these options for its UI."""
    started = []

    def start(*ui, **options):
        home = tmp_path_factory.mktemp("temporal")
        server = TemporalServer(home, *ui, **options)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory):
    """One server for this test process; ids keep the tests apart."""
    server = TemporalServer(tmp_path_factory.mktemp("temporal"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def lonely_temporal(tmp_path):
    """Return a server of this test's own, not yet started, to be killed at will."""
    server = TemporalServer(tmp_path)
    yield server
    server.kill()
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="session")
def skipping():
    """Return a context manager: a server whose clock jumps while nothing is due."""

    @asynccontextmanager
    async def run(keyring=None):
        async with await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(BIN / "temporal-test-server"),
            data_converter=data_converter(keyring),
            runtime=make_runtime(),
        ) as env:
            await define_search_attributes(env.client)
            yield env

    return run


@pytest.fixture
def running():
    """Return a context manager: a worker of both queues with these activities."""

    @asynccontextmanager
    async def work(client, workflows, activities):
        with NamingThreads(4) as threads:
            async with (
                Worker(
                    client,
                    task_queue=QUEUE_WORKFLOWS,
                    workflows=workflows,
                    activities=activities,
                    activity_executor=threads,
                    interceptors=[HouseRules()],
                    workflow_runner=workflow_runner(),
                ),
                Worker(
                    client,
                    task_queue=QUEUE_OUTSIDE,
                    activities=activities,
                    activity_executor=threads,
                    interceptors=[HouseRules()],
                ),
            ):
                yield

    return work
