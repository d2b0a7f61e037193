"""Looking ahead: the next candle that is flagged, or that touches a price.

Candles are looked at many at once, as processors compare: whole blocks first, then the
candles of the one where something is.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abtpro_saas.backtesting.engines.loops.levels import Levels, moved
from abtpro_saas.backtesting.indicators.compiling import compiled
from abtpro_saas.plugins.api.candles import Flags, Floats

ENTER, LEAVE, ENTER_SHORT, LEAVE_SHORT = 1, 2, 4, 8
"""What a candle is flagged with; they add up."""
Marks: TypeAlias = NDArray[np.uint64]
"""Flags of eight candles each, a byte for a candle, the first one lowest."""
ONE, BYTE = np.uint64(1), np.uint64(0xFF)
EVERY = np.uint64(0x0101_0101_0101_0101)

WORD, PRICES = 8, 64
"""Candles in a block. A shorter loop would be unrolled, and no more compare many."""


@compiled
def packed(wishes: tuple[Flags, Flags, Flags, Flags], shorts: bool) -> Marks:
    """Return the flags of each candle as one number; without shorts none ask for one.

    They are 0 beyond the last candle, up to a whole word.
    """
    enter, leave, enter_short, leave_short = wishes
    marks = np.zeros((len(enter) // WORD + 1) * WORD, np.uint8)
    short = np.uint8(ENTER_SHORT if shorts else 0)
    for i in range(len(enter)):
        marks[i] = (
            np.uint8(enter[i])
            | np.uint8(leave[i]) << 1
            | np.uint8(enter_short[i]) * short
            | np.uint8(leave_short[i]) << 3
        )
    return marks.view(np.uint64)


@compiled
def mark(words: Marks, i: int) -> int:
    """Return the flags of a candle."""
    return int((words[i // WORD] >> np.uint64(i % WORD * WORD)) & BYTE)


@compiled
def looks(side: int) -> int:
    """Return the flags that concern who is long, short, or neither."""
    if side == 0:
        return ENTER | ENTER_SHORT
    return LEAVE | ENTER_SHORT if side > 0 else LEAVE_SHORT | ENTER


@compiled
def flagged(words: Marks, of: int, start: int) -> int:
    """Return the first candle from ``start`` on with one of these flags.

    Without any it is one beyond the last candle.
    """
    mask = np.uint64(of) * EVERY
    at, gone = start // WORD, np.uint64(start % WORD * WORD)
    found = words[at] & mask & ~((ONE << gone) - ONE)
    while not found and at + 1 < len(words):
        at += 1
        found = words[at] & mask
    if not found:
        return WORD * len(words)
    at *= WORD
    while not found & BYTE:
        found >>= np.uint64(WORD)
        at += 1
    return at


@compiled
def touching(highs: Floats, lows: Floats, lines: Levels, start: int, end: int) -> int:
    """Return the first candle in [start, end) that touches a level, or ``end``."""
    lower, upper = lines.lower, lines.upper
    at = start
    while at + PRICES <= end:
        count = 0
        for i in range(np.uint64(at), np.uint64(at + PRICES)):
            count += int((lows[i] <= lower) | (highs[i] >= upper))
        if count:
            break
        at += PRICES
    while at < end and not (lows[at] <= lower or highs[at] >= upper):
        at += 1
    return at


@compiled
def trailed(
    side: int, lines: Levels, highs: Floats, lows: Floats, start: int, end: int
) -> tuple[int, Levels]:
    """Return the same where a stop follows the price, and the levels then."""
    lower, upper = lines.lower, lines.upper
    for i in range(start, end):
        if lows[i] <= lower or highs[i] >= upper:
            return i, lines
        lines = moved(side, lines, highs[i], lows[i])
        lower, upper = lines.lower, lines.upper
    return end, lines
