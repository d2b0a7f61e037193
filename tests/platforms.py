"""The whole platform as a process, started as a newcomer starts it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.ports import reserved_ports

ROOT = Path(__file__).parents[1]
PATIENCE_S = 90
KEPT = ("PATH", "LANG", "HOME")


class Platform:
    """One ``abtpro up`` in a home of its own, and what it has printed."""

    def __init__(self, home, port, out, **environ):
        self.home, self.port = home, port
        self.out = home.parent / f"{out}.out"
        plain = {name: os.environ[name] for name in KEPT if name in os.environ}
        given = {
            "ABTPRO_ENV": "local",
            "ABTPRO_HOME": str(home),
            "ABTPRO_PORT": str(port),
            "ABTPRO_SIMULATED_CANDLES": "none",  # seconds of work, which few need
        }
        with self.out.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "abtpro_saas.cli", "up"],
                cwd=ROOT,
                env=plain | given | environ,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def text(self):
        return self.out.read_text()

    @property
    def demo(self):
        return json.loads((self.home / "demo.json").read_text())

    def wait_for(self, text, times=1):
        self._until(lambda: self.text.count(text) >= times)

    def ready(self):
        ended = self.process.poll
        self._until(lambda: "ABTPro is ready" in self.text or ended() is not None)
        assert ended() is None, self.text[-4000:]
        return self

    def get(self, url, host=None):
        """Return the status of a GET, whatever the name of the host resolves to."""
        parts = urlsplit(url)
        link = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
        link.request("GET", parts.path or "/", headers={"Host": host or parts.netloc})
        with link.getresponse() as answer:
            status = answer.status
        link.close()
        return status

    def answers(self, url, status=200):
        """Wait until a GET has this status, through restarts."""

        def asked():
            try:
                return self.get(url) == status
            except OSError:
                return False

        self._until(asked)

    def pids(self):
        """Return every process of this home, by its arguments or its variables."""
        mark = str(self.home).encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes()
                if words and mark in words + (folder / "environ").read_bytes():
                    found[int(folder.name)] = words.replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found

    def pid_of(self, words):
        """Return the supervisor's child, not one of its workers, with these words."""
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = {int(pid) for pid in own.read_text().split()}
        found = [pid for pid, line in self.pids().items() if words in line]
        (pid,) = children.intersection(found)
        return pid

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def gone(self):
        self._until(lambda: not self.pids())

    def _until(self, happened):
        deadline = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < deadline, (self.text[-4000:], self.pids())
            time.sleep(0.1)


@contextmanager
def open_folder():
    """Give a folder that the database's user can reach."""
    with tempfile.TemporaryDirectory(prefix="abtpro-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def beginning(folder):
    """Give a function that starts the platform in the home of a name."""
    started = []

    def run(name, *, port=None, out=None, **environ):
        platform = Platform(
            folder / name, port or reserved_ports(), out=out or name, **environ
        )
        started.append(platform)
        return platform

    yield run
    for platform in started:
        if platform.process.poll() is None:
            platform.end()
