"""What every compiled loop has in common."""

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit

from abtpro_saas.plugins.api.candles import Floats

Loop = TypeVar("Loop", bound=Callable[..., object])


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
