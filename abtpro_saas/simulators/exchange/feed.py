"""What the simulated exchange knows of its markets: the model's candles and funding.

They are read from the store in which a local installation keeps them. Time stands
still at the end of the model unless somebody sets the clock; the candle that runs at
that instant is shown as it is so far, as exchanges do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingMissingError, FundingStore
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated.funding import PERPETUALS
from abtpro_saas.markets.simulated.model import END_MS, START_MS, SYMBOLS
from abtpro_saas.markets.simulated.seeding import location_of
from abtpro_saas.markets.store import CandlesMissingError, CandleStore, joined
from abtpro_saas.markets.timeframes import DAY, HOUR, MINUTE, ceil_to, floor_to
from abtpro_saas.plugins.api.candles import Candles

MARKETS: Mapping[str, str] = {symbol.replace("/", ""): symbol for symbol in SYMBOLS}
"""Our symbols by the exchange's names for them."""

PERPETUAL_MARKETS: Mapping[str, str] = {
    symbol.replace("/", ""): symbol for symbol in PERPETUALS
}
"""The same of those that have a perpetual, which trades at their prices."""


class NotReadyError(Exception):
    """The candles are still being made."""


@dataclass(frozen=True)
class Asked:
    """Candles that open in [start, end], ``limit`` at most; None is open."""

    symbol: str
    step: int
    start_ms: int | None
    end_ms: int | None
    limit: int


@dataclass(frozen=True)
class AskedFunding:
    """Rates that were due in [start, end], ``limit`` at most; None is open."""

    symbol: str
    start_ms: int | None
    end_ms: int | None
    limit: int


class Feed:
    """Candles and funding up to an instant."""

    def __init__(self, root: str) -> None:
        self._store = CandleStore(root)
        self._funding = FundingStore(root)
        self.now_ms = END_MS

    def candles(self, asked: Asked) -> Candles:
        """Return what is asked for, oldest first, the one that runs included.

        Raises:
            NotReadyError: they are not made yet.
        """
        step, now_ms = asked.step, self.now_ms
        running = floor_to(now_ms, step)
        # In its first minute a candle knows nothing yet, and is not shown.
        latest = floor_to(floor_to(now_ms, MINUTE) - 1, step)
        last = latest if asked.end_ms is None else min(asked.end_ms, latest)
        first = asked.start_ms
        if first is None:
            first = floor_to(last, step) - (asked.limit - 1) * step
        first = max(ceil_to(first, step), floor_to(START_MS, step))
        stop = min(first + asked.limit * step, last + 1)
        finished = self._finished(asked.symbol, step, first, min(stop, running))
        if first <= running < stop:
            return joined(
                asked.symbol, step, [finished, self._running(asked.symbol, step)]
            )
        return finished

    def funding(self, asked: AskedFunding) -> FundingRates:
        """Return the rates that are asked for; without a start, the latest of them.

        Raises:
            NotReadyError: they are not made yet.
        """
        last = self.now_ms if asked.end_ms is None else min(asked.end_ms, self.now_ms)
        place = location_of(asked.symbol)
        try:
            found = self._funding.read(place, asked.start_ms, last + 1)
        except FundingMissingError:
            raise NotReadyError from None
        limit = asked.limit
        return found[-limit:] if asked.start_ms is None else found[:limit]

    def _finished(self, symbol: str, step: int, first: int, stop: int) -> Candles:
        base = next(each for each in (DAY, HOUR, MINUTE) if step % each == 0)
        end = max(first, ceil_to(stop, step))
        return resample(self._read(symbol, base, first, end), step)

    def _running(self, symbol: str, step: int) -> Candles:
        """Return the candle that runs, made of the minutes that are over; or none."""
        start = floor_to(self.now_ms, step)
        end = floor_to(self.now_ms, MINUTE)
        parts = self._read(symbol, MINUTE, start, end)
        if not len(parts):
            return parts
        return Candles(
            symbol,
            step,
            parts.time[:1] - parts.time[0] + start,
            parts.open[:1],
            parts.high.max(keepdims=True),
            parts.low.min(keepdims=True),
            parts.close[-1:],
            parts.volume.sum(keepdims=True),
        )

    def _read(self, symbol: str, step: int, start: int, end: int) -> Candles:
        try:
            return self._store.read(location_of(symbol), symbol, step, start, end)
        except CandlesMissingError:
            raise NotReadyError from None
