"""Where one line crosses another."""

from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.indicators.compiling import compiled, fixed
from abtpro_saas.plugins.api.candles import Flags, Floats


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
    if isinstance(other, np.ndarray):
        _cross(fixed(line), fixed(other), up, down)
    else:
        _cross_level(fixed(line), other, up, down)
    return Crossings(up, down)


@compiled
def _cross(line: Floats, other: Floats, up: Flags, down: Flags) -> None:
    last = 0.0
    for i in range(len(line)):
        apart = line[i] - other[i]
        up[i] = last < 0.0 < apart
        down[i] = last > 0.0 > apart
        last = apart if apart < 0.0 or apart > 0.0 else last


@compiled
def _cross_level(line: Floats, level: float, up: Flags, down: Flags) -> None:
    last = 0.0
    for i in range(len(line)):
        apart = line[i] - level
        up[i] = last < 0.0 < apart
        down[i] = last > 0.0 > apart
        last = apart if apart < 0.0 or apart > 0.0 else last
