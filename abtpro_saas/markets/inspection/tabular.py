"""Files that somebody brings as tables: CSV and Parquet, columns by their names.

Columns stand in any order, and others than those asked for are left out. A file of
another shape is refused, naming what is wrong with it.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from abtpro_saas.errors import InvalidError

MOST_ROWS = 3_000_000
"""More than four years of minutes."""

_PARQUET = b"PAR1"
_LONGEST_ROW = 1 << 20
"""Bytes."""
_HIDDEN = re.compile(r"(?:\\x00|[\x00-\x1f\x7f-\x9f])+")


class FileError(InvalidError):
    """The file cannot be read; the message names row and column."""

    code = "unreadable_file"


@dataclass(frozen=True)
class Column:
    """A column by our name and others that it may have, all in small letters."""

    name: str
    others: tuple[str, ...] = ()
    needed: bool = True


Choice = Callable[[Collection[str]], Sequence[Column]]
"""Which columns to read, where these titles are there."""


def read_table(file: Any, choice: Choice) -> Any:  # noqa: ANN401 - a file of any system; pyarrow is untyped
    """Return the chosen columns of an open CSV or Parquet file, by our names.

    Raises:
        FileError: it is neither, misses a column, or holds no rows or too many.
    """
    begins = file.read(len(_PARQUET))
    file.seek(0)
    table = _parquet(file, choice) if begins == _PARQUET else _csv(file, choice)
    if not table.num_rows:
        raise FileError("the file holds no rows", "file")
    if table.num_rows > MOST_ROWS:
        raise FileError(f"the file holds more than {MOST_ROWS:,} rows", "file")
    return table


def _csv(file: Any, choice: Choice) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s, for who reads a file alone
    from pyarrow import csv  # noqa: PLC0415 - as above

    named = _named(_header(file), choice)
    file.seek(0)
    odd: list[str] = []
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(named.values(), pa.binary()),
        include_columns=list(named.values()),
        strings_can_be_null=False,
    )
    parsing = csv.ParseOptions(invalid_row_handler=partial(_note_row, odd))
    try:
        table = csv.read_csv(file, _reading(), parsing, options)
    except pa.ArrowMemoryError:
        raise  # the file is too large, and not unreadable
    except pa.ArrowException as error:
        why = odd[0] if odd else _why(error)
        raise FileError(f"the file cannot be read as CSV: {why}", "file") from None
    texts = [_text(column) for column in table.columns]
    return pa.table(dict(zip(named, texts, strict=True)))


def _reading() -> Any:  # noqa: ANN401 - pyarrow is untyped
    from pyarrow import csv  # noqa: PLC0415 - as above

    # One thread alone knows the number of a row.
    return csv.ReadOptions(use_threads=False, block_size=_LONGEST_ROW)


def _why(error: BaseException) -> str:
    if "straddl" in str(error):
        return f"a row is longer than {_LONGEST_ROW:,} bytes"
    return _plain(error)


def shown(text: str) -> str:
    """Return a text in one line; what cannot be shown is one mark, however long."""
    return _HIDDEN.sub("\ufffd", " ".join(text.split()))


def _text(column: Any) -> Any:  # noqa: ANN401 - pyarrow is untyped
    """Return cells as text; a byte that is no UTF-8 becomes the mark of such a byte.

    So the cell is no number and no time, and costs its row alone.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above

    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        cells = (each.decode("utf-8", "replace") for each in column.to_pylist())
        return pa.array(cells, pa.string())


def _note_row(odd: list[str], row: Any) -> str:  # noqa: ANN401 - pyarrow is untyped
    odd.append(
        f"line {row.number} has {row.actual_columns} columns instead of"
        f" {row.expected_columns}: {shown(row.text)[:60]!r}"
    )
    return "error"


def _header(file: Any) -> list[str]:  # noqa: ANN401 - a file of any system
    first = file.readline(10_000)
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(
            "the file is neither Parquet nor CSV in UTF-8", "file"
        ) from None
    return [title.strip('"\r\n') for title in line.rstrip("\r\n").split(",")]


def _named(titles: list[str], choice: Choice) -> dict[str, str]:
    """Return the chosen columns' titles in the file, by our names."""
    plain = [title.strip().lower() for title in titles]
    named = {}
    for column in choice(set(plain)):
        known = (column.name, *column.others)
        found = [titles[n] for n, title in enumerate(plain) if title in known]
        if len(found) > 1 or (column.needed and not found):
            told = "there are two columns" if found else "there is no column"
            there = shown(", ".join(titles))[:200]
            raise FileError(f"{told} {column.name}; there are: {there}", "file")
        if found:
            named[column.name] = found[0]
    return named


def _parquet(file: Any, choice: Choice) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        parquet = pq.ParquetFile(file)
        if parquet.metadata.num_rows > MOST_ROWS:
            raise FileError(f"the file holds more than {MOST_ROWS:,} rows", "file")
        named = _named(parquet.schema_arrow.names, choice)
        table = parquet.read(columns=list(named.values()))
    except pa.ArrowMemoryError:
        raise  # as above
    except (pa.ArrowException, OSError) as error:
        raise FileError(
            f"the file cannot be read as Parquet: {_plain(error)}", "file"
        ) from None
    table = table.select(list(named.values())).rename_columns(list(named))
    for name in named:
        if pa.types.is_nested(table.schema.field(name).type):
            raise FileError(f"the column {name} holds no plain values", "file")
    return table


def _plain(error: BaseException) -> str:
    return shown(str(error))[:200]
