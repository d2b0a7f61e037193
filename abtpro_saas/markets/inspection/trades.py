"""Trades of a file turned to candles: what can be true of them, and what they cover."""

import numpy as np
from numpy.typing import NDArray

from abtpro_saas.markets.inspection.aside import (
    Checks,
    Reason,
    counted,
    listed,
    reasons_of,
    reordered,
)
from abtpro_saas.markets.inspection.passport import Inspection, inspect
from abtpro_saas.markets.inspection.reading import FileRows, TradeRows
from abtpro_saas.markets.inspection.tabular import FileError
from abtpro_saas.markets.resampling import candles_of_trades


def inspect_rows(
    rows: FileRows | TradeRows,
    symbol: str,
    step: int,
    now_ms: int,
    covered: tuple[int, int] | None = None,
) -> Inspection:
    """Return the candles of a file's rows, and which rows were put aside.

    Raises:
        FileError: ``covered`` was said of a file of candles.
    """
    if isinstance(rows, TradeRows):
        return inspect_trades(rows, symbol, step, now_ms, covered)
    if covered is not None:
        raise FileError("start and end are for files of trades", "start")
    return inspect(rows.candles, now_ms, rows.unread, rows.texts)


def inspect_trades(
    rows: TradeRows,
    symbol: str,
    step: int,
    now_ms: int,
    covered: tuple[int, int] | None = None,
) -> Inspection:
    """Return candles of the trades that can be true, in the order of their times.

    Equal trades all count: several fills of one order look the same. The file has all
    trades of [start, end), if that is ``covered``; else those from its first to its
    last alone, so that a candle at either end, of which some may be missing, is left
    out.
    """
    reasons = reasons_of(len(rows.time), rows.unread, _checks(rows))
    columns = {"price": rows.price, "amount": rows.amount}
    good = np.flatnonzero(reasons == 0)
    order = good[np.argsort(rows.time[good], kind="stable")]
    time = rows.time[order]
    start, end = covered or _span(time)
    return Inspection(
        candles=candles_of_trades(
            symbol,
            step,
            time,
            rows.price[order],
            rows.amount[order],
            start_ms=start,
            end_ms=min(end, now_ms),
        ),
        aside=listed(rows.time, columns, reasons, rows.unread, rows.texts),
        put_aside=counted(reasons),
        reordered=reordered(rows.time[good]),
        trades=len(order),
    )


def _span(time: NDArray[np.int64]) -> tuple[int, int]:
    return (int(time[0]), int(time[-1]) + 1) if len(time) else (0, 0)


def _checks(rows: TradeRows) -> Checks:
    finite = np.isfinite(rows.price) & np.isfinite(rows.amount)
    with np.errstate(invalid="ignore"):
        positive = (rows.price > 0) & (rows.amount > 0)
    return (Reason.NOT_FINITE, ~finite), (Reason.NOT_POSITIVE, ~positive)
