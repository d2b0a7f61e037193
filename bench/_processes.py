"""The platform's processes, and what they use: memory, disk and processor time."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from _rig import ROOT, Rig
from abtpro_saas.runtime.embedded import temporal

MIB = 1024
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
QUIET = 0.15
"""The part of a processor below which processes are asleep."""


def descendants(pid: int) -> Iterator[int]:
    """Return ``pid`` and all processes that it started, and those started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from descendants(int(child))


def named(pid: int) -> str:
    """Return a process's command line."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def memory(pid: int) -> list[tuple[str, float]]:
    """Return each descendant's name and proportional memory (PSS) in MiB."""
    found = []
    for process in descendants(pid):
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            name = named(process)
        except OSError:
            continue
        pss = next(int(r.split()[1]) for r in rollup.splitlines() if r[:4] == "Pss:")
        found.append((name[:70], pss / MIB))
    return found


def processor_s(pid: int) -> float:
    """Return the processor time of a process and its descendants, ended ones too."""
    ticks = 0
    for process in descendants(pid):
        try:
            line = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            continue
        ticks += sum(int(each) for each in line.rpartition(")")[2].split()[11:15])
    return ticks * TICK_S


def postmaster(rig: Rig) -> int:
    """Return the process that every other of the rig's database descends from."""
    file = Path(rig.environment["ABTPRO_HOME"]) / "data" / "postmaster.pid"
    return int(file.read_text().split()[0])


@dataclass
class Meter:
    """Adds up the processor time of named parts while its blocks run."""

    parts: dict[str, Callable[[], float]]
    used_s: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def __enter__(self) -> None:
        self._before = {name: read() for name, read in self.parts.items()}

    def __exit__(self, *_: object) -> None:
        for name, read in self.parts.items():
            used = read() - self._before[name]
            self.used_s[name] = self.used_s.get(name, 0.0) + used

    def each_ms(self) -> dict[str, float]:
        """Return the milliseconds that each part used for one of ``count``."""
        return {name: s * 1000 / self.count for name, s in self.used_s.items()}

    def line(self) -> str:
        parts = [f"{name} {ms:.1f}" for name, ms in self.each_ms().items()]
        return f"{sum(self.each_ms().values()):.1f} CPU-ms each ({', '.join(parts)})"


def meter(rig: Rig, **pids: int) -> Meter:
    """Return a meter of the database, this process and the processes given."""
    parts: dict[str, Callable[[], float]] = {"Python": time.process_time}
    for name, pid in {"PostgreSQL": postmaster(rig), **pids}.items():
        parts[name] = partial(processor_s, pid)
    return Meter(parts)


@dataclass
class Town:
    """The platform's processes around one database."""

    rig: Rig
    temporal: int
    worker: int
    file: Path

    def __post_init__(self) -> None:
        url = self.rig.server.superuser_url
        self._connection = psycopg.connect(url, autocommit=True)

    def do(self, statement: str) -> None:
        """Run a statement past row-level security."""
        self._connection.execute(statement.encode())

    def ask(self, query: str, **values: Any) -> Any:
        """Return the first column of the first row, past row-level security."""
        row = self._connection.execute(query, values).fetchone()
        return row[0] if row else None

    def rows(self) -> tuple[int, int, int]:
        """Return how many rows were inserted and updated so far, and the bytes used."""
        time.sleep(1.5)  # sessions tell their counts after a while
        counted = "SELECT sum({}) FROM pg_stat_user_tables"
        written = (self.ask(counted.format(f"n_tup_{each}")) for each in ("ins", "upd"))
        size = self.ask("SELECT pg_database_size(current_database())")
        return (*map(int, written), int(size))

    def meter(self) -> Meter:
        pids = {
            "Temporal": self.temporal,
            "worker": self.worker,
            "PostgreSQL": postmaster(self.rig),
        }
        return Meter({name: partial(processor_s, pid) for name, pid in pids.items()})

    def memory_mib(self) -> float:
        return memory(self.temporal)[0][1]

    def disk_mib(self) -> float:
        files = self.file.parent.glob(f"{self.file.name}*")
        return sum(each.stat().st_size for each in files) / 1024**2

    def rest(self, longest_s: float = 120) -> None:
        """Wait until Temporal and worker have nothing to do."""
        deadline = time.monotonic() + longest_s
        while time.monotonic() < deadline:
            before = processor_s(self.temporal) + processor_s(self.worker)
            time.sleep(2)
            used = processor_s(self.temporal) + processor_s(self.worker) - before
            if used < 2 * QUIET:
                return


@contextmanager
def town(rig: Rig) -> Iterator[Town]:
    """Run Temporal with a file, and the worker with its relay, as ``./dev up`` does."""
    file = Path(rig.environment["ABTPRO_HOME"]) / "temporal.db"
    with temporal.running(file) as server:
        pid = next(p for p in descendants(os.getpid()) if "start-dev" in named(p))
        worker = subprocess.Popen(
            [sys.executable, "-m", "abtpro_saas.worker"],
            cwd=ROOT,
            env=os.environ | rig.environment | {"TEMPORAL_ADDRESS": server.address},
        )
        try:
            yield Town(rig, pid, worker.pid, file)
        finally:
            worker.terminate()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(30)
