"""Warm-up: how much history a strategy needs until where it began no longer matters.

It is asked again over candles that begin later, and its decisions are held against
those with all of the history. An average that remembers all it has seen (an EMA) goes
on to differ for some multiple of its length, whatever warm-up is declared. (freqtrade's
recursive analysis does the same with indicators.)
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from abtpro_saas.backtesting.robustness.examination.decisions import (
    apart,
    decisions,
    differing,
    part,
)
from abtpro_saas.backtesting.robustness.resampling.chance import generator
from abtpro_saas.backtesting.robustness.resampling.drawing import blocks
from abtpro_saas.plugins.api.candles import Candles, Integers
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import Strategy

WARM_UPS, LEAST, MOST = 24, 3_000, 120_000
"""Over how many candles it is measured: times the warm-up, within these."""
STARTS, MOST_STARTS, ASKED = 8, 200, 600_000
"""So many later beginnings are compared, more where so many candles allow it: what is
rarely remembered for long is seen by who asks often."""
WITHIN = 1e-3
"""Weights and sizes that are nearer than this, by their size, are the same decision."""
BLOCK = 20.0
FORGOTTEN = 2 / 3
"""Of candles that are compared: what differs after them is not forgotten at all."""


@dataclass(frozen=True)
class History:
    """How many candles before a decision it takes for the beginning not to matter.

    ``declared`` is the strategy's own warm-up, ``needed`` what was measured over
    ``measured`` candles, None where decisions never came to agree, or it ``failed``
    over such candles. They are ``drawn`` from the run's own where it has too few.
    """

    declared: int
    needed: int | None
    bars: int
    measured: int
    drawn: bool
    failed: bool = False

    def told(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)


def history(strategy: Strategy, market: Sequence[Candles], values: Values) -> History:
    """Return how much history a strategy needs that decides for all candles at once."""
    bars, declared = len(market[0]), strategy.warm_up(values)
    length = min(max(WARM_UPS * declared, LEAST), MOST)
    drawn = bars < length
    if drawn:
        rows = blocks(generator(bars), 1, length, BLOCK, bars)[0]
        candles: Sequence[Candles] = [longer(each, rows) for each in market]
    else:
        candles = [each[:length] for each in market]
    candles = [apart(each) for each in candles]
    try:
        needed = _needed(strategy, candles, values, declared)
    except Exception:  # noqa: BLE001 - a strategy may raise anything
        return History(declared, None, bars, length, drawn, failed=True)
    return History(declared, needed, bars, length, drawn)


def _needed(
    strategy: Strategy, market: Sequence[Candles], values: Values, declared: int
) -> int | None:
    length = len(market[0])
    asked = min(max(ASKED // length, STARTS), MOST_STARTS)
    whole, most = decisions(strategy, market, values), 0
    for start in np.linspace(declared + 1, length // 2, asked).astype(int).tolist():
        late = decisions(strategy, [each[start:] for each in market], values)
        changed = differing(
            part(whole, slice(start + declared, None)),
            part(late, slice(declared, None)),
            WITHIN,
        )
        last = max((int(rows[-1]) for rows in changed.values()), default=-1)
        if declared + last + 1 > FORGOTTEN * (length - start):
            return None
        most = max(most, declared + last + 1)
    return most


def longer(candles: Candles, rows: Integers) -> Candles:
    """Return candles that follow each other as those of ``rows`` did: any number."""
    close = candles.close
    before = np.concatenate((candles.open[:1], close[:-1]))
    factors = (close / before)[rows]
    made = float(close[0]) * np.cumprod(factors)
    scale = np.concatenate(([float(close[0])], made[:-1])) / before[rows]
    return replace(
        candles,
        time=candles.time[0] + candles.step * np.arange(len(rows)),
        open=candles.open[rows] * scale,
        high=candles.high[rows] * scale,
        low=candles.low[rows] * scale,
        close=close[rows] * scale,
        volume=candles.volume[rows],
    )
