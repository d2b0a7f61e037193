"""Files of funding rates that somebody brings: CSV and Parquet, without guessing.

Columns ``timestamp`` (milliseconds since 1970, or ISO 8601; without an offset it is
UTC), ``rate`` (or ``funding_rate``, ``fundingRate``) and, if it is known, ``mark``, in
any order; others are left out. A rate is a fraction: 0.0001 is a hundredth of a
percent. A row without a mark has none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.inspection.aside import Texts, Unread
from abtpro_saas.markets.inspection.cells import (
    TIMESTAMP,
    Noted,
    numbers,
    numbers_if_any,
    refuse_if_nothing_is_read,
    texts_of,
    times,
)
from abtpro_saas.markets.inspection.tabular import Column, read_table

RATE, MARK = "rate", "mark"
OF_FUNDING = (TIMESTAMP, RATE, MARK)
_COLUMNS = (
    Column(TIMESTAMP),
    Column(RATE, ("funding_rate", "fundingrate")),
    Column(MARK, needed=False),
)


@dataclass(frozen=True)
class FundingRows:
    """The rows of a file as they stand there; of ``unread`` rows a cell is missing."""

    rates: FundingRates
    unread: Unread = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)


def read_funding(file: Any) -> FundingRows:  # noqa: ANN401 - a file of any system
    """Return the rows of an open CSV or Parquet file.

    Raises:
        FileError: it is neither, misses a column, or holds no rows or too many.
    """
    table = read_table(file, _choice)
    unread: Noted = {}
    time = times(table.column(TIMESTAMP), unread, finer=False)
    rate = numbers(table.column(RATE), RATE, unread)
    mark = np.full(len(time), np.nan)
    if MARK in table.column_names:
        mark = numbers_if_any(table.column(MARK), MARK, unread)
    refuse_if_nothing_is_read(table, unread)
    texts = texts_of(table, unread)
    return FundingRows(FundingRates(time, rate, mark), unread, texts)


def _choice(_: Collection[str]) -> Sequence[Column]:
    return _COLUMNS
