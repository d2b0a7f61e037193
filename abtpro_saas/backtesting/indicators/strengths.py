"""Relative strength: two averages that wait for each other's values, in four parts.

As in ``smoothing``: one chain is cut into parts that go side by side, each begun a
while before with a guess. A part whose guess was wrong, if only in the last bit, is
done over from the true values.
"""

import numpy as np

from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.backtesting.indicators.smoothing import BURN_IN, PARTS
from abtpro_saas.plugins.api.candles import Floats

STILL = 50.0
"""The RSI of prices that do not move at all, as gains and losses are equal."""
BLOCK = 128
"""Moves of each part that fit the processor's nearest memory."""


@compiled
def strengths(
    values: Floats, weight: float, gain: float, loss: float, out: Floats
) -> None:
    """Write the strength at each value; ``gain`` and ``loss`` are those at the first.

    ``out`` is as long as ``values``.
    """
    out[0] = _strength(gain, loss)
    part, begun = (len(values) - 1) // PARTS, int(BURN_IN / weight)
    if part <= 4 * begun:
        _one(values, weight, gain, loss, 1, len(values), out)
        return
    guessed, ends = np.empty((PARTS, 2)), np.empty((PARTS, 2))
    guessed[0, 0], guessed[0, 1] = gain, loss
    for k in range(1, PARTS):
        start = k * part + 1
        _burn(values, weight, start - begun, start, guessed, k)
    for k in range(PARTS):
        ends[k, 0], ends[k, 1] = guessed[k, 0], guessed[k, 1]
    _parts(values, weight, part, ends, out)
    for k in range(1, PARTS):
        gain, loss = ends[k - 1, 0], ends[k - 1, 1]
        if not (gain == guessed[k, 0] and loss == guessed[k, 1]):
            start = k * part + 1
            gain, loss = _one(values, weight, gain, loss, start, start + part, out)
            ends[k, 0], ends[k, 1] = gain, loss
    gain, loss = ends[PARTS - 1, 0], ends[PARTS - 1, 1]
    _one(values, weight, gain, loss, PARTS * part + 1, len(values), out)


@compiled
def _strength(gain: float, loss: float) -> float:
    still = (gain == 0.0) & (loss == 0.0)
    strength = 100.0 - 100.0 / (1.0 + gain / loss)
    return STILL if still else strength


@compiled
def _one(
    values: Floats,
    weight: float,
    gain: float,
    loss: float,
    start: int,
    end: int,
    out: Floats,
) -> tuple[float, float]:
    """Write the rows [start, end), one after the other; return both averages then."""
    rest = 1.0 - weight
    for i in range(start, end):
        move = values[i] - values[i - 1]
        gain = gain * rest + max(move, 0.0) * weight
        loss = loss * rest + max(-move, 0.0) * weight
        out[i] = _strength(gain, loss)
    return gain, loss


@compiled
def _burn(
    values: Floats, weight: float, start: int, end: int, found: Floats, row: int
) -> None:
    """Guess both averages before the value ``end``."""
    gain, loss, rest = 0.0, 0.0, 1.0 - weight
    for i in range(start, end):
        move = values[i] - values[i - 1]
        gain = gain * rest + max(move, 0.0) * weight
        loss = loss * rest + max(-move, 0.0) * weight
    found[row, 0], found[row, 1] = gain, loss


@compiled
def _parts(values: Floats, weight: float, part: int, ends: Floats, out: Floats) -> None:
    """Write all parts side by side, from the averages in ``ends`` to those after."""
    gains, losses = np.empty((PARTS, BLOCK)), np.empty((PARTS, BLOCK))
    for start in range(0, part, BLOCK):
        size = min(BLOCK, part - start)
        for k in range(PARTS):
            begin = k * part + start
            old, new = values[begin : begin + size], values[begin + 1 :]
            for i in range(len(old)):
                move = new[i] - old[i]
                gains[k, i] = max(move, 0.0) * weight
                losses[k, i] = max(-move, 0.0) * weight
        _average(gains, losses, 1.0 - weight, size, ends)
        for k in range(PARTS):
            rows = out[k * part + start + 1 : k * part + start + size + 1]
            for i in range(len(rows)):
                rows[i] = _strength(gains[k, i], losses[k, i])


@compiled
def _average(
    gains: Floats, losses: Floats, rest: float, size: int, ends: Floats
) -> None:
    """Make averages of all parts' moves; each goes on from its end."""
    a, b, c, d = ends[0, 0], ends[1, 0], ends[2, 0], ends[3, 0]
    e, f, g, h = ends[0, 1], ends[1, 1], ends[2, 1], ends[3, 1]
    for i in range(size):
        a, e = a * rest + gains[0, i], e * rest + losses[0, i]
        b, f = b * rest + gains[1, i], f * rest + losses[1, i]
        c, g = c * rest + gains[2, i], g * rest + losses[2, i]
        d, h = d * rest + gains[3, i], h * rest + losses[3, i]
        gains[0, i], gains[1, i], gains[2, i], gains[3, i] = a, b, c, d
        losses[0, i], losses[1, i], losses[2, i], losses[3, i] = e, f, g, h
    ends[0, 0], ends[1, 0], ends[2, 0], ends[3, 0] = a, b, c, d
    ends[0, 1], ends[1, 1], ends[2, 1], ends[3, 1] = e, f, g, h
