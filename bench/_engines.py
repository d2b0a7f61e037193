"""Our engine and backtrader, doing the same work, and how their records compare."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from _walks import FEE, RsiStops, SmaCross
from abtpro_saas.backtesting.engines.books import record_of, table_of
from abtpro_saas.backtesting.engines.cerebro import running
from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import Costs, Setup
from abtpro_saas.backtesting.engines.rules import rules_of
from abtpro_saas.backtesting.engines.wanted import first_decision
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles, Flags
from abtpro_saas.plugins.api.parameters import Values, read_values
from abtpro_saas.plugins.api.strategies import SignalStrategy

SETUP = Setup(costs=Costs(maker=FEE, taker=FEE))
ENGINE = CompiledEngine()
PAIRS = [(fast, slow) for fast in range(5, 55, 5) for slow in range(60, 160, 10)]


@dataclass(frozen=True)
class Work:
    """What all engines are to do."""

    key: str
    title: str
    name: str
    given: dict[str, object]
    native: type

    @property
    def strategy(self) -> SignalStrategy:
        found = find_strategy(self.name)
        assert isinstance(found, SignalStrategy)  # noqa: S101 - both works are
        return found

    @property
    def values(self) -> Values:
        return read_values(self.strategy.parameters, self.given)


SMA = Work("a", "SMA 20/100 cross", "SMA_CROSS", {"fast": 20, "slow": 100}, SmaCross)
RSI = Work(
    "c",
    "RSI(14) 30/70, stop 2 %, target 4 %",
    "RSI_CROSS",
    {"stop_loss": 0.02, "take_profit": 0.04},
    RsiStops,
)


def ours(work: Work, candles: Candles) -> Record:
    """Run the compiled engine."""
    return ENGINE.run([candles], work.strategy, work.values, SETUP)


def theirs(work: Work, candles: Candles) -> Record:
    """Run backtrader, its indicators and strategy its own."""
    made = running.run([candles], rules_of(SETUP), work.native, {}, cheat=True)
    fills = running.rows(made)
    table = table_of([candles])
    return record_of([candles], table, SETUP.initial_capital, fills, made.rejected)


def signals_of(work: Work, candles: Candles) -> tuple[Flags, Flags]:
    """Return where to enter and leave, exact, from the first decision on."""
    found = work.strategy.signals(candles, work.values)
    up, down = found.enter.copy(), found.leave.copy()
    first = first_decision(work.strategy, work.values)
    up[:first] = down[:first] = False
    return up, down


def sweep_grid() -> list[Values]:
    """Return the hundred pairs of averages."""
    parameters = SMA.strategy.parameters
    return [read_values(parameters, {"fast": f, "slow": s}) for f, s in PAIRS]


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
