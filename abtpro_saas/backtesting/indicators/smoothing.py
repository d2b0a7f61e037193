"""Exponential smoothing: each value waits for the one before, unless parts of it don't.

A processor could do many such chains at once, but there is only one. So it is cut into
parts, each begun a while before with a guess: what was long ago no longer counts, not
even in the last bit. Where it does after all, the part is done over from the true value
until both are equal; so the result is that of the one chain, always.
"""

from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.plugins.api.candles import Floats

PARTS = 4
BURN_IN = 64.0
"""Of 1 / weight: steps until a guess is forgotten; it weighs exp(-64) then."""


@compiled
def smooth(values: Floats, seed: float, weight: float, out: Floats) -> None:
    """Write the seed, then each average x (1 - weight) + value x weight.

    ``out`` has one row more than ``values``.
    """
    out[0] = seed
    begun = int(BURN_IN / weight)
    part = len(values) // PARTS
    if part > 4 * begun:
        _parts(values, weight, part, begun, out)
        for start in range(part, PARTS * part, part):
            _mend(values, weight, start, start + part, out)
        _on(values, weight, PARTS * part, out)
    else:
        _on(values, weight, 0, out)


@compiled
def _on(values: Floats, weight: float, start: int, out: Floats) -> None:
    average, rest = out[start], 1.0 - weight
    for i in range(start, len(values)):
        average = average * rest + values[i] * weight
        out[i + 1] = average


@compiled
def _parts(values: Floats, weight: float, part: int, begun: int, out: Floats) -> None:
    """Smooth all parts side by side, all but the first from a guess."""
    rest = 1.0 - weight
    one, two, three, four = (
        values[:part],
        values[part : 2 * part],
        values[2 * part : 3 * part],
        values[3 * part : 4 * part],
    )
    # Each part but the last one is followed by the next, so by its burn-in's end.
    at = part - begun
    a, b, c, d = out[0], one[at], two[at], three[at]
    for i in range(at, part):
        b = b * rest + one[i] * weight
        c = c * rest + two[i] * weight
        d = d * rest + three[i] * weight
    for i in range(part):
        a = a * rest + one[i] * weight
        b = b * rest + two[i] * weight
        c = c * rest + three[i] * weight
        d = d * rest + four[i] * weight
        out[i + 1] = a
        out[part + i + 1] = b
        out[2 * part + i + 1] = c
        out[3 * part + i + 1] = d


@compiled
def _mend(values: Floats, weight: float, start: int, end: int, out: Floats) -> None:
    """Write a part anew from its true beginning, as far as the guess was wrong."""
    average, rest = out[start], 1.0 - weight
    for i in range(start, end):
        average = average * rest + values[i] * weight
        if average == out[i + 1] and average != 0.0:  # of zeros there are two
            return
        out[i + 1] = average
