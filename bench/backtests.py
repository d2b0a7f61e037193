"""A year of minutes through our engine and others': single runs, a sweep, a report.

CPU seconds of one run, from candles in memory to the record (signals, trades, equity at
every close, exposure), code compiled. Rounds alternate between all who do the same
work. The command line may name parts: a, c, real, b, report, growth, first.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from _apart import first_call, growth, measured_apart, sweep_ends
from _engines import PAIRS, RSI, SMA, Work, cpu_s, ours, signals_of, theirs
from _peers import TITLES, Peer, peer, present, saved, scratch

from _rig import ROUNDS, say
from _walks import YEAR, real, walk
from abtpro_saas.backtesting.engines.memory import keep_memory
from abtpro_saas.performance.metrics import CATALOGUE, measure
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles

REPEATS = 7
"""Runs of the compiled engine in a round: the best one counts, as one is too short."""
FEW = 3
"""The same of peers that take a tenth of a second."""
PARTS = ("a", "c", "real", "b", "report", "growth", "first")
OURS, BACKTRADER = "ours", "backtrader 1.9.78.123"
Taken = dict[str, list[float]]


def line(name: str, taken: Sequence[float], of: float, more: str = "") -> None:
    """Print the best round in ms, as a ratio to a rival's, and the spread."""
    low, high = min(taken) * 1000, max(taken) * 1000
    middle = statistics.median(taken) * 1000
    say(f"  {name:<40} {of / min(taken):9,.1f} x  {low:10.2f} ms", end="")
    say(f"  ({low:.2f}-{high:.2f}, median {middle:.2f}){more}")


def apart(one: float, other: float) -> str:
    """Return how far an equity is from another, for the end of a line."""
    return f"  equity {abs(one / other - 1):.0e}"


def alternate(contestants: dict[str, Callable[[], float]], rounds: int) -> Taken:
    """Run each once a round; return what all rounds took."""
    taken: Taken = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            taken[name].append(run())
    return taken


def against_all(work: Work, candles: Candles, peers: Sequence[str]) -> None:
    """Let everybody do a work; print CPU ratios to backtrader, and the equities."""
    with ExitStack() as stack:
        asked = started(stack, work, candles, peers)
        ends: dict[str, float] = {}
        kept: list[Record] = []

        def ask(name: str) -> float:
            slow = name == "backtesting"
            answer = asked[name].ask(work.key, 1 if slow else FEW)
            ends[TITLES[name]] = float(answer["equity"])
            return float(answer["cpu_s"])

        ours(work, candles)  # compiled, or read from disk
        runs: dict[str, Callable[[], float]] = {
            BACKTRADER: lambda: cpu_s(lambda: kept.append(theirs(work, candles))),
            OURS: lambda: cpu_s(lambda: ours(work, candles), REPEATS),
        }
        runs |= {TITLES[name]: lambda name=name: ask(name) for name in asked}
        taken = alternate(runs, ROUNDS)
    tell(ours(work, candles), kept[-1], taken, ends, work.title)


def started(
    stack: ExitStack, work: Work, candles: Candles, names: Sequence[str]
) -> dict[str, Peer]:
    """Return the peers, each with the candles, and compiled for the work."""
    folder = stack.enter_context(scratch())
    file = saved(folder, candles, {work.key: signals_of(work, candles)})
    found = {name: stack.enter_context(peer(name, file)) for name in names}
    for each in found.values():
        each.ask(work.key)
    return found


def tell(
    one: Record, two: Record, taken: Taken, ends: dict[str, float], title: str
) -> None:
    """Print who took what, and whether all came to the same."""
    say(f"\n{title}, {one.symbols[0]}, {len(one.time):,} candles", end="")
    say(f"  (CPU, best of {len(taken[OURS])} alternating rounds)")
    rival, final = min(taken[BACKTRADER]), float(two.equity[-1])
    ends |= {OURS: float(one.equity[-1]), BACKTRADER: final}
    for name, rounds in taken.items():
        line(name, rounds, rival, apart(ends[name], final))
    vectors = [min(rounds) for name, rounds in taken.items() if "vectorbt" in name]
    if vectors:
        faster = min(vectors) / min(taken[OURS])
        say(f"  ours is {faster:.1f} times as fast as the faster vectorbt")
    say(f"  {len(one.trades):,} trades, at backtrader's candles: {same(one, two)}")


def same(one: Record, two: Record) -> bool:
    """Tell whether two records enter and leave at the same candles."""
    pairs = ((one.trades.entry, two.trades.entry), (one.trades.exit, two.trades.exit))
    return all(mine.tolist() == other.tolist() for mine, other in pairs)


def sweep(candles: Candles, peers: Sequence[str]) -> None:
    """Print what a hundred pairs take, and the most memory of a process that does."""
    say(f"\n{len(PAIRS)} pairs of averages over {len(candles):,} candles  (wall)")
    vectors = [name for name in peers if name.startswith("vectorbt")]
    taken: Taken = {"ours, 1 core": [], "ours, 2 cores": []}
    total, peaks = float(sum(sweep_ends(2))), {}
    ends = dict.fromkeys(taken, total)
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        file = saved(
            folder,
            candles,
            {work.key: signals_of(work, candles) for work in (SMA, RSI)},
        )
        for _ in range(min(ROUNDS, FEW)):
            for cores in (1, 2):
                found = measured_apart("--sweep", str(cores), str(REPEATS))
                name = f"ours, {cores} core{'s' if cores > 1 else ''}"
                taken[name].append(found["wall_s"])
                peaks[name] = found["peak_kb"]
            for key in vectors:
                with peer(key, file) as each:  # a process of its own, for its memory
                    found = each.ask("sweep", 2, [PAIRS])
                taken.setdefault(TITLES[key], []).append(found["wall_s"])
                peaks[TITLES[key]] = found["peak_kb"]
                ends[TITLES[key]] = found["equity"]
    rivals = [min(rounds) for name, rounds in taken.items() if "vectorbt" in name]
    for name, rounds in taken.items():
        peak = f"  peak {peaks[name] / 1024:,.0f} MB"
        more = peak + apart(ends[name], total)
        line(name, rounds, min(rivals, default=min(rounds)), more)


def report(candles: Candles, peers: Sequence[str]) -> None:
    """Print what a run with everything that is told of it takes."""
    with ExitStack() as stack:
        asked = started(stack, SMA, candles, peers)
        for each in asked.values():
            each.ask("report")
        measure(ours(SMA, candles))
        runs: dict[str, Callable[[], float]] = {
            f"ours: run and {len(CATALOGUE)} metrics": lambda: cpu_s(
                lambda: measure(ours(SMA, candles)), REPEATS
            )
        }
        runs |= {
            f"{TITLES[name]}: run and its statistics": lambda name=name: float(
                asked[name].ask("report")["cpu_s"]
            )
            for name in asked
        }
        taken = alternate(runs, ROUNDS)
    say(f"\nThe complete report of {SMA.title}, {len(candles):,} candles  (CPU)")
    slowest = max(min(rounds) for rounds in taken.values())
    for name, rounds in taken.items():
        line(name, rounds, slowest)


def main(parts: Sequence[str]) -> None:
    """Print each part; backtrader's rounds take half a minute each."""
    peers = present() if {"a", "b", "c", "report"} & set(parts) else []
    candles = walk(YEAR)
    if "b" in parts:
        sweep(candles, peers)
    for work in (SMA, RSI):
        if work.key in parts:
            against_all(work, candles, peers)
    for each in real() if "real" in parts else ():
        against_all(SMA, each, ())
    if "report" in parts:
        report(candles, peers)
    if "growth" in parts:
        growth()
    if "first" in parts:
        first_call()


if __name__ == "__main__":
    keep_memory()
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; {PARTS}")
    main(chosen)
