"""What a walk comes to: one account that went through all tests, one after another.

Each window starts with what the one before left, and with no position: one that is open
when a test ends is closed at its last close, for the taker's fee.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.results import decimate
from abtpro_saas.backtesting.robustness.walking import WindowResult
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.overfitting import walk_forward_efficiency
from abtpro_saas.performance.record import Reason, Record, Trades
from abtpro_saas.performance.undefined import UndefinedError
from abtpro_saas.plugins.api.parameters import Value

POINTS = 400
"""Of a curve that is drawn."""
YEARLY = "annual_return"
"""What efficiency compares: a year's return, not compounded, so that weeks bear it."""

_MONEY = ("size", "profit", "fees", "funding", "slippage")


def join(records: Sequence[Record], taker: float) -> Record:
    """Return the account that went through all records, ``taker`` the fee between them.

    Raises:
        ValueError: there are none.
    """
    parts, level, bar = [], records[0].initial, 0
    for place, each in enumerate(records):
        closed = each if place == len(records) - 1 else _closed(each, taker)
        parts.append(_moved(closed, level / each.initial, bar))
        level, bar = float(parts[-1].equity[-1]), bar + len(each.time)
    trades: dict[str, Any] = {
        each.name: np.concatenate([getattr(part.trades, each.name) for part in parts])
        for each in fields(Trades)
    }
    series: dict[str, Any] = {
        name: np.concatenate([getattr(each, name) for each in parts])
        for name in ("time", "equity", "exposure", "benchmark")
    }
    return replace(
        records[0],
        **series,
        trades=Trades(**trades),
        rejected=sum(each.rejected for each in records),
        inside=None,
    )


def _closed(record: Record, taker: float) -> Record:
    """Return a record whose open trades were closed at the last close."""
    trades = record.trades
    still = trades.reason == Reason.OPEN
    if not still.any():
        return record
    # A trip that was left in part has fewer units than were entered: the exposure
    # says what is left, so the fee is shared by value.
    worth = np.where(still, trades.size * trades.exit_price, 0.0)
    fees = taker * float(record.exposure[-1]) * worth / worth.sum()
    equity = record.equity.copy()
    equity[-1] -= fees.sum()
    return replace(
        record,
        equity=np.maximum(equity, 0.0),
        trades=replace(
            trades,
            profit=trades.profit - fees,
            fees=trades.fees + fees,
            reason=np.where(still, int(Reason.SIGNAL), trades.reason),
        ),
    )


def _moved(record: Record, scale: float, bar: int) -> Record:
    """Return a record of a larger or smaller account, ``bar`` bars later."""
    trades = record.trades
    money = {name: getattr(trades, name) * scale for name in _MONEY}
    moved = replace(trades, entry=trades.entry + bar, exit=trades.exit + bar, **money)
    return replace(
        record,
        equity=record.equity * scale,
        exposure=record.exposure * scale,
        trades=moved,
    )


def findings(order: Order, results: Sequence[WindowResult]) -> dict[str, Any]:
    """Return what a walk has found, ready for JSON; ``results`` in their order."""
    joined = join([each.record for each in results], order.setup.costs.taker)
    measured = measure(joined)
    metrics = {key: each.value for key, each in measured.items()}
    ends = [each is results[-1] for each in results]
    return {
        "windows": [
            _window(each, joined.step) | {"trades": _closed_in(each, is_last=is_last)}
            for each, is_last in zip(results, ends, strict=True)
        ],
        "metrics": metrics,
        "undefined": {
            key: each.reason
            for key, each in measured.items()
            if each.reason is not None
        },
        "equity": drawn(joined),
        "held": _held(joined),
        "efficiency": _efficiency(
            _mean([each.in_sample.get(YEARLY) for each in results]), metrics[YEARLY]
        ),
        "profitable_windows": sum(
            float(each.record.equity[-1]) > each.record.initial for each in results
        ),
        "empty_windows": sum(each.values is None for each in results),
        "trials": sum(each.stats.count for each in results),
        "drift": drift([each.values for each in results]),
    }


def _window(result: WindowResult, step: int) -> dict[str, Any]:
    window, time = result.window, result.record.time
    lengths = window.end - window.start, window.test_end - window.test_start
    seen, unseen = result.in_sample.get(YEARLY), result.out_of_sample.get(YEARLY)
    return {
        "number": window.number,
        "train_bars": lengths[0],
        "test_bars": lengths[1],
        "test_start": int(time[0]),
        "test_end": int(time[-1]) + step,
        "parameters": None if result.values is None else dict(result.values),
        "in_sample": dict(result.in_sample),
        "out_of_sample": dict(result.out_of_sample),
        "efficiency": _efficiency(seen, unseen),
        "trials": result.stats.count,
    }


def _closed_in(result: WindowResult, *, is_last: bool) -> int:
    """Return how many closed trades the joined account has of a window.

    What is open at its end is closed there, but after the last one.
    """
    trades = result.record.trades
    return len(trades) - (int((trades.reason == Reason.OPEN).sum()) if is_last else 0)


def _held(record: Record) -> list[list[float]]:
    """Return [time, equity] pairs of who bought at the first close and sat still."""
    worth = record.initial * record.benchmark / record.benchmark[0]
    return drawn(replace(record, equity=worth))


def _efficiency(seen: float | None, unseen: float | None) -> float | None:
    """Return walk-forward efficiency, None where nothing was earned in training."""
    if seen is None or unseen is None:
        return None
    try:
        return walk_forward_efficiency(seen, unseen)
    except UndefinedError:
        return None


def _mean(values: Sequence[float | None]) -> float | None:
    there = [each for each in values if each is not None]
    return sum(there) / len(there) if there else None


def drawn(record: Record, points: int = POINTS) -> list[list[float]]:
    """Return [time, equity] pairs of a curve, at most ``points``."""
    rows = decimate(record.equity, points)
    pairs = zip(record.time[rows].tolist(), record.equity[rows].tolist(), strict=True)
    return [list(each) for each in pairs]


def drift(chosen: Sequence[Mapping[str, Value] | None]) -> dict[str, Any]:
    """Return how parameters that were not always the same went through the windows.

    ``changes`` counts the windows that chose otherwise than the one before; ``spread``
    is the standard deviation of numbers by their mean's size, None of words.
    """
    made = [each for each in chosen if each is not None]
    found = {}
    for name in made[0] if made else ():
        values = [each[name] for each in made]
        if len(set(values)) > 1:
            changes = sum(a != b for a, b in pairwise(values))
            found[name] = {
                "values": values,
                "changes": changes,
                "spread": _spread(values),
            }
    return found


def _spread(values: Sequence[Value]) -> float | None:
    numbers = [float(each) for each in values if not isinstance(each, str)]
    if len(numbers) < len(values):
        return None
    mean = abs(float(np.mean(numbers)))
    return float(np.std(numbers, ddof=1)) / mean if mean else None
