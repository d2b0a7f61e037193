"""What passes between a backtest's row and its durable process.

Plain values, frozen: in a year a process must still decode what it is told today.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


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
class PerformBacktest:
    """Run what the row orders, unless it has ended; asked for at ``at``."""

    tenant_id: str
    backtest_id: str
    at: datetime


@dataclass(frozen=True)
class BacktestStanding:
    """How a run ended."""

    status: str
    summary: str
