"""Walk-forward: parameters chosen on past candles, judged on those that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.parameters import Value


class Mode(StrEnum):
    """Where the training part of each window begins."""

    ROLLING = "rolling"
    ANCHORED = "anchored"


@dataclass(frozen=True)
class Walk:
    """How time is cut; lengths below 1 are shares of all candles, else candles.

    Each of ``windows`` trains on ``train`` (anchored: on all from the start on, at
    least so many) and is judged on ``test`` candles; ``embargo`` candles between the
    two are left out. None is chosen so that the windows fill all candles, training
    being three times as long as the test.
    """

    mode: Mode = Mode.ROLLING
    windows: int = 5
    train: float | None = None
    test: float | None = None
    embargo: int = 0


@dataclass(frozen=True)
class Window:
    """Bars [``start``, ``end``) to train on, then [``test_start``, ``test_end``)."""

    number: int
    start: int
    end: int
    test_start: int
    test_end: int


@dataclass(frozen=True)
class WindowResult:
    """What one window chose, and what came of it.

    ``values`` are None where no trial was feasible: then nothing was traded. ``record``
    is the run on unseen candles; ``trials`` how many combinations were tried.
    """

    window: Window
    values: Mapping[str, Value] | None
    score: float | None
    in_sample: Mapping[str, float | None]
    out_of_sample: Mapping[str, float | None]
    record: Record
    trials: int
    sharpes: tuple[float, ...]


def walk_json(walk: Walk) -> dict[str, Any]:
    """Return a walk as JSON keeps it."""
    raise NotImplementedError


def walk_from(given: Mapping[str, Any]) -> Walk:
    """Return the walk that ``walk_json`` wrote, or that a request asks for.

    Raises:
        OrderError: a member cannot be used; ``field`` names it, as ``walk.windows``.
    """
    raise NotImplementedError


def windows_of(walk: Walk, bars: int, warm_up: int) -> list[Window]:
    """Return the windows, oldest first.

    Raises:
        OrderError: there are too few candles for them.
    """
    raise NotImplementedError


def encode_window(result: WindowResult) -> bytes:
    """Return a window's result as bytes; the same result, the same bytes."""
    raise NotImplementedError


def decode_window(stored: bytes) -> WindowResult:
    """Return the result that was encoded."""
    raise NotImplementedError
