"""Files of candles or trades that somebody brings: CSV and Parquet, without guessing.

Columns ``timestamp`` (milliseconds since 1970, or ISO 8601; without an offset it is
UTC), ``open``, ``high``, ``low``, ``close``, ``volume``, in any order; others are left
out. A file that lacks them, and has ``timestamp``, ``price`` and ``amount``, holds
trades. One of another shape is refused, naming row and column. A cell that is no
number or no time costs its row alone, which is put aside by name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from abtpro_saas.markets.columns import COLUMNS
from abtpro_saas.markets.inspection.aside import Texts, Unread
from abtpro_saas.markets.inspection.cells import (
    TIMESTAMP,
    Noted,
    numbers,
    refuse_if_nothing_is_read,
    texts_of,
    times,
)
from abtpro_saas.markets.inspection.tabular import Column, read_table
from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

NEEDED = (TIMESTAMP, *COLUMNS)
OF_TRADES = (TIMESTAMP, "price", "amount")


@dataclass(frozen=True)
class FileRows:
    """The rows of a file as they stand there; of ``unread`` rows a cell is missing."""

    candles: Candles
    unread: Unread = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class TradeRows:
    """The same of a file of trades; times are rounded down to milliseconds."""

    time: Integers
    price: Floats
    amount: Floats
    unread: Unread = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)


def read_file(file: Any, symbol: str, step: int) -> FileRows | TradeRows:  # noqa: ANN401 - a file of any system
    """Return the rows of an open CSV or Parquet file.

    Raises:
        FileError: it is neither, misses a column, or holds no rows or too many.
    """
    table = read_table(file, _choice)
    unread: Noted = {}
    are_trades = OF_TRADES[1] in table.column_names
    time = times(table.column(TIMESTAMP), unread, finer=are_trades)
    names = OF_TRADES[1:] if are_trades else COLUMNS
    values = [numbers(table.column(name), name, unread) for name in names]
    refuse_if_nothing_is_read(table, unread)
    texts = texts_of(table, unread)
    if are_trades:
        price, amount = values
        return TradeRows(time, price, amount, unread, texts)
    return FileRows(Candles(symbol, step, time, *values), unread, texts)


def _choice(there: Collection[str]) -> Sequence[Column]:
    """Return the columns to read: of candles, unless the file can only hold trades."""
    are_trades = not set(there) >= set(NEEDED) and set(there) >= set(OF_TRADES[1:])
    return [Column(name) for name in (OF_TRADES if are_trades else NEEDED)]
