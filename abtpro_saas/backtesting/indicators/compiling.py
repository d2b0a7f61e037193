"""What every compiled loop has in common."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from numba import config, njit

from abtpro_saas.plugins.api.candles import Floats

Loop = TypeVar("Loop", bound=Callable[..., object])


ROOMS = ("engines", "indicators")
"""Where compiled loops are, and what they call."""


def loops_folder(root: str, backtesting: Path) -> str:
    """Return where compiled loops are kept: another folder when a source has changed.

    Numba compares the file of a loop alone: it would go on with an old one when what
    the loop calls has changed in another file.
    """
    rooms = [backtesting / each for each in ROOMS]
    sources = sorted(file for room in rooms for file in room.rglob("*.py"))
    digest = sha256(b"".join(file.read_bytes() for file in sources))
    parent = Path(root) if root else backtesting / "__pycache__"
    return str(parent / f"loops-{digest.hexdigest()[:16]}")


# Read before the first loop is declared; NUMBA_CACHE_DIR says where else to keep them.
_ROOT = Path(__file__).parents[1]
config.CACHE_DIR = loops_folder(config.CACHE_DIR, _ROOT)  # type: ignore[attr-defined]


def compiled(loop: Loop) -> Loop:
    """Return ``loop`` compiled at its first call, and kept on disk for the next one.

    It keeps IEEE's order of operations: what is tested against plain Python stays equal
    to it to the last bit.
    """
    return cast("Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))


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
