"""Where one line crosses another."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from abtpro_saas.backtesting.indicators.compiling import compiled, fixed
from abtpro_saas.plugins.api.candles import Flags, Floats

Signs: TypeAlias = NDArray[np.int8]


class Crossings(NamedTuple):
    """Rows at which a line has come to lie above, or below, another."""

    up: Flags
    down: Flags


def crossings(line: Floats, other: Floats | float) -> Crossings:
    """Return where ``line`` crosses ``other``, another line or a level.

    As backtrader's CrossOver: lines that touch and part the way they came have not
    crossed, lines that touch for a while and part the other way cross when they part.
    The first row with numbers tells only where the line is. Rows with NaN are passed
    over.
    """
    up, down = np.empty((2, len(line)), dtype=np.bool_)
    signs = np.empty(len(line), dtype=np.int8)
    if isinstance(other, np.ndarray):
        _sides(fixed(line), fixed(other), signs)
    else:
        _sides_of_level(fixed(line), other, signs)
    _turns(signs, up, down)
    return Crossings(up, down)


@compiled
def _sides(line: Floats, other: Floats, signs: Signs) -> None:
    """Write 1 where the line is above, -1 below, and 0 where nobody can tell."""
    for i in range(len(signs)):
        signs[i] = np.int8(line[i] > other[i]) - np.int8(line[i] < other[i])


@compiled
def _sides_of_level(line: Floats, level: float, signs: Signs) -> None:
    for i in range(len(signs)):
        signs[i] = np.int8(line[i] > level) - np.int8(line[i] < level)


@compiled
def _turns(signs: Signs, up: Flags, down: Flags) -> None:
    """Mark where the sign differs from the last one that was none of 0."""
    begin = _remember(signs)
    up[: begin + 1] = down[: begin + 1] = False
    before, now = signs[begin:-1], signs[begin + 1 :]
    rise, fall = up[begin + 1 :], down[begin + 1 :]
    for i in range(len(now)):
        rise[i] = (before[i] < 0) & (now[i] > 0)
        fall[i] = (before[i] > 0) & (now[i] < 0)


@compiled
def _remember(signs: Signs) -> int:
    """Let each 0 but the first ones be as the sign before; return where those end."""
    begin, none = 0, 0
    while begin < len(signs) and signs[begin] == 0:
        begin += 1
    for sign in signs:
        none += sign == 0
    if none > begin:
        for i in range(begin, len(signs)):
            if signs[i] == 0:
                signs[i] = signs[i - 1]
    return begin
