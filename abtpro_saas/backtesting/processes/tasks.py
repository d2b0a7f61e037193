"""What passes between a worker and the processes that compute for it, as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a process has to say of its task."""

    PROGRESS = "progress"
    DONE = "done"
    REFUSED = "refused"
    """It can never be done: the order or the strategy is at fault."""
    AWAY = "away"
    """The store does not answer: another try may help."""


class Work(StrEnum):
    """What a task is."""

    RUN = "run"
    RERUN = "rerun"
    """A run done again: nothing is stored, only what it would be certified by."""
    CHUNK = "chunk"
    """A part of a study; a file in the store."""
    FINDINGS = "findings"
    """What all chunks of a study come to."""
    EXAMINATION = "examination"
    """How far a run that has completed can be trusted."""


@dataclass(frozen=True)
class Source:
    """Where the candles of one symbol stand, or its finer ones.

    ``brought`` tells that somebody brought some of them as a file.
    """

    location: str
    symbol: str
    timeframe: str
    fingerprint: str
    brought: bool = False


@dataclass(frozen=True)
class Task:
    """One piece of work: ``order`` is its JSON, ``results`` where its files go.

    What ``detail`` holds depends on the work.
    """

    root: str
    order: Mapping[str, Any]
    sources: Sequence[Source]
    results: str
    work: str = Work.RUN
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What a process says; ``values`` depends on the kind."""

    kind: Kind
    percent: int = 0
    code: str = ""
    message: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def task_from(stored: Mapping[str, Any]) -> Task:
    """Return a task from its JSON."""
    sources = [Source(**each) for each in stored["sources"]]
    return Task(**dict(stored) | {"sources": sources})


def reply_from(stored: Mapping[str, Any]) -> Reply:
    """Return a reply from its JSON."""
    return Reply(**dict(stored) | {"kind": Kind(stored["kind"])})
