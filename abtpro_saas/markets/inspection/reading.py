"""Files of candles or trades that somebody brings: CSV and Parquet, without guessing.

Columns ``timestamp`` (milliseconds since 1970, or ISO 8601; without an offset it is
UTC), ``open``, ``high``, ``low``, ``close``, ``volume``, in any order; others are left
out. A file that lacks them, and has ``timestamp``, ``price`` and ``amount``, holds
trades. One of another shape is refused, naming row and column. A cell that is no
number or no time costs its row alone, which is put aside by name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import numpy as np

from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.columns import COLUMNS
from abtpro_saas.markets.inspection.passport import Reason
from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

TIMESTAMP = "timestamp"
NEEDED = (TIMESTAMP, *COLUMNS)
OF_TRADES = (TIMESTAMP, "price", "amount")
MOST_ROWS = 3_000_000
"""More than four years of minutes."""
OLDEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * 1000
NEWEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1000

_PARQUET = b"PAR1"
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class FileError(InvalidError):
    """The file cannot be read as candles; the message names row and column."""

    code = "unreadable_file"


@dataclass(frozen=True)
class FileRows:
    """The rows of a file as they stand there; of ``unread`` rows a cell is missing."""

    candles: Candles
    unread: Mapping[int, tuple[Reason, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TradeRows:
    """The same of a file of trades; times are rounded down to milliseconds."""

    time: Integers
    price: Floats
    amount: Floats
    unread: Mapping[int, tuple[Reason, str]] = field(default_factory=dict)


def read_file(file: Any, symbol: str, step: int) -> FileRows | TradeRows:  # noqa: ANN401 - a file of any system
    """Return the rows of an open CSV or Parquet file.

    Raises:
        FileError: it is neither, misses a column, or holds too many rows.
    """
    begins = file.read(len(_PARQUET))
    file.seek(0)
    table = _parquet(file) if begins == _PARQUET else _csv(file)
    if not table.num_rows:
        raise FileError("the file holds no rows", "file")
    if table.num_rows > MOST_ROWS:
        raise FileError(f"the file holds more than {MOST_ROWS:,} rows", "file")
    unread: dict[int, tuple[Reason, str]] = {}
    are_trades = OF_TRADES[1] in table.column_names
    time = _times(table.column(TIMESTAMP), unread, finer=are_trades)
    names = OF_TRADES[1:] if are_trades else COLUMNS
    values = [_numbers(table.column(name), name, unread) for name in names]
    _refuse_if_nothing_is_read(table, unread)
    if are_trades:
        price, amount = values
        return TradeRows(time, price, amount, unread)
    return FileRows(Candles(symbol, step, time, *values), unread)


def _csv(file: Any) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s, for who reads a file alone
    from pyarrow import csv  # noqa: PLC0415 - as above

    named = _header(file)
    file.seek(0)
    odd: list[str] = []
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(named.values(), pa.string()),
        include_columns=list(named.values()),
        strings_can_be_null=False,
    )
    parsing = csv.ParseOptions(invalid_row_handler=partial(_note_row, odd))
    try:
        # One thread alone knows the number of a row.
        table = csv.read_csv(file, csv.ReadOptions(use_threads=False), parsing, options)
    except pa.ArrowException as error:
        why = odd[0] if odd else _plain(error)
        raise FileError(f"the file cannot be read as CSV: {why}", "file") from None
    return table.rename_columns(list(named))


def _note_row(odd: list[str], row: Any) -> str:  # noqa: ANN401 - pyarrow is untyped
    odd.append(
        f"line {row.number} has {row.actual_columns} columns instead of"
        f" {row.expected_columns}: {row.text[:60]!r}"
    )
    return "error"


def _header(file: Any) -> dict[str, str]:  # noqa: ANN401 - a file of any system
    """Return the needed columns' names in the file, by our names."""
    first = file.readline(10_000)
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(
            "the file is neither Parquet nor CSV in UTF-8", "file"
        ) from None
    titles = [title.strip('"\r\n') for title in line.rstrip("\r\n").split(",")]
    return _named(titles)


def _named(titles: list[str]) -> dict[str, str]:
    plain = [title.strip().lower() for title in titles]
    needed = _needed(plain)
    for name in needed:
        if plain.count(name) != 1:
            there = ", ".join(titles)[:200]
            told = (
                "there is no column" if name not in plain else "there are two columns"
            )
            raise FileError(f"{told} {name}; there are: {there}", "file")
    return {name: titles[plain.index(name)] for name in needed}


def _needed(plain: list[str]) -> tuple[str, ...]:
    """Return the columns to read: of candles, unless the file can only hold trades."""
    there = set(plain)
    if not there >= set(NEEDED) and there >= set(OF_TRADES[1:]):
        return OF_TRADES
    return NEEDED


def _parquet(file: Any) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        parquet = pq.ParquetFile(file)
        if parquet.metadata.num_rows > MOST_ROWS:
            raise FileError(f"the file holds more than {MOST_ROWS:,} rows", "file")
        named = _named(parquet.schema_arrow.names)
        table = parquet.read(columns=list(named.values()))
    except (pa.ArrowException, OSError) as error:
        raise FileError(
            f"the file cannot be read as Parquet: {_plain(error)}", "file"
        ) from None
    table = table.select(list(named.values())).rename_columns(list(named))
    for name in named:
        if pa.types.is_nested(table.schema.field(name).type):
            raise FileError(f"the column {name} holds no plain values", "file")
    return table


def _times(
    column: Any,  # noqa: ANN401 - pyarrow is untyped
    unread: dict[int, tuple[Reason, str]],
    *,
    finer: bool,
) -> Integers:
    """Return milliseconds since 1970; a row that has none is noted in ``unread``.

    What is ``finer`` than a millisecond is no candle's time, but may be a trade's.
    """
    found = np.zeros(len(column), dtype=np.int64)
    for place, value in enumerate(_instants(column)):
        time = _time(value, finer=finer)
        if time is None or not OLDEST <= time < NEWEST:
            unread[place] = (Reason.NOT_A_TIME, TIMESTAMP)
        else:
            found[place] = time
    return found


def _instants(column: Any) -> list[object]:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - as above

    try:
        if pa.types.is_temporal(column.type):
            # Python's instants know microseconds; what is finer is no candle's time.
            column = column.cast(pa.timestamp("us", tz="UTC"))
        elif pa.types.is_string(column.type):
            column = column.cast(pa.int64())
    except pa.ArrowException:
        pass
    found: list[object] = column.to_pylist()
    return found


def _time(value: object, *, finer: bool) -> int | None:
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text):
            return int(text)
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return _milliseconds(value, finer=finer)
    if isinstance(value, float) and (finer or value.is_integer()):
        return int(value)
    return value if isinstance(value, int) else None


def _milliseconds(instant: datetime, *, finer: bool) -> int | None:
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    whole, rest = divmod(aware - _EPOCH, _MILLISECOND)
    return None if rest and not finer else whole


def _numbers(
    column: Any,  # noqa: ANN401 - pyarrow is untyped
    name: str,
    unread: dict[int, tuple[Reason, str]],
) -> Floats:
    import pyarrow as pa  # noqa: PLC0415 - as above

    try:
        if column.null_count or pa.types.is_decimal(column.type):
            raise pa.ArrowInvalid("to be read one by one")  # rounded once, by Python
        return cast("Floats", column.cast(pa.float64(), safe=False).to_numpy())
    except pa.ArrowException:
        return _one_by_one(column.to_pylist(), name, unread)


def _one_by_one(
    values: list[Any], name: str, unread: dict[int, tuple[Reason, str]]
) -> Floats:
    found = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        try:
            found[place] = float(str(value).replace("_", "?"))
        except (TypeError, ValueError):
            unread.setdefault(place, (Reason.NOT_A_NUMBER, name))
    return found


def _refuse_if_nothing_is_read(
    table: Any,  # noqa: ANN401 - pyarrow is untyped
    unread: Mapping[int, tuple[Reason, str]],
) -> None:
    if len(unread) < table.num_rows:
        return
    reason, name = unread[0]
    cell = str(table.column(name)[0].as_py())[:40]
    told = {
        Reason.NOT_A_TIME: "no time in milliseconds or ISO 8601, from 1990 to 2099",
        Reason.NOT_A_NUMBER: "no number",
    }
    raise FileError(f"row 1, column {name}: {cell!r} is {told[reason]}", "file")


def _plain(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
