"""Candles on disk: Parquet files by location, time frame and year, through fsspec.

A location's files are immutable. Each ``write`` makes a folder of its own for them and
then replaces one small file that says which folder counts, by renaming: a reader, or a
writer that was killed, never sees half of anything.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from abtpro_saas.errors import NotFoundError
from abtpro_saas.ids import new_id
from abtpro_saas.markets.columns import COLUMNS, NAMES, read_table, write_table
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.timeframes import name_of
from abtpro_saas.plugins.api.candles import Candles, Integers

CURRENT = "current.json"
KEPT_MS = 3_600_000
"""How long what a new version has replaced stays, for those who read it now."""
TRIES = 3

_VERSION_TIME_DIGITS = 12
"""A version's name begins with the milliseconds of its id, in hexadecimal."""


class CandlesMissingError(NotFoundError):
    """The store holds no candles at this place."""

    code = "candles_missing"


class CandleStore:
    """Candles under one root: a folder, or a URL that fsspec knows."""

    def __init__(self, root: str) -> None:
        self._files = Files(root)

    def write(self, location: str, candles: Candles) -> str:
        """Keep ``candles`` in place of what ``location`` held of their time frame.

        Returns their fingerprint.
        """
        folder = f"{location}/{name_of(candles.step)}"
        found = fingerprint(candles)
        version = new_id().hex
        years = []
        for year, bars in _by_year(candles.time):
            self._write_year(f"{folder}/{version}/{year}.parquet", candles[bars])
            years.append(year)
        current = {"version": version, "years": years, "fingerprint": found}
        self._files.write(f"{folder}/{CURRENT}", json.dumps(current).encode())
        self._forget_older(folder, version)
        return found

    def read(
        self,
        location: str,
        symbol: str,
        step: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> Candles:
        """Return the candles that opened in [start, end), oldest first.

        Raises:
            CandlesMissingError: nothing was ever written there.
        """
        folder = f"{location}/{name_of(step)}"
        for attempt in range(TRIES):
            current = self._current(folder)
            paths = [
                f"{folder}/{current['version']}/{year}.parquet"
                for year in current["years"]
                if _meets(int(year), start_ms, end_ms)
            ]
            try:
                tables = [self._read_year(p, start_ms, end_ms) for p in paths]
            except FileNotFoundError:
                # Replaced, and removed an hour later, while we held the old name.
                if attempt == TRIES - 1:
                    raise
                continue
            return _joined(symbol, step, tables)
        raise AssertionError

    def parts(
        self, location: str, symbol: str, step: int, start_ms: int, end_ms: int
    ) -> Iterator[Candles]:
        """Yield what ``read`` returns a year at a time, for spans of any length.

        Raises:
            CandlesMissingError: nothing was ever written there, or it went meanwhile.
        """
        folder = f"{location}/{name_of(step)}"
        current = self._current(folder)
        for year in current["years"]:
            if not _meets(int(year), start_ms, end_ms):
                continue
            path = f"{folder}/{current['version']}/{year}.parquet"
            try:
                table = self._read_year(path, start_ms, end_ms)
            except FileNotFoundError:
                raise CandlesMissingError("these candles are gone") from None
            yield Candles(symbol, step, *table)

    def fingerprint(self, location: str, step: int) -> str | None:
        """Return the fingerprint of what is there, or None where nothing is."""
        try:
            return str(self._current(f"{location}/{name_of(step)}")["fingerprint"])
        except CandlesMissingError:
            return None

    def size(self, location: str, step: int) -> int:
        """Return how many bytes the candles of a time frame take."""
        folder = f"{location}/{name_of(step)}"
        version = self._current(folder)["version"]
        return self._files.size(f"{folder}/{version}")

    def remove(self, location: str) -> None:
        """Remove all that is at ``location``, if anything is."""
        self._files.remove(location)

    def _current(self, folder: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._files.read(f"{folder}/{CURRENT}"))
        except FileNotFoundError:
            raise CandlesMissingError("there are no candles here") from None
        return found

    def _write_year(self, path: str, candles: Candles) -> None:
        with self._files.writing(path) as file:
            write_table(file, candles)

    def _read_year(
        self, path: str, start_ms: int | None, end_ms: int | None
    ) -> list[Any]:
        with self._files.reading(path) as file:
            return read_table(file, start_ms, end_ms)

    def _forget_older(self, folder: str, version: str) -> None:
        """Remove versions that nobody can be reading any more."""
        newest = _made_at(version)
        for name in self._files.folders(folder):
            if len(name) == len(version) and newest - _made_at(name) > KEPT_MS:
                self._files.remove(f"{folder}/{name}")


def fingerprint(candles: Candles) -> str:
    """Return the SHA-256, in hexadecimal, of all times and values and their order.

    Over the step and the length, then each column, all as 8 bytes little-endian; a
    zero is positive. The symbol is not part of it.
    """
    digest = hashlib.sha256(b"abtpro candles 1")
    digest.update(np.array([candles.step, len(candles)], dtype="<i8").tobytes())
    digest.update(np.ascontiguousarray(candles.time, dtype="<i8").tobytes())
    for name in COLUMNS:
        values = np.asarray(getattr(candles, name), dtype="<f8") + 0.0
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def no_candles(symbol: str, step: int) -> Candles:
    """Return candles of which there are none."""
    nothing = np.empty(0, dtype=np.float64)
    return Candles(symbol, step, np.empty(0, dtype=np.int64), *[nothing] * 5)


def joined(symbol: str, step: int, parts: Sequence[Candles]) -> Candles:
    """Return the bars of ``parts``, one part after the other."""
    tables = [[getattr(p, name) for name in NAMES] for p in parts]
    return _joined(symbol, step, tables)


def _joined(symbol: str, step: int, tables: Sequence[Sequence[Any]]) -> Candles:
    filled = [table for table in tables if len(table[0])]
    if not filled:
        return no_candles(symbol, step)
    if len(filled) == 1:
        return Candles(symbol, step, *filled[0])
    return Candles(symbol, step, *map(np.concatenate, zip(*filled, strict=True)))


def _by_year(time: Integers) -> Iterator[tuple[int, slice]]:
    if not len(time):
        return
    first, last = _year(int(time[0])), _year(int(time[-1]))
    for year in range(first, last + 1):
        bounds = np.searchsorted(time, [_year_start(year), _year_start(year + 1)])
        if bounds[0] < bounds[1]:
            yield year, slice(int(bounds[0]), int(bounds[1]))


def _year(time_ms: int) -> int:
    return datetime.fromtimestamp(time_ms / 1000, UTC).year


def _year_start(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000


def _meets(year: int, start_ms: int | None, end_ms: int | None) -> bool:
    begins_late = end_ms is not None and _year_start(year) >= end_ms
    ends_early = start_ms is not None and _year_start(year + 1) <= start_ms
    return not (begins_late or ends_early)


def _made_at(version: str) -> int:
    try:
        return int(version[:_VERSION_TIME_DIGITS], 16)
    except ValueError:
        return 1 << 62
