"""What every compiled loop has in common.

Numba itself is loaded when the first loop is called: who only asks a strategy for its
parameters, as a web process does, never pays the second and the memory that it takes.
"""

from collections.abc import Callable
from functools import cache, update_wrapper
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from threading import RLock
from types import FunctionType, ModuleType
from typing import TypeVar, cast

import numpy as np

from abtpro_saas.plugins.api.candles import Floats

Loop = TypeVar("Loop", bound=Callable[..., object])


ROOMS = ("engines", "indicators")
"""Where compiled loops are, and what they call."""
FROZEN = "performance/record.py"
"""What loops hold constants of, and is not in these rooms."""

_BACKTESTING = Path(__file__).parents[1]
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
_MAKING = RLock()
"""Held while a loop is made: threads that need the same one get the same one."""


def loops_folder(root: str, backtesting: Path) -> str:
    """Return where compiled loops are kept: another folder when a source has changed.

    Numba compares the file of a loop alone: it would go on with an old one when what
    the loop calls, or a constant of it, has changed in another file.
    """
    rooms = [backtesting / each for each in ROOMS]
    sources = sorted(file for room in rooms for file in room.rglob("*.py"))
    sources += backtesting.parent.glob(FROZEN)
    digest = sha256(b"".join(file.read_bytes() for file in sources))
    parent = Path(root) if root else backtesting / "__pycache__"
    return str(parent / f"loops-{digest.hexdigest()[:16]}")


def compiled(loop: Loop) -> Loop:
    """Return ``loop`` compiled at its first call, and kept on disk for the next one.

    It keeps IEEE's order of operations: what is tested against plain Python stays equal
    to it to the last bit.
    """
    return cast("Loop", _Later(cast("FunctionType", loop)))


class _Later:
    """A loop that Numba has not seen yet."""

    def __init__(self, plain: FunctionType) -> None:
        self._plain = plain
        self._made: Callable[..., object] | None = None
        update_wrapper(self, plain)

    def __call__(self, *given: object) -> object:
        return (self._made or self.made())(*given)

    def made(self) -> Callable[..., object]:
        """Return what Numba makes of it, and of the loops that it calls."""
        with _MAKING:
            if self._made is None:
                self._made = _numba().njit(**_OPTIONS)(self._seeing_compiled())
            return self._made

    def _seeing_compiled(self) -> FunctionType:
        """Return the function, for which other loops are Numba's already."""
        plain = self._plain
        names = {name: plain.__globals__.get(name) for name in plain.__code__.co_names}
        called = {n: each.made() for n, each in names.items() if type(each) is _Later}
        seen = FunctionType(plain.__code__, plain.__globals__ | called, plain.__name__)
        return cast("FunctionType", update_wrapper(seen, plain))


@cache
def _numba() -> ModuleType:
    """Return Numba, told where to keep loops: below NUMBA_CACHE_DIR, else beside us."""
    numba = import_module("numba")
    config = numba.config
    config.CACHE_DIR = loops_folder(config.CACHE_DIR, _BACKTESTING)
    return numba


def fixed(values: Floats) -> Floats:
    """Return ``values`` contiguous and read-only, copied where they have gaps.

    Arrays of one kind alone reach the loops, so that each is compiled once.
    """
    view = np.ascontiguousarray(values, dtype=np.float64).view()
    view.flags.writeable = False
    return view


def first_number(values: Floats) -> int:
    """Return where the leading NaN end; the length, if there is nothing else."""
    if len(values) and not np.isnan(values[0]):
        return 0
    numbers = np.flatnonzero(~np.isnan(values))
    return int(numbers[0]) if len(numbers) else len(values)


def begun(values: Floats, period: int) -> tuple[Floats, int]:
    """Return an array for the result, and its first row to be written.

    That is where ``period`` numbers are known, or the length where they never are. The
    rows before it are NaN.
    """
    begin = min(first_number(values) + period - 1, len(values))
    out = np.empty(len(values))
    out[:begin] = np.nan
    return out, begin
