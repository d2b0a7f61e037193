"""What a killed PostgreSQL leaves behind, put away before the next one starts."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def forget_stale_pid(data: Path) -> None:
    """Remove postmaster.pid where its process is not a server of these data.

    PostgreSQL takes any living process with that number for a server: after a machine
    or a container starts anew, numbers repeat.
    """
    file = data / "postmaster.pid"
    if not file.exists():
        return
    pid = file.read_text().partition("\n")[0].strip()
    # A server works in its data folder.
    if not _works_in(pid, data):
        file.unlink()


def end_orphans(data: Path, patience_s: float = 10) -> None:
    """End what a killed server of these data has left, so that the next one may start.

    Its processes are in sessions of their own and end when they notice; until then
    PostgreSQL refuses to start. What they had open is recovered from the log.
    """
    deadline = time.monotonic() + patience_s
    while left := _orphans(data):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            return  # PostgreSQL says best what is in its way
        time.sleep(0.02)


def _orphans(data: Path) -> list[int]:
    file = data / "postmaster.pid"
    server = file.read_text().partition("\n")[0].strip() if file.exists() else ""
    if _works_in(server, data):
        return []
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        # A person's shell may stand in that folder, too.
        if _works_in(folder.name, data) and _runs(folder, "postgres")
    ]


def _works_in(pid: str, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False


def _runs(process: Path, program: str) -> bool:
    try:
        return (process / "exe").readlink().name == program
    except OSError:
        return False
