"""The processes that compute: started when first needed, kept, killed on demand.

A compiled kernel cannot be interrupted, so a run is cancelled by killing the process
that computes it; the next task starts another. Numba, PyArrow and backtrader are loaded
in these processes alone.
"""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Pipe

from abtpro_saas.backtesting.processes.tasks import Reply, Task, reply_from
from abtpro_saas.settings import environment_of

MODULE = "abtpro_saas.backtesting.processes.calculator"
WARM = "--warm"
LONGEST_WARM_UP_S = 300
_OWN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
_PREFIXES = ("NUMBA_", "AWS_", "FSSPEC_", "OMP_")


class DiedError(Exception):
    """The process that computed is gone: killed, or out of memory."""


class Calculator:
    """One process, and the connection to it."""

    def __init__(self, *options: str) -> None:
        self._given = 0
        self._connection, theirs = Pipe()
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", MODULE, str(theirs.fileno()), *options],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
            )

    @property
    def lives(self) -> bool:
        """Tell whether it can take a task."""
        return self._child.poll() is None

    @property
    def process_id(self) -> int:
        """The id of its process."""
        return self._child.pid

    def give(self, task: Task) -> None:
        """Let it compute ``task``.

        Raises:
            DiedError: it is gone.
        """
        self._given += 1
        told = {"number": self._given, "task": asdict(task)}
        try:
            self._connection.send_bytes(json.dumps(told).encode())
        except OSError as error:
            raise DiedError from error

    def hear(self, patience_s: float) -> Reply | None:
        """Return what it says next, or None where it says nothing so long.

        Raises:
            DiedError: it is gone, or speaks of another task than it was given last.
        """
        try:
            if not self._connection.poll(patience_s):
                return None
            told = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise DiedError from error
        if told["number"] != self._given:
            raise DiedError
        return reply_from(told["reply"])

    def stop(self) -> None:
        """End its process, and let whoever hears it know that it is gone."""
        self._child.kill()

    def kill(self) -> None:
        """End it at once, whatever it computes; nobody may hear it any more."""
        self._child.kill()
        self._child.wait()
        self._connection.close()


class Calculators:
    """Lends a process for each task; those that are left alive serve the next ones."""

    def __init__(self) -> None:
        self._idle: list[Calculator] = []
        self._warming: Calculator | None = None
        self._needed = False
        self._guard = threading.Lock()

    def prepare(self, patience_s: float = LONGEST_WARM_UP_S) -> None:
        """Start one with all that it needs loaded, unless one was needed before.

        One that is not ready in time is ended: what it says late would be taken for the
        answer to a task.
        """
        with self._guard:
            if self._needed or self._idle:
                return
            warming = self._warming = Calculator(WARM)
        with suppress(DiedError):
            if warming.hear(patience_s) is not None:
                self._warming = None
                self.give_back(warming)
                return
        self._warming = None
        warming.kill()

    def take(self) -> Calculator:
        """Return a process that nobody else has, started if none is idle."""
        with self._guard:
            self._needed = True
            while self._idle:
                found = self._idle.pop()
                if found.lives:
                    return found
                found.kill()
        return Calculator()

    def give_back(self, calculator: Calculator) -> None:
        """Keep a process that has done its task for the next one."""
        with self._guard:
            self._idle.append(calculator)

    def close(self) -> None:
        """End those that are idle, or not ready yet."""
        with self._guard:
            if self._warming is not None:
                self._warming.stop()
            while self._idle:
                self._idle.pop().kill()


def _environment() -> dict[str, str]:
    """Return what a process that computes needs to know: no password, and no key."""
    return environment_of(_OWN, _PREFIXES)
