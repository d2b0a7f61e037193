"""From a market and fills to the record."""

from collections.abc import Sequence

import numpy as np

from abtpro_saas.backtesting.engines.loops.ledger import (
    TRADE_WIDTH,
    Table,
    settle,
    sound,
)
from abtpro_saas.backtesting.engines.port import UnsupportedError
from abtpro_saas.backtesting.indicators.compiling import fixed
from abtpro_saas.performance.record import Inside, Record, Trades
from abtpro_saas.plugins.api.candles import Candles, Floats

COLUMNS = ("open", "high", "low", "close")
PROFIT = 7
"""The column of profit in what the ledger leaves of a trade."""


def table_of(market: Sequence[Candles]) -> Table:
    """Return the prices of all symbols; those of one alone are not copied.

    Raises:
        UnsupportedError: there are no candles, their times differ, or a price is none.
    """
    if not market or not len(market[0]):
        raise UnsupportedError("there are no candles")
    for each in market[1:]:
        if not np.array_equal(each.time, market[0].time):
            raise UnsupportedError("the candles of all symbols must share their times")
    opens, highs, lows, closes = (_stacked(market, name) for name in COLUMNS)
    if not sound(opens, highs, lows, closes):
        raise UnsupportedError(_unsound((opens, highs, lows, closes)))
    return opens, highs, lows, closes


def _stacked(market: Sequence[Candles], name: str) -> Floats:
    arrays = [getattr(each, name) for each in market]
    return fixed(arrays[0])[None, :] if len(arrays) == 1 else fixed(np.stack(arrays))


def _unsound(table: Table) -> str:
    columns = zip(COLUMNS, table, strict=True)
    names = [name for name, prices in columns if not 0.0 < prices.min() < np.inf]
    return f"each {(names or ['high'])[0]} must be a number above zero"


def record_of(
    market: Sequence[Candles],
    table: Table,
    initial: float,
    fills: Floats,
    rejected: int,
    *,
    inside: Inside | None = None,
    paid: Floats | None = None,
) -> Record:
    """Return the record that the fills leave, and the funding ``paid``.

    That has a row for each payment: the trade, the candle, the amount.
    """
    first = market[0]
    # NumPy's large arrays come in huge pages; a loop's own take longer to touch.
    equity, exposure = np.empty(len(first)), np.empty(len(first))
    trades = settle(fixed(fills), table, initial, equity, exposure)
    funding = np.zeros(len(trades))
    if paid is not None:
        funding = _funding(paid[:, 2], paid, len(trades))
        known = np.nan_to_num(paid[:, 2])
        trades[:, PROFIT] -= _funding(known, paid, len(trades))
        equity -= _paid_until(known, paid, len(first))
    return Record(
        symbols=tuple(each.symbol for each in market),
        step=first.step,
        time=first.time,
        initial=initial,
        equity=equity,
        exposure=exposure,
        benchmark=first.close,
        trades=_trades(trades, funding),
        rejected=int(rejected),
        inside=inside,
    )


def _funding(amounts: Floats, paid: Floats, trades: int) -> Floats:
    """Return the funding of each trade: NaN if one of its payments is not known."""
    funding = np.zeros(trades)
    np.add.at(funding, paid[:, 0].astype(np.int64), amounts)
    return funding


def _paid_until(amounts: Floats, paid: Floats, bars: int) -> Floats:
    """Return what was paid up to each close."""
    at_bar = np.zeros(bars)
    np.add.at(at_bar, paid[:, 1].astype(np.int64), amounts)
    return np.cumsum(at_bar)


def _trades(rows: Floats, funding: Floats) -> Trades:
    floats = [np.ascontiguousarray(rows[:, at]) for at in range(TRADE_WIDTH)]
    symbol, side, entry, left, reason = (
        floats[at].astype(np.int64) for at in (0, 1, 2, 3, 12)
    )
    return Trades(
        symbol=symbol,
        side=side,
        entry=entry,
        exit=left,
        entry_price=floats[4],
        exit_price=floats[5],
        size=floats[6],
        profit=floats[7],
        fees=floats[8],
        funding=funding,
        slippage=floats[9],
        mae=floats[10],
        mfe=floats[11],
        reason=reason,
    )
