"""Tables of a record: by day, week, month and year (UTC), and by what trades share.

Crypto markets and exchanges count UTC days, whatever the reader's zone; weeks begin on
Mondays. Trades count where they were closed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abtpro_saas.performance.arithmetic.calendar import (
    SECOND_MS,
    Period,
    last_bars,
    start_of,
)
from abtpro_saas.performance.arithmetic.days import returns_of
from abtpro_saas.performance.arithmetic.deals import profit_shares
from abtpro_saas.performance.record import Integers, Reason, Record

__all__ = ["Period", "by_period", "by_reason", "by_side", "by_symbol"]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period: ``starts_at`` in ms since 1970; the return in percent.

    The first and the last period count as far as the record goes.
    """

    starts_at: int
    equity: float
    profit: float
    return_percent: float
    trades: int
    winning_trades: int


def by_period(record: Record, period: Period) -> list[PeriodRow]:
    """Return the periods that have bars, oldest first.

    Their profits sum to the net profit, their returns compound to the total return.
    """
    last = last_bars(record.time, period)
    levels = np.append(record.initial, record.equity[last])
    columns = (
        start_of(record.time[last], period),
        levels[1:],
        np.diff(levels),
        100 * returns_of(levels),
        *_closed(record, last),
    )
    return [PeriodRow(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]


def _closed(record: Record, last: Integers) -> tuple[Integers, Integers]:
    """Return how many trades were closed until each of the bars, and of them won."""
    trades = record.trades
    closed = trades.reason != Reason.OPEN
    rows = np.searchsorted(last, trades.exit[closed])
    won = rows[trades.profit[closed] > 0]
    return np.bincount(rows, minlength=len(last)), np.bincount(won, minlength=len(last))


@dataclass(frozen=True, slots=True)
class TradeRow:
    """Trades with one thing in common; ``profit`` of the open ones is unrealised.

    ``average_percent`` is the mean profit by the entry's value, ``average_seconds`` the
    mean time held.
    """

    name: str
    trades: int
    winning_trades: int
    profit: float
    average_percent: float
    average_seconds: float


def by_symbol(record: Record) -> list[TradeRow]:
    """Return a row for each symbol that was traded, the most profitable first."""
    rows = _grouped(record, record.trades.symbol, lambda key: record.symbols[key])
    return sorted(rows, key=lambda row: -row.profit)


def by_side(record: Record) -> list[TradeRow]:
    """Return a row for ``long`` and for ``short``, if there are such trades."""
    sides = {1: "long", -1: "short"}
    return _grouped(record, -record.trades.side, lambda key: sides[-key])


def by_reason(record: Record) -> list[TradeRow]:
    """Return a row for each reason for which trades ended, ``open`` among them."""
    return _grouped(record, record.trades.reason, lambda key: Reason(key).name.lower())


def _grouped(
    record: Record, keys: Integers, name_of: Callable[[int], str]
) -> list[TradeRow]:
    trades = record.trades
    seconds = (record.time[trades.exit] - record.time[trades.entry]) / SECOND_MS
    shares = profit_shares(trades)
    rows = []
    for key in np.unique(keys):
        same = keys == key
        profits = trades.profit[same]
        won, total = int((profits > 0).sum()), float(profits.sum())
        means = 100 * float(shares[same].mean()), float(seconds[same].mean())
        rows.append(TradeRow(name_of(int(key)), len(profits), won, total, *means))
    return rows
