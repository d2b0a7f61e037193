"""Walk-forward: parameters chosen on past candles, judged on those that follow.

Pardo, The Evaluation and Optimization of Trading Strategies (2008), chapter 11.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NoReturn

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.reading import Members
from abtpro_saas.backtesting.robustness.searching.luck import TrialStats
from abtpro_saas.errors import Faults
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.parameters import Value

WINDOWS, MOST_WINDOWS = 5, 100
MOST_BARS = 60_000_000
FEWEST_TESTED = 2
TRAINED = 3
"""How many times as long as the test training is, unless told otherwise."""


class Mode(StrEnum):
    """Where the training part of each window begins."""

    ROLLING = "rolling"
    ANCHORED = "anchored"


class Choose(StrEnum):
    """Which trial a window goes on with: the best, or the one on the widest plateau."""

    BEST = "best"
    STABLE = "stable"


@dataclass(frozen=True)
class Walk:
    """How time is cut; lengths below 1 are shares of all candles, else candles.

    Each of ``windows`` trains on ``train`` candles (anchored: on all from the first
    on, so many at least) and is judged on the ``test`` candles after them; ``embargo``
    candles between the two are left out. Tests follow each other without a gap, and
    the last one ends with the last candle. None is what fills all candles, training
    being three times as long as a test.
    """

    mode: Mode = Mode.ROLLING
    windows: int = WINDOWS
    train: float | None = None
    test: float | None = None
    embargo: int = 0
    choose: Choose = Choose.BEST


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
    is the run on unseen candles, and ``stats`` what the trials add to those counted.
    """

    window: Window
    values: Mapping[str, Value] | None
    in_sample: Mapping[str, float | None]
    out_of_sample: Mapping[str, float | None]
    record: Record
    stats: TrialStats


def walk_json(walk: Walk) -> dict[str, Any]:
    """Return a walk as JSON keeps it."""
    return asdict(walk)


def walk_from(given: Mapping[str, Any], faults: Faults | None = None) -> Walk:
    """Return the walk that ``walk_json`` wrote, or that a request asks for.

    Given ``faults``, members that cannot be used are noted there.

    Raises:
        OrderError: members cannot be used; ``field`` names one, as ``walk.windows``.
    """
    members = Members(given, "walk.", Faults() if faults is None else faults)
    walk = Walk(
        mode=members.word("mode", Mode, Mode.ROLLING),
        windows=members.whole("windows", WINDOWS, 1, MOST_WINDOWS),
        train=_length(members, "train"),
        test=_length(members, "test"),
        embargo=members.whole("embargo", 0, 0, MOST_BARS),
        choose=members.word("choose", Choose, Choose.BEST),
    )
    if faults is None:
        members.faults.tell()
    return walk


def _length(members: Members, name: str) -> float | None:
    length = members.number(name, 0.0, MOST_BARS)
    if length is None:
        return None
    if length == 0 or (length >= 1 and length != length // 1):
        members.refuse("candles, or a share of them below 1", name)
        return None
    return length


def windows_of(walk: Walk, bars: int, warm_up: int) -> list[Window]:
    """Return the windows, oldest first.

    Raises:
        OrderError: there are too few candles for them.
    """
    train, test = _lengths(walk, bars)
    first = bars - walk.windows * test - walk.embargo - train
    if first < 0 or test < FEWEST_TESTED:
        _refuse("windows", f"{bars:,} candles are too few for so many or so long ones")
    if train < warm_up + FEWEST_TESTED:
        _refuse("train", f"{train:,} candles, and the strategy decides after {warm_up}")
    return [
        _window(walk, number, first + number * test, train, test)
        for number in range(walk.windows)
    ]


def _lengths(walk: Walk, bars: int) -> tuple[int, int]:
    """Return the lengths of training and test; what is not given fills the candles."""
    train, test = _bars(walk.train, bars), _bars(walk.test, bars)
    free = bars - walk.embargo
    if test is None:
        left = free // (walk.windows + TRAINED) if train is None else None
        test = left if left is not None else (free - (train or 0)) // walk.windows
    if train is None:
        train = free - walk.windows * test
    return train, test


def _bars(length: float | None, bars: int) -> int | None:
    return None if length is None else int(length * bars if length < 1 else length)


def _window(walk: Walk, number: int, start: int, train: int, test: int) -> Window:
    end = start + train
    return Window(
        number,
        0 if walk.mode is Mode.ANCHORED else start,
        end,
        end + walk.embargo,
        end + walk.embargo + test,
    )


def _refuse(field: str, message: str) -> NoReturn:
    raise OrderError(message, f"walk.{field}")
