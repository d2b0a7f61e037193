"""Which symbols were traded when: those that are gone by now were there before.

A list of today's coins has no losers in it (survivorship: Brown, Goetzmann, Ibbotson,
Ross, Survivorship Bias in Performance Studies, Review of Financial Studies 5, 1992).
Here each symbol is part of the market from when it has as much history as the strategy
needs until its candles end; after a long gap it begins anew, at the time it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, ClassVar

import numpy as np

from abtpro_saas.performance.record import Integers
from abtpro_saas.plugins.api.candles import Candles, Flags, Floats
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import About, WeightStrategy

ABSENT_MS = 86_400_000
"""Without a candle for longer than this, or for one, a symbol is gone."""


@dataclass(frozen=True)
class Universe:
    """A market in which symbols come and go; all candles share the union of times.

    ``listed`` has the shape (bars, symbols). Where a symbol is not listed its price
    stands still (before its first candle at that one's open), without volume.
    """

    market: Sequence[Candles]
    listed: Flags


def universe_of(market: Sequence[Candles]) -> Universe:
    """Return the universe that these candles make, each symbol's of its own times."""
    times = reduce(np.union1d, (each.time for each in market))
    listed = np.column_stack([_listed(each, times) for each in market])
    return Universe([_filled(each, times) for each in market], listed)


def _listed(candles: Candles, times: Integers) -> Flags:
    """Return the times at which a symbol was traded, as anybody knew then.

    An outage is one until it has lasted too long: whether it will end is not known.
    """
    after = np.searchsorted(candles.time, times, side="right")
    since = times - candles.time[np.maximum(after - 1, 0)]
    listed: Flags = (after > 0) & (since <= max(ABSENT_MS, candles.step))
    return listed


def _filled(candles: Candles, times: Integers) -> Candles:
    after = np.searchsorted(candles.time, times, side="right")
    there = (after > 0) & (candles.time[np.maximum(after - 1, 0)] == times)
    rows = np.maximum(after - 1, 0)
    before = np.where(after > 0, candles.close[rows], candles.open[0])
    prices: dict[str, Any] = {
        name: np.where(there, getattr(candles, name)[rows], before)
        for name in ("open", "high", "low", "close")
    }
    volume = np.where(there, candles.volume[rows], 0.0)
    return replace(candles, time=times, volume=volume, **prices)


class PointInTime(WeightStrategy):
    """A strategy of weights that is asked about the symbols of the time alone.

    It is asked again whenever one joins or leaves, over the candles since all of them
    were listed. What leaves is sold, and all is where too few are left.
    """

    name = "POINT_IN_TIME"
    about: ClassVar[About]

    def __init__(self, strategy: WeightStrategy, listed: Flags) -> None:
        """``listed`` is the universe's, with a symbol at least in each row.

        ``joined`` symbols are in the last row and not in the first; ``left`` have been
        delisted by then.
        """
        self._strategy, self._listed = strategy, listed
        self.joined = int((listed[-1] & ~listed[0]).sum())
        self.left = int((~listed[-1]).sum())

    def warm_up(self, values: Values) -> int:  # noqa: ARG002 - symbols wait themselves
        """Return 1: each symbol joins when it has its own history."""
        return 1

    def weights(self, market: Sequence[Candles], values: Values) -> Floats:
        """Return the strategy's weights of members, 0 of what has just left."""
        bars = len(market[0])
        ages = _ages(self._listed[:bars])
        members = ages >= max(self._strategy.warm_up(values), 1)
        out = np.full(members.shape, np.nan)
        changes = np.flatnonzero((members[1:] != members[:-1]).any(axis=1)) + 1
        starts = [0, *changes.tolist()]
        for start, end in zip(starts, [*starts[1:], bars], strict=True):
            chosen = np.flatnonzero(members[start]).tolist()
            enough = len(chosen) >= self._strategy.symbols[0]
            if enough:
                first = start + 1 - int(ages[start, chosen].min())
                since = [market[place][first:end] for place in chosen]
                asked = self._strategy.weights(since, values)[start - first :]
                out[start:end, chosen] = asked
            if start:
                stays = members[start] & enough
                out[start, members[start - 1] & ~stays] = 0.0
        return out


def _ages(listed: Flags) -> Integers:
    """Return for how many bars each symbol has been listed, 0 where it is not."""
    rows = np.arange(1, len(listed) + 1)[:, None]
    gone = np.where(listed, 0, rows)
    ages: Integers = rows - np.maximum.accumulate(gone, axis=0)
    return ages
