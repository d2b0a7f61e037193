"""What passes between a backtest's row and its durable process.

Plain values, frozen: in a year a process must still decode what it is told today.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from abtpro_saas.backtesting.words import RunKind


@dataclass(frozen=True)
class RunBacktest:
    """Start a run's process, or wake it: the run was admitted, or its row changed."""

    kind: ClassVar[str] = "backtest.run"

    tenant_id: str
    backtest_id: str
    user_id: str = ""

    @property
    def process_id(self) -> str:
        """The id of the one process of this run."""
        return f"backtest:{self.tenant_id}:{self.backtest_id}"


@dataclass(frozen=True)
class RunOptimisation(RunBacktest):
    """The same of a search for parameters."""

    kind: ClassVar[str] = "backtest.optimise"


@dataclass(frozen=True)
class RunWalkForward(RunBacktest):
    """The same of a walk forward."""

    kind: ClassVar[str] = "backtest.walk_forward"


@dataclass(frozen=True)
class RunMonteCarlo(RunBacktest):
    """The same of a Monte Carlo."""

    kind: ClassVar[str] = "backtest.monte_carlo"


_STARTS = {
    RunKind.OPTIMISATION: RunOptimisation,
    RunKind.WALK_FORWARD: RunWalkForward,
    RunKind.MONTE_CARLO: RunMonteCarlo,
}


def start_of(
    kind: str, tenant_id: object, backtest_id: object, user_id: object = ""
) -> RunBacktest:
    """Return what starts, or wakes, the process of a row of this kind."""
    start = _STARTS.get(RunKind(kind), RunBacktest)
    return start(str(tenant_id), str(backtest_id), str(user_id))


@dataclass(frozen=True)
class PerformBacktest:
    """Run what the row orders, unless it has ended; asked for at ``at``."""

    tenant_id: str
    backtest_id: str
    at: datetime


@dataclass(frozen=True)
class PerformChunk:
    """Compute one chunk of a study, unless that is done or the study has ended."""

    tenant_id: str
    backtest_id: str
    number: int


@dataclass(frozen=True)
class BacktestStanding:
    """How a run ended."""

    status: str
    summary: str


@dataclass(frozen=True)
class StudyStanding:
    """Where a study stands: ``chunks`` are to compute next, ``at_once`` of them.

    ``more`` says that others come after them.
    """

    status: str
    summary: str
    chunks: list[int] = field(default_factory=list)
    at_once: int = 1
    more: bool = False
