"""Look-ahead: candles are cut off, and what was decided before must stay as it was.

A strategy that knows nothing of what comes decides the same whether later candles are
there or not. It is asked again over shorter and shorter markets, cut after rows at
which it decided something, and at rows between; the first row that changes is told.
(freqtrade's look-ahead analysis compares runs in the same way.)
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.examination.decisions import (
    Columns,
    apart,
    decisions,
    differing,
    events,
    part,
)
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles, Flags
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import Strategy

PREFIX = 20_000
"""Most cuts are made within so many candles, where asking again costs little."""
WARM_UPS = 6
"""Or within so many times the warm-up, if that is more."""
EVEN, PER_COLUMN = 24, 6
"""Cuts at even distances; and after as many events of each column."""
LONG = (0.35, 0.8)
"""Cuts of the whole span, as shares of it."""
MOST_ASKED = 6_000_000
"""Candles of all symbols in one call: of a longer run its first part is cut."""
BARS_ASKED = 12_000
"""Of a strategy that decides bar by bar: in all its runs together."""
STILL = 20
"""Candles of one price, at least, before rounding may have decided."""
WITHIN = 1e-9


@dataclass(frozen=True)
class Foresight:
    """What cutting showed: at ``broken`` of ``cuts`` an earlier decision changed.

    The longest cut was after ``longest`` of all ``bars``; ``column`` is what changed
    first, at the candle that opened at ``time``. Where the strategy is not
    ``repeatable``, it decides otherwise over the very same candles. ``failed`` cuts
    were too short for it.
    """

    cuts: int
    bars: int
    longest: int = 0
    broken: int = 0
    failed: int = 0
    repeatable: bool = True
    column: str | None = None
    time: int | None = None

    def told(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)


def foresight(
    strategy: Strategy,
    market: Sequence[Candles],
    values: Values,
    most: int = MOST_ASKED,
) -> Foresight:
    """Return what cutting shows of a strategy that decides for all candles at once.

    The candles of all symbols share their times; ``most`` of them are asked about.
    """
    known = [each[: most // len(market)] for each in market]
    found, stands = _cut(strategy, known, values)
    if found.broken and stands and _rounds(strategy, known, values, found):
        found = replace(found, broken=0, column=None, time=None)
    return replace(found, bars=len(market[0]))


def _rounds(
    strategy: Strategy, market: Sequence[Candles], values: Values, found: Foresight
) -> bool:
    """Tell whether nothing changes where no prices are equal: it was rounding alone.

    Who looks ahead only where prices are equal would be excused by that alone, so it is
    asked of a market that stood still.
    """
    try:
        again, _ = _cut(strategy, [apart(each) for each in market], values)
    except Exception:  # noqa: BLE001 - a strategy may raise anything: it is no excuse
        return False
    asked = again.repeatable and again.failed == found.failed
    return asked and not again.broken


def _cut(
    strategy: Strategy, market: Sequence[Candles], values: Values
) -> tuple[Foresight, bool]:
    """Return what cuts show, and whether the market stood still at all that changed."""
    bars, first = len(market[0]), max(strategy.warm_up(values) - 1, 0)
    asked = partial(_asked, strategy, market, values)
    whole = asked(bars)
    near = min(bars, max(PREFIX, WARM_UPS * (first + 1)))
    if not _repeats(asked, whole, near):
        return Foresight(0, bars, repeatable=False), False
    found = _Found(market, first, whole, _still(market, max(first, STILL)))
    for cut in _cuts(whole, first, near, bars):
        found.compare(cut, asked)
    return found.told(), found.stood_still


def _still(market: Sequence[Candles], bars: int) -> Flags:
    """Return where some symbol has closed at one price for so many candles."""
    found = np.zeros(len(market[0]), np.bool_)
    for each in market:
        rows = np.arange(len(found))
        same = np.append(False, each.close[1:] == each.close[:-1])
        since = np.maximum.accumulate(np.where(same, 0, rows))
        found |= rows - since + 1 >= bars
    return found


def _repeats(asked: Callable[[int], Columns], whole: Columns, near: int) -> bool:
    """Tell whether a strategy says the same twice, over ``near`` candles if it can."""
    try:
        once, again = asked(near), asked(near)
    except Exception:  # noqa: BLE001 - a strategy may raise anything, if too short
        once, again = whole, asked(len(next(iter(whole.values()))))
    return not differing(once, again, WITHIN)


def foresight_by_bars(
    run: Callable[[int], Record], market: Sequence[Candles], record: Record
) -> Foresight:
    """Return what cutting shows of a strategy that decides bar by bar.

    ``run`` gives the record over so many candles: its equity must be that of the whole
    ``record`` up to there.
    """
    bars = len(record.time)
    longest = min(int(bars * LONG[1]), BARS_ASKED * 2 // 3)
    nowhere = np.zeros(bars, np.bool_)
    found = _Found(market, 0, {"equity": record.equity}, nowhere)
    for cut in (longest, longest // 2):
        if cut > 0:
            found.compare(cut, lambda cut: {"equity": run(cut).equity})
    return found.told()


def _asked(
    strategy: Strategy, market: Sequence[Candles], values: Values, cut: int
) -> Columns:
    return decisions(strategy, [each[:cut] for each in market], values)


class _Found:
    """Collects what cuts show; the earliest row that changed is kept."""

    def __init__(
        self, market: Sequence[Candles], first: int, whole: Columns, still: Flags
    ) -> None:
        self.stood_still, self._still = True, still
        self._time, self._first, self._whole = market[0].time, first, whole
        self._cuts = self._longest = self._broken = self._failed = 0
        self._row: tuple[int, str] | None = None

    def compare(self, cut: int, ask: Callable[[int], Columns]) -> None:
        """Ask again over ``cut`` candles, and hold the answer against the whole."""
        rows = slice(self._first, cut)
        self._cuts += 1
        self._longest = max(self._longest, cut)
        try:
            answer = part(ask(cut), slice(self._first, None))
        except Exception:  # noqa: BLE001 - a strategy may raise anything, if too short
            self._failed += 1
            return
        changed = differing(part(self._whole, rows), answer, WITHIN)
        self._broken += bool(changed)
        for name, at in changed.items():
            row = int(at[0]) + self._first
            self.stood_still &= bool(self._still[at + self._first].all())
            self._row = min(self._row or (row, name), (row, name))

    def told(self) -> Foresight:
        """Return what was found."""
        row, name = self._row or (None, None)
        return Foresight(
            self._cuts,
            len(self._time),
            self._longest,
            self._broken,
            self._failed,
            column=name,
            time=None if row is None else int(self._time[row]),
        )


def _cuts(whole: Columns, first: int, near: int, bars: int) -> list[int]:
    """Return after how many candles to cut, rising."""
    cuts = {int(bars * share) for share in LONG} | {near}
    cuts |= set(np.linspace(first + 1, near, EVEN + 1)[:-1].astype(np.int64).tolist())
    for column in whole.values():
        rows = events(column)
        rows = rows[rows >= first]
        early = rows[rows < near]
        chosen = early if len(early) else rows[:1]
        picked = np.linspace(0, len(chosen) - 1, min(PER_COLUMN, len(chosen)))
        cuts |= {int(chosen[place]) + 1 for place in picked.astype(np.int64)}
    return sorted(cut for cut in cuts if first < cut < bars)
