"""A year of minutes through the compiled engine and backtrader, sweeps, and growth.

CPU time of the process for one run, from candles to the record (signals, trades, equity
and exposure), code compiled and candles in memory.
"""

import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from _rig import ROUNDS, say
from _walks import FEE, YEAR, RsiStops, SmaCross, real, walk
from abtpro_saas.backtesting.engines.books import record_of, table_of
from abtpro_saas.backtesting.engines.cerebro import running
from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.memory import keep_memory
from abtpro_saas.backtesting.engines.port import Costs, Setup
from abtpro_saas.backtesting.engines.rules import rules_of
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Values, read_values

SETUP = Setup(costs=Costs(maker=FEE, taker=FEE))
ENGINE = CompiledEngine()
PAIRS = [(fast, slow) for fast in range(5, 55, 5) for slow in range(60, 160, 10)]
SIZES = (50_000, 500_000, 5_000_000, 50_000_000)
ROOM = 180
"""Bytes of memory that a candle may take on the way, by experience."""
REPEATS = 7
"""Runs of the compiled engine in a round: the best one counts, as one is too short."""


@dataclass(frozen=True)
class Work:
    """What both engines are to do."""

    title: str
    name: str
    values: dict[str, object]
    native: type


SMA = Work("SMA 20/100 cross", "SMA_CROSS", {"fast": 20, "slow": 100}, SmaCross)
RSI = Work(
    "RSI(14) 30/70, stop 2 %, target 4 %",
    "RSI_CROSS",
    {"stop_loss": 0.02, "take_profit": 0.04},
    RsiStops,
)


def ours(work: Work, candles: Candles) -> Record:
    """Run the compiled engine."""
    strategy = find_strategy(work.name)
    values = read_values(strategy.parameters, work.values)
    return ENGINE.run([candles], strategy, values, SETUP)


def theirs(work: Work, candles: Candles) -> Record:
    """Run backtrader, its indicators and strategy its own."""
    made = running.run([candles], rules_of(SETUP), work.native, {}, cheat=True)
    fills = running.rows(made)
    table = table_of([candles])
    return record_of([candles], table, SETUP.initial_capital, fills, made.rejected)


def cpu_s(run: Callable[[], object], repeats: int = 1) -> float:
    """Return the CPU seconds of the best of some runs."""
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return min(taken)


def wall_s(run: Callable[[], object]) -> float:
    """Return how long a run takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def line(name: str, taken: Sequence[float], of: float) -> None:
    """Print the best round in ms, as a ratio to a rival's, and the spread."""
    best, low, high = (each * 1000 for each in (min(taken), min(taken), max(taken)))
    middle = statistics.median(taken) * 1000
    say(f"  {name:<40} {of / min(taken):9,.0f} x  {best:10.2f} ms", end="")
    say(f"  ({low:.2f}-{high:.2f}, median {middle:.2f})")


def against_backtrader(work: Work, candles: Candles, rounds: int) -> None:
    """Alternate both engines; print CPU ratios, and how far the records differ."""
    ours(work, candles)  # compiled, or read from disk
    fast, slow = [], []
    for _ in range(rounds):
        slow.append(cpu_s(lambda: theirs(work, candles)))
        fast.append(cpu_s(lambda: ours(work, candles), REPEATS))
    one, two = ours(work, candles), theirs(work, candles)
    say(f"\n{work.title}, {candles.symbol}, {len(candles):,} candles", end="")
    say(f"  (CPU, best of {rounds} alternating rounds)")
    line("backtrader", slow, min(slow))
    line("compiled, from candles to record", fast, min(slow))
    error = abs(one.equity[-1] / two.equity[-1] - 1)
    same = (one.trades.entry.tolist(), one.trades.exit.tolist()) == (
        two.trades.entry.tolist(),
        two.trades.exit.tolist(),
    )
    say(f"  {len(one.trades):,} trades, at the same candles: {same};", end="")
    say(f" final equity differs by {error:.1e}")


def sweep(candles: Candles) -> None:
    """Print what a hundred pairs take on one core and two."""
    strategy = find_strategy("SMA_CROSS")
    grid: list[Values] = [
        read_values(strategy.parameters, {"fast": fast, "slow": slow})
        for fast, slow in PAIRS
    ]

    def run(threads: int) -> list[float]:
        return ENGINE.sweep([candles], strategy, grid, SETUP, _end, threads)

    one = [ENGINE.run([candles], strategy, values, SETUP) for values in grid[:1]]
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for threads, kept in taken.items():
            kept.append(wall_s(lambda n=threads: run(n)))
    say(f"\n{len(PAIRS)} pairs of averages over {len(candles):,} candles  (wall)")
    for threads, kept in taken.items():
        line(f"{threads} core(s)", kept, min(taken[1]))
    say("  the first pair ends with what its single run does: ", end="")
    say(str(run(2)[0] == _end(one[0])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"  peak memory of this process {peak:.0f} MB")


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
        answer = subprocess.run(
            [sys.executable, __file__, "--grow", str(size)],
            check=True,
            capture_output=True,
        )
        found = json.loads(answer.stdout)
        each = found["cpu_s"] / size * 1e9
        say(f"  {size:>11,} candles {found['cpu_s'] * 1000:10.2f} ms", end="")
        say(f"  {each:5.1f} ns, {found['bytes'] / size:5.0f} bytes each")


def grow(size: int) -> None:
    """Measure one size; print it as JSON."""
    ours(SMA, walk(2_000))
    candles = walk(size)
    # What making the candles took at its peak is given back, and forgotten.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _peak()
    taken = cpu_s(lambda: ours(SMA, candles), REPEATS if size < SIZES[-1] else 2)
    print(json.dumps({"cpu_s": taken, "bytes": _peak() - before}))


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    """Print all of it; backtrader's rounds take three quarters of a minute each."""
    candles = walk(YEAR)
    sweep(candles)
    for work in (SMA, RSI):
        against_backtrader(work, candles, ROUNDS)
    for each in real():
        against_backtrader(SMA, each, ROUNDS)
    growth()


if __name__ == "__main__":
    if "--grow" in sys.argv:
        grow(int(sys.argv[2]))
    else:
        keep_memory()
        main()
