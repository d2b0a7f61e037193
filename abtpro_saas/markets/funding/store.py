"""Funding histories on disk: one Parquet file at each location, through fsspec.

A file is written whole or not at all, and takes its name by renaming: a reader, or a
writer that was killed, never sees half of anything.
"""

from typing import Any

import numpy as np

from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.funding.rates import FundingRates, fingerprint

FILE = "funding.parquet"
NAMES = ("time", "rate", "mark")


class FundingMissingError(NotFoundError):
    """There is no such funding; ``field`` is what to change."""

    code = "funding_missing"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class FundingStore:
    """Funding histories under one root: a folder, or a URL that fsspec knows."""

    def __init__(self, root: str) -> None:
        self._files = Files(root)

    def write(self, location: str, rates: FundingRates) -> str:
        """Keep ``rates`` in place of what was there; return their fingerprint."""
        with self._files.writing(_file_of(location)) as file:
            _write_table(file, rates)
        return fingerprint(rates)

    def read(
        self, location: str, start_ms: int | None = None, end_ms: int | None = None
    ) -> FundingRates:
        """Return the rates that were due in [start, end), oldest first.

        Raises:
            FundingMissingError: nothing was ever written there.
        """
        try:
            with self._files.reading(_file_of(location)) as file:
                rates = _read_table(file)
        except FileNotFoundError:
            raise FundingMissingError("there is no funding here") from None
        return within(rates, start_ms, end_ms)

    def fingerprint(self, location: str) -> str | None:
        """Return the fingerprint of what is there, or None where nothing is."""
        try:
            return fingerprint(self.read(location))
        except FundingMissingError:
            return None

    def remove(self, location: str) -> None:
        """Remove what is at ``location``, if anything is."""
        self._files.remove(_file_of(location))


def within(
    rates: FundingRates, start_ms: int | None, end_ms: int | None
) -> FundingRates:
    """Return the rates of [start, end), without copying; None is no bound."""
    first = 0 if start_ms is None else int(np.searchsorted(rates.time, start_ms))
    last = len(rates) if end_ms is None else int(np.searchsorted(rates.time, end_ms))
    return rates[first:last]


def _file_of(location: str) -> str:
    return f"{location}/{FILE}"


def _write_table(file: Any, rates: FundingRates) -> None:  # noqa: ANN401 - a file of any system
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s, for who reads or writes alone
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    table = pa.table({name: pa.array(getattr(rates, name)) for name in NAMES})
    pq.write_table(table, file, compression="zstd")


def _read_table(file: Any) -> FundingRates:  # noqa: ANN401 - a file of any system
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    table = pq.ParquetFile(file).read(columns=list(NAMES))
    return FundingRates(*(column.to_numpy() for column in table.columns))
