"""The states and kinds of backtests: one word for one thing everywhere."""

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands; PENDING waits for its turn, or for a free processor."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})
"""What nothing leaves any more."""


class RunKind(StrEnum):
    """What a row of the queue is: a run, a study of many, or a run done again."""

    RUN = "RUN"
    OPTIMISATION = "OPTIMISATION"
    WALK_FORWARD = "WALK_FORWARD"
    MONTE_CARLO = "MONTE_CARLO"
    RERUN = "RERUN"


SEARCHES = frozenset({RunKind.OPTIMISATION, RunKind.WALK_FORWARD})
"""What tries many parameters, chunk by chunk."""
STUDIES = SEARCHES | {RunKind.MONTE_CARLO}
"""What has findings of its own, rather than trades and equity."""


class Repeated(StrEnum):
    """What a certified run that was computed again has shown."""

    MATCHES = "MATCHES"
    DIFFERS = "DIFFERS"
    DATA_CHANGED = "DATA_CHANGED"
    """The data that it was computed from are not there any more."""


class EngineName(StrEnum):
    """Which implementation of the engine port computes a run."""

    COMPILED = "compiled"
    BACKTRADER = "backtrader"


BACKTESTING = "backtesting"
"""The feature of a plan that every run needs, beside its strategy's level."""

RUN_TOPIC, RUNS_TOPIC = "backtest", "backtests"
"""Hints to open pages: of one run by its id, of all of a user's by the user's id."""
