"""Trades of a file turned to candles: what can be true of them, and what they cover."""

import numpy as np
from numpy.typing import NDArray

from abtpro_saas.markets.inspection.aside import (
    Checks,
    Reason,
    beyond,
    counted,
    listed,
    reasons_of,
    reordered,
)
from abtpro_saas.markets.inspection.passport import Inspection, inspect
from abtpro_saas.markets.inspection.reading import FileRows, TradeRows
from abtpro_saas.markets.inspection.tabular import FileError
from abtpro_saas.markets.resampling import candles_of_trades
from abtpro_saas.plugins.api.candles import Candles


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
    trades of [start, end), if that is ``covered``, and what lies outside is put aside;
    else it has those from its first to its last alone. A candle at either end, of which
    some may be missing, is left out, and its trades are not among those used.
    """
    reasons = reasons_of(len(rows.time), rows.unread, _checks(rows, now_ms, covered))
    columns = {"price": rows.price, "amount": rows.amount}
    good = np.flatnonzero(reasons == 0)
    order = good[np.argsort(rows.time[good], kind="stable")]
    time = rows.time[order]
    start, end = covered or _span(time)
    candles = candles_of_trades(
        symbol,
        step,
        time,
        rows.price[order],
        rows.amount[order],
        start_ms=start,
        end_ms=min(end, now_ms),
    )
    used = _within(candles, time)
    return Inspection(
        candles=candles,
        aside=listed(rows.time, columns, reasons, rows.unread, rows.texts),
        put_aside=counted(reasons),
        reordered=reordered(rows.time[good]),
        trades=used,
        cut=len(order) - used,
    )


def _span(time: NDArray[np.int64]) -> tuple[int, int]:
    return (int(time[0]), int(time[-1]) + 1) if len(time) else (0, 0)


def _within(candles: Candles, time: NDArray[np.int64]) -> int:
    """Return how many of the trades at these times candles were made of.

    Each candle between the first and the last has all of its own.
    """
    if not len(candles):
        return 0
    ends = int(candles.time[0]), int(candles.time[-1]) + candles.step
    first, last = np.searchsorted(time, ends)
    return int(last - first)


def _checks(rows: TradeRows, now_ms: int, covered: tuple[int, int] | None) -> Checks:
    finite = np.isfinite(rows.price) & np.isfinite(rows.amount)
    with np.errstate(invalid="ignore"):
        positive = (rows.price > 0) & (rows.amount > 0)
    start, end = covered or (0, now_ms)
    return (
        (Reason.NOT_FINITE, ~finite),
        (Reason.NOT_POSITIVE, ~positive),
        (Reason.OUT_OF_RANGE, beyond(rows.price)),
        (Reason.TO_COME, rows.time >= now_ms),
        (Reason.OUT_OF_SPAN, (rows.time < start) | (rows.time >= end)),
    )
