"""A run as its chart shows it: candles, equity, drawdown and trades of a range."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from abtpro_saas.markets.drawing import bars_between, edges, merged, telling, width_for
from abtpro_saas.markets.store import joined
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.record import Reason, Record
from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

MOST_POINTS = 4_000
MOST_TRADES = 400
"""Trades whose marks can be told apart; of more, the chart shows none."""
PLACES = 8


@dataclass(frozen=True)
class View:
    """Which bars are asked for, [start, end) in ms, as how many points, of a symbol."""

    start: int | None = None
    end: int | None = None
    points: int = 1_500
    symbol: int = 0


def draw(
    record: Record, candles: Iterable[Candles] | None, view: View
) -> Mapping[str, Any]:
    """Return the columns of a chart; without ``candles``, closes alone.

    They may come in parts, one after the other. Candles at other times than the
    record's are not what it was computed from.
    """
    first, last = bars_in(record.time, view.start, view.end)
    points = min(max(view.points, 2), MOST_POINTS)
    length = record.step * width_for(_room(record, first, last), points, record.step)
    local = edges(record.time[first:last], length)
    starts = local + first
    bars = _merged(record.time[first:last], candles, record.step, length)
    curve = drawdown_curve(record)[first:last]
    held = record.initial * record.benchmark[first:last] / record.benchmark[0]
    return {
        "whole": [int(record.time[0]), int(record.time[-1]) + record.step],
        "step": length,
        "time": record.time[starts].tolist(),
        **_candle_columns(bars, _closes(record, view.symbol, first, last), local),
        "equity": _listed(telling(record.equity[first:last], local)),
        "held": _listed(telling(held, local)),
        "drawdown": _listed(np.minimum.reduceat(curve, local)),
        **_trades(record, view.symbol, first, last),
    }


def bars_in(time: Integers, start: int | None, end: int | None) -> tuple[int, int]:
    """Return the rows [first, last) of a range, one at least."""
    first = 0 if start is None else int(np.searchsorted(time, start))
    last = len(time) if end is None else int(np.searchsorted(time, end))
    first = min(first, len(time) - 1)
    return first, max(last, first + 1)


def _closes(record: Record, symbol: int, first: int, last: int) -> Floats:
    """Return what a record knows of closes: those of its first symbol."""
    if symbol:
        return np.full(last - first, np.nan)
    return record.benchmark[first:last]


def _room(record: Record, first: int, last: int) -> int:
    """Return how many bars have room where these rows are."""
    end = int(record.time[last - 1]) + record.step
    return bars_between(int(record.time[first]), end, record.step)


def _merged(
    time: Integers, parts: Iterable[Candles] | None, step: int, length: int
) -> Candles | None:
    """Return the candles that opened at ``time``, one for each ``length`` ms.

    None if they are not all there.
    """
    few, seen = [], 0
    for part in parts or ():
        if not len(part):
            continue
        until = int(np.searchsorted(time, part.time[-1], side="right"))
        chosen = _chosen(part, time[seen:until])
        if chosen is None:
            return None
        few.append(merged(chosen, edges(chosen.time, length)))
        seen = until
    if seen < len(time):
        return None
    whole = joined(few[0].symbol, step, few)
    return merged(whole, edges(whole.time, length))


def _chosen(candles: Candles, time: Integers) -> Candles | None:
    """Return the candles that opened at ``time``, or None if one is missing."""
    rows = np.searchsorted(candles.time, time)
    if not np.array_equal(candles.time[rows], time):
        return None
    columns = ("time", "open", "high", "low", "close", "volume")
    chosen = (getattr(candles, name)[rows] for name in columns)
    return Candles(candles.symbol, candles.step, *chosen)


def _candle_columns(
    bars: Candles | None, closes: Floats, starts: Integers
) -> dict[str, Any]:
    if bars is None:
        return {"close": _listed(telling(closes, starts))}
    return candle_columns(bars)


def candle_columns(bars: Candles) -> dict[str, Any]:
    """Return the columns of candles, without their times."""
    names = ("open", "high", "low", "close", "volume")
    return {name: _listed(getattr(bars, name)) for name in names}


def _trades(record: Record, symbol: int, first: int, last: int) -> dict[str, Any]:
    """Return the trades that are open in these bars, unless they are too many."""
    trades = record.trades
    inside = (trades.exit >= first) & (trades.entry < last) & (trades.symbol == symbol)
    rows = np.flatnonzero(inside)
    if len(rows) > MOST_TRADES:
        return {"trades": [], "too_many": len(rows)}
    columns = zip(
        rows.tolist(),
        trades.side[rows].tolist(),
        record.time[trades.entry[rows]].tolist(),
        record.time[trades.exit[rows]].tolist(),
        np.sign(trades.profit[rows]).astype(int).tolist(),
        (trades.reason[rows] == Reason.OPEN).tolist(),
        strict=True,
    )
    return {"trades": list(columns), "too_many": 0}


def _listed(values: Floats) -> list[float]:
    rounded: list[float] = np.round(values, PLACES).tolist()
    return rounded
