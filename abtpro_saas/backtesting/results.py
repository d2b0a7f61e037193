"""What a run leaves, as two Parquet files, and back; the same record, the same bytes.

``equity`` has a row for each candle and ``trades`` one for each round trip, with the
columns of ``performance/record.py``; trades have the times of their bars too. PyArrow
is loaded by the first call, not by the import: most processes that know of backtests
never read one.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import pairwise
from typing import IO, Any

import numpy as np

from abtpro_saas.performance.record import Floats, Inside, Integers, Record, Trades

EQUITY, TRADES = "equity.parquet", "trades.parquet"
ROWS = 65_536
"""Rows of a group: a page of a long run is read without the rest."""

_SERIES = ("time", "equity", "exposure", "benchmark")
_COLUMNS = tuple(each.name for each in fields(Trades))
_HEAD = b"abtpro"


def encode(record: Record) -> dict[str, bytes]:
    """Return the two files by their names."""
    trades = record.trades
    series = {name: getattr(record, name) for name in _SERIES}
    trips = {name: getattr(trades, name) for name in _COLUMNS}
    # Who reads a page of trades needs no bar but theirs.
    trips |= {"entry_time": record.time[trades.entry]}
    trips |= {"exit_time": record.time[trades.exit]}
    return {EQUITY: _parquet(series, record), TRADES: _parquet(trips, record)}


def decode(equity: IO[bytes], trades: IO[bytes]) -> Record:
    """Return the record that was encoded."""
    series, head = _columns(equity)
    trips, _ = _columns(trades)
    return Record(
        symbols=tuple(head["symbols"]),
        step=head["step"],
        initial=head["initial"],
        trades=Trades(**{name: trips[name] for name in _COLUMNS}),
        rejected=head["rejected"],
        inside=Inside(**head["inside"]) if head.get("inside") else None,
        **series,
    )


def hash_of(record: Record) -> str:
    """Return the SHA-256 of all that a record holds, whatever its files are like.

    Of the numbers themselves, so that a newer writer of files does not change it.
    """
    found = hashlib.sha256(json.dumps(_head(record)).encode())
    parts: dict[str, Any] = {name: getattr(record, name) for name in _SERIES}
    parts |= {name: getattr(record.trades, name) for name in _COLUMNS}
    for name, column in parts.items():
        kind = "<i8" if column.dtype.kind == "i" else "<f8"
        found.update(f"{name}:{len(column)};".encode())
        found.update(np.ascontiguousarray(column, dtype=kind).tobytes())
    return found.hexdigest()


def rows(file: IO[bytes], start: int, limit: int) -> list[dict[str, Any]]:
    """Return up to ``limit`` rows from row ``start`` on, each by its columns' names."""
    from pyarrow import parquet  # noqa: PLC0415 - see the module

    opened = parquet.ParquetFile(file)
    first, last = start // ROWS, (start + limit - 1) // ROWS
    chosen = [
        group for group in range(first, last + 1) if group < opened.num_row_groups
    ]
    if not chosen:
        return []
    found = opened.read_row_groups(chosen).slice(start - first * ROWS, limit)
    return list(found.to_pylist())


def drawn(file: IO[bytes], points: int) -> list[dict[str, Any]]:
    """Return at most ``points`` rows of an equity file, no extreme missing."""
    from pyarrow import parquet  # noqa: PLC0415 - see the module

    table = parquet.read_table(file)
    return list(table.take(decimate(table["equity"].to_numpy(), points)).to_pylist())


def decimate(values: Floats, points: int) -> Integers:
    """Return the rows to draw, at most ``points``, rising: no extreme goes missing.

    The first and the last row, and of each of equal stretches its lowest and highest.
    """
    count = len(values)
    if count <= points:
        return np.arange(count)
    stretches = max((points - 2) // 2, 1)
    edges = np.linspace(0, count, stretches + 1).astype(np.int64)
    chosen = {0, count - 1}
    for start, end in pairwise(edges.tolist()):
        part = values[start:end]
        chosen |= {start + int(part.argmin()), start + int(part.argmax())}
    return np.array(sorted(chosen)[:points], dtype=np.int64)


def _parquet(columns: Mapping[str, Any], record: Record) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - see the module
    from pyarrow import parquet  # noqa: PLC0415 - the same

    # What is inside candles follows from the rest: it is kept, and not hashed.
    head = {**_head(record), "inside": record.inside and asdict(record.inside)}
    said = {_HEAD: json.dumps(head).encode()}
    table = pa.table(dict(columns)).replace_schema_metadata(said)
    file = io.BytesIO()
    parquet.write_table(
        table,
        file,
        row_group_size=ROWS,
        compression="zstd",
        compression_level=1,
        use_dictionary=False,
        use_byte_stream_split=True,
    )
    return file.getvalue()


def _columns(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    from pyarrow import parquet  # noqa: PLC0415 - see the module

    table = parquet.read_table(file)
    head: dict[str, Any] = json.loads(table.schema.metadata[_HEAD])
    return {name: table[name].to_numpy() for name in table.column_names}, head


def _head(record: Record) -> dict[str, Any]:
    return {
        "symbols": list(record.symbols),
        "step": record.step,
        "initial": record.initial,
        "rejected": record.rejected,
    }
