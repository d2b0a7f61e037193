"""The cells of a table: times and numbers, without guessing.

A time is milliseconds since 1970, or ISO 8601; without an offset it is UTC. A cell that
is no time or no number costs its row alone, which is noted by its place.
"""

import re
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, cast

import numpy as np

from abtpro_saas.markets.inspection.aside import MOST_LISTED, Reason, Texts, Unread
from abtpro_saas.markets.inspection.tabular import FileError, shown
from abtpro_saas.plugins.api.candles import Floats, Integers

TIMESTAMP = "timestamp"
LONGEST = 40
"""Of a cell that cannot be read so many letters are told."""
OLDEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * 1000
NEWEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1000

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Noted = dict[int, tuple[Reason, str]]
"""Rows that a cell is missing of, as they are found."""


def times(
    column: Any,  # noqa: ANN401 - pyarrow is untyped
    unread: Noted,
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
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s, for who reads a file alone

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
    if isinstance(value, float) and isfinite(value) and (finer or value.is_integer()):
        return int(value)
    return value if isinstance(value, int) else None


def _milliseconds(instant: datetime, *, finer: bool) -> int | None:
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    whole, rest = divmod(aware - _EPOCH, _MILLISECOND)
    return None if rest and not finer else whole


def numbers(
    column: Any,  # noqa: ANN401 - pyarrow is untyped
    name: str,
    unread: Noted,
) -> Floats:
    """Return 64-bit floats; a row that has none is noted in ``unread``."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    try:
        if column.null_count or pa.types.is_decimal(column.type):
            raise pa.ArrowInvalid("to be read one by one")  # rounded once, by Python
        return cast("Floats", column.cast(pa.float64(), safe=False).to_numpy())
    except pa.ArrowException:
        return _one_by_one(column.to_pylist(), name, unread)


def numbers_if_any(
    column: Any,  # noqa: ANN401 - pyarrow is untyped
    name: str,
    unread: Noted,
) -> Floats:
    """Return the same where a cell may be empty: what is not known is NaN."""
    values = ("nan" if _is_empty(each) else each for each in column.to_pylist())
    return _one_by_one(list(values), name, unread)


def _is_empty(value: object) -> bool:
    return value is None or not str(value).strip()


def _one_by_one(values: list[Any], name: str, unread: Noted) -> Floats:
    found = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        try:
            found[place] = float(str(value).replace("_", "?"))
        except (TypeError, ValueError):
            unread.setdefault(place, (Reason.NOT_A_NUMBER, name))
    return found


def texts_of(table: Any, unread: Unread) -> Texts:  # noqa: ANN401 - pyarrow is untyped
    """Return what stands in cells that could not be read, of the first such rows."""
    first = sorted(unread)[:MOST_LISTED]
    return {place: _text(table, unread[place][1], place) for place in first}


def _text(table: Any, name: str, place: int) -> str:  # noqa: ANN401 - as above
    value = table.column(name)[place].as_py()
    return "" if value is None else shown(str(value))[:LONGEST]


def refuse_if_nothing_is_read(
    table: Any,  # noqa: ANN401 - pyarrow is untyped
    unread: Unread,
) -> None:
    """Refuse a table of which not one row could be read.

    Raises:
        FileError: it says what is wrong with the first.
    """
    if len(unread) < table.num_rows:
        return
    reason, name = unread[0]
    cell = _text(table, name, 0)
    told = {
        Reason.NOT_A_TIME: "no time in milliseconds or ISO 8601, from 1990 to 2099",
        Reason.NOT_A_NUMBER: "no number",
    }
    raise FileError(f"row 1, column {name}: {cell!r} is {told[reason]}", "file")
