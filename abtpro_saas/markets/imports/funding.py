"""Imports of funding: the rates of one perpetual."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abtpro_saas.markets.funding.passport import (
    FundingInspection,
    inspect_funding,
    passport_of_funding,
)
from abtpro_saas.markets.funding.rates import (
    FundingRates,
    fingerprint,
    merged,
    no_rates,
)
from abtpro_saas.markets.funding.store import NAMES, FundingStore
from abtpro_saas.markets.imports.content import UPLOADED, Fetched
from abtpro_saas.markets.inspection.apart import read_funding_apart
from abtpro_saas.markets.inspection.aside import equal
from abtpro_saas.markets.inspection.tabular import FileError
from abtpro_saas.markets.service import SeriesName
from abtpro_saas.markets.sources.port import DataSource, FundingOrder, Origin
from abtpro_saas.markets.tables import Series


@dataclass(frozen=True)
class WholeFunding:
    """A history of funding as it is to be."""

    store: FundingStore
    rates: FundingRates
    replaced: int

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of all rates."""
        return fingerprint(self.rates)

    @property
    def span(self) -> tuple[int, int]:
        """From when the first rate was due until after the last."""
        return _span(self.rates)

    def __len__(self) -> int:
        """Return how many rates there are."""
        return len(self.rates)

    def write(self, location: str) -> None:
        """Keep them in the store."""
        self.store.write(location, self.rates)

    def passport(self, source: str) -> dict[str, Any]:
        """Return their gaps, and between what they lie."""
        return passport_of_funding(self.rates, source)


@dataclass(frozen=True)
class BroughtFunding:
    """Rates that can be kept, and rows that were put aside."""

    store: FundingStore
    inspection: FundingInspection

    @property
    def findings(self) -> dict[str, Any]:
        """What was put aside."""
        return self.inspection.findings() | {"rows": len(self.inspection.rates)}

    @property
    def span(self) -> tuple[int, int]:
        """From when the first rate was due until after the last."""
        return _span(self.inspection.rates)

    def joined(self, base: Series | None) -> WholeFunding:
        """Return the rates of ``base`` with these."""
        new = self.inspection.rates
        old = no_rates() if base is None else self.store.read(base.location)
        return WholeFunding(self.store, merged(old, new), _replaced(old, new))


class FundingContent:
    """The funding of one perpetual."""

    word = "funding rates"
    width = len(NAMES)

    def __init__(self, root: str, name: SeriesName) -> None:
        self._store = FundingStore(root)
        self._name = name

    def bounds(self, start_ms: int, end_ms: int, clock_ms: int) -> tuple[int, int]:
        """Leave out what is to come, by the exchange's own clock."""
        return start_ms, min(end_ms, clock_ms)

    def fetch(self, source: DataSource, since_ms: int, end_ms: int) -> Fetched:
        """Return the next page of an exchange."""
        name = self._name
        page = source.fetch_funding(
            FundingOrder(name.exchange, name.symbol, since_ms, end_ms)
        )
        return Fetched([getattr(page.rates, each) for each in NAMES], page.next_ms)

    def of_pages(self, columns: Sequence[Any], clock_ms: int) -> BroughtFunding:
        """Return what of all pages can be true."""
        time, rate, mark = columns
        whole = FundingRates(time.astype(np.int64), rate, mark)
        return BroughtFunding(self._store, inspect_funding(whole, clock_ms))

    def of_file(
        self,
        file: Any,  # noqa: ANN401 - a file of any system
        place: Path,
        now_ms: int,
        covered: tuple[int, int] | None,
    ) -> tuple[BroughtFunding, Origin]:
        """Return what of a file can be true."""
        if covered is not None:
            raise FileError("start and end are for files of trades", "start")
        rows = read_funding_apart(file, place)
        found = inspect_funding(rows.rates, now_ms, rows.unread, rows.texts)
        return BroughtFunding(self._store, found), UPLOADED


def _replaced(old: FundingRates, new: FundingRates) -> int:
    """Return how many rates are other than they were at the same time."""
    _, ours, theirs = np.intersect1d(old.time, new.time, return_indices=True)
    same = np.ones(len(ours), dtype=np.bool_)
    for name in NAMES[1:]:
        same &= equal(getattr(old, name)[ours], getattr(new, name)[theirs])
    return int(np.count_nonzero(~same))


def _span(rates: FundingRates) -> tuple[int, int]:
    return int(rates.time[0]), int(rates.time[-1]) + 1
