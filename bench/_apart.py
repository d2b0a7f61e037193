"""Measurements of our engine in processes of their own: for memory, and first calls."""

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _engines import ENGINE, SETUP, SMA, cpu_s, ours, sweep_grid, wall_s

from _rig import say
from _walks import YEAR, walk
from abtpro_saas.backtesting.engines.memory import keep_memory
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Record

SIZES = (50_000, 500_000, 5_000_000, 50_000_000)
ROOM = 180
"""Bytes of memory that a candle may take on the way, by experience."""
REPEATS = 7


def measured_apart(*given: str, **environment: str) -> dict[str, Any]:
    """Return what this file measures in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, *given],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | environment,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sweep_ends(threads: int) -> list[float]:
    """Return the final equity of each pair."""
    grid, candles = sweep_grid(), walk(YEAR)
    return ENGINE.sweep([candles], SMA.strategy, grid, SETUP, _end, threads)


def _end(record: Record) -> float:
    return float(record.equity[-1])


def growth() -> None:
    """Print CPU and memory for a candle, in a process for each size."""
    say("\nGrowth  (SMA 20/100, CPU of the best run, peak memory less that of nothing)")
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for size in SIZES:
        if size * ROOM > free:
            say(f"  {size:>11,} candles: not enough memory free")
            continue
        found = measured_apart("--grow", str(size))
        each = found["cpu_s"] / size * 1e9
        say(f"  {size:>11,} candles {found['cpu_s'] * 1000:10.2f} ms", end="")
        say(f"  {each:5.1f} ns, {found['bytes'] / size:5.0f} bytes each")


def first_call() -> None:
    """Print what the first run and report of a process take, with and without loops."""
    say("\nThe first run and report of a process  (wall, 2,000 candles)")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("nothing on disk", "loops on disk"):
            found = measured_apart("--first", NUMBA_CACHE_DIR=folder)
            say(f"  {name:<20} loaded {found['loaded_s']:6.2f} s", end="")
            say(f"  first {found['first_s']:6.2f} s  again {found['again_s']:6.4f} s")


def _first() -> dict[str, float]:
    candles = walk(2_000)

    def run() -> None:
        measure(ours(SMA, candles))

    begun = time.clock_gettime(time.CLOCK_BOOTTIME) - _started()
    return {"loaded_s": begun, "first_s": wall_s(run), "again_s": wall_s(run)}


def _started() -> float:
    """Return when this process began, in seconds since the machine did."""
    ticks = int(
        Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19]
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def _sweep(threads: int, repeats: int) -> dict[str, float]:
    keep_memory()
    candles, grid = walk(YEAR), sweep_grid()

    def run() -> None:
        ENGINE.sweep([candles], SMA.strategy, grid, SETUP, _end, threads)

    run()
    taken = min(wall_s(run) for _ in range(repeats))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"wall_s": taken, "peak_kb": peak}


def _grow(size: int) -> dict[str, float]:
    ours(SMA, walk(2_000))
    candles = walk(size)
    # What making the candles took at its peak is given back, and forgotten.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _peak()
    taken = cpu_s(lambda: ours(SMA, candles), REPEATS if size < SIZES[-1] else 2)
    return {"cpu_s": taken, "bytes": _peak() - before}


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    asked, *numbers = sys.argv[1:]
    made = {"--grow": _grow, "--sweep": _sweep, "--first": _first}[asked]
    print(json.dumps(made(*map(int, numbers))))
