"""Imports of candles: of a time frame, or made of the trades of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abtpro_saas.markets.columns import NAMES
from abtpro_saas.markets.imports.content import UPLOADED, Fetched
from abtpro_saas.markets.imports.merging import merge
from abtpro_saas.markets.inspection.apart import read_apart
from abtpro_saas.markets.inspection.passport import Inspection, inspect, passport
from abtpro_saas.markets.inspection.trades import inspect_rows
from abtpro_saas.markets.service import SeriesName
from abtpro_saas.markets.sources.port import DataSource, Origin, PageOrder
from abtpro_saas.markets.store import CandleStore, fingerprint, no_candles
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import ceil_to, floor_to, step_of
from abtpro_saas.markets.words import OriginKind
from abtpro_saas.plugins.api.candles import Candles

TRADED = Origin(
    "Trades of a file that was brought", simulated=False, kind=OriginKind.TRADES
)


@dataclass(frozen=True)
class WholeCandles:
    """A series of candles as it is to be."""

    store: CandleStore
    candles: Candles
    replaced: int

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of all candles."""
        return fingerprint(self.candles)

    @property
    def span(self) -> tuple[int, int]:
        """From when the first one opens until the last one closes."""
        return _span(self.candles)

    def __len__(self) -> int:
        """Return how many candles there are."""
        return len(self.candles)

    def write(self, location: str) -> None:
        """Keep them in the store."""
        self.store.write(location, self.candles)

    def passport(self, source: str) -> dict[str, Any]:
        """Return their gaps and outliers."""
        return passport(self.candles, source)


@dataclass(frozen=True)
class BroughtCandles:
    """Candles that can be kept, and rows that were put aside."""

    store: CandleStore
    inspection: Inspection

    @property
    def findings(self) -> dict[str, Any]:
        """What was put aside."""
        rows = {"rows": len(self.inspection.candles)}
        return self.inspection.findings() | rows

    @property
    def span(self) -> tuple[int, int]:
        """From when the first one opens until the last one closes."""
        return _span(self.inspection.candles)

    def joined(self, base: Series | None) -> WholeCandles:
        """Return the candles of ``base`` with these."""
        new = self.inspection.candles
        old = no_candles(new.symbol, new.step)
        if base is not None:
            old = self.store.read(base.location, new.symbol, new.step)
        merged = merge(old, new)
        return WholeCandles(self.store, merged.candles, merged.replaced)


class CandleContent:
    """Candles of one symbol and time frame.

    Raises:
        TimeframeError: there is no such time frame.
    """

    word = "candles"
    width = len(NAMES)

    def __init__(self, root: str, name: SeriesName) -> None:
        self._store = CandleStore(root)
        self._name = name
        self._step = step_of(name.timeframe)

    def bounds(self, start_ms: int, end_ms: int, clock_ms: int) -> tuple[int, int]:
        """Leave out the candle that runs: it ends after the exchange's own clock."""
        end = min(end_ms, floor_to(clock_ms, self._step))
        return ceil_to(start_ms, self._step), end

    def fetch(self, source: DataSource, since_ms: int, end_ms: int) -> Fetched:
        """Return the next page of an exchange."""
        name = self._name
        page = source.fetch(
            PageOrder(name.exchange, name.symbol, self._step, since_ms, end_ms)
        )
        columns = [getattr(page.candles, each) for each in NAMES]
        return Fetched(columns, page.next_ms)

    def of_pages(self, columns: Sequence[Any], clock_ms: int) -> BroughtCandles:
        """Return what of all pages can be true."""
        time, *values = columns
        whole = Candles(self._name.symbol, self._step, time.astype(np.int64), *values)
        return BroughtCandles(self._store, inspect(whole, clock_ms))

    def of_file(
        self,
        file: Any,  # noqa: ANN401 - a file of any system
        place: Path,
        now_ms: int,
        covered: tuple[int, int] | None,
    ) -> tuple[BroughtCandles, Origin]:
        """Return what of a file can be true, and whether it held trades."""
        symbol, step = self._name.symbol, self._step
        rows = read_apart(file, symbol, step, place)
        found = inspect_rows(rows, symbol, step, now_ms, covered)
        origin = UPLOADED if found.trades is None else TRADED
        return BroughtCandles(self._store, found), origin


def _span(candles: Candles) -> tuple[int, int]:
    return int(candles.time[0]), int(candles.time[-1]) + candles.step
