"""One child process: in a session of its own, its lines shown, ended for sure."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from abtpro_saas.runtime.processes import guardian

PR_SET_PDEATHSIG = 1
READ_SIZE = 65_536

# Looked up before the first fork: the child may only call it.
_prctl = ctypes.CDLL(None).prctl


class Guard:
    """Our end of the pipe to the guardian (see ``guardian.py``)."""

    def __init__(self, lock: IO[str] | None = None) -> None:
        kept = () if lock is None else (lock.fileno(),)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(Path(guardian.__file__))],
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=kept,
        )

    def started(self, group: int, stop_signal: signal.Signals) -> None:
        """Let the guardian end ``group``, should we be killed."""
        self._tell(f"+ {group} {stop_signal.value}")

    def ended(self, group: int) -> None:
        """Let the guardian forget ``group``: its number may be used again."""
        self._tell(f"- {group}")

    def dismiss(self) -> None:
        """Nothing is left to guard."""
        self._tell("done")
        self._process.wait(5)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for above
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            # Somebody killed the guardian. Children still get their death signal.
            return


class Child:
    """A running program. Its death signal is set, so it does not outlive us."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        stop_signal: signal.Signals,
        show: Callable[[str], None],
        options: Mapping[str, Any],
    ) -> None:
        self.ended = asyncio.Event()
        self.last_line = ""
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._lines, writer = os.pipe()
        os.set_blocking(self._lines, False)
        try:
            # Popen forks from this thread: when the thread ends, the kernel sends the
            # death signal. It is set after the uid has changed, which would clear it.
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                env=dict(environ),
                start_new_session=True,
                preexec_fn=_death_signal(stop_signal),  # noqa: PLW1509 - see above
                **options,
            )
        except OSError:
            os.close(self._lines)
            raise
        finally:
            os.close(writer)
        self._rest = b""
        self._loop.add_reader(self._lines, self._read)

    @property
    def pid(self) -> int:
        """The process, which leads a group of the same number."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: an exit code, or minus the signal."""
        return self._process.returncode

    def reap(self) -> None:
        """Notice that it has ended; called on every SIGCHLD."""
        if self._process.poll() is not None:
            self.ended.set()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, if it is still there."""
        if not self.ended.is_set():
            self._process.send_signal(number)

    async def stop(self, stop_signal: signal.Signals, grace_s: float) -> None:
        """Ask it to end, wait, then kill whatever is left of its group."""
        self.send(stop_signal)
        try:
            await asyncio.wait_for(self.ended.wait(), grace_s)
        except TimeoutError:
            self._show(f"did not end in {grace_s:g} s: killed")
        guardian.send(self.pid, signal.SIGKILL)
        await self.ended.wait()
        self._close()

    def _read(self) -> None:
        try:
            chunk = os.read(self._lines, READ_SIZE)
        except BlockingIOError:
            return
        if not chunk:
            self._loop.remove_reader(self._lines)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > READ_SIZE or not chunk:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text:
                self.last_line = text
                self._show(text)

    def _close(self) -> None:
        self._read()
        self._loop.remove_reader(self._lines)
        os.close(self._lines)


def _death_signal(number: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def ask() -> None:
        _prctl(PR_SET_PDEATHSIG, number.value)
        if os.getppid() != parent:  # it died before the request was made
            os._exit(1)

    return ask
