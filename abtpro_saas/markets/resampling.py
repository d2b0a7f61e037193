"""Candles of a higher time frame, from lower ones or from trades.

Only whole buckets become candles, aligned to UTC (weeks to Monday): a bucket with a
candle missing is a gap above as below, never a candle that knows half of its time.
Volumes that are decimals are added exactly, others from the oldest to the newest, so
the same input gives the same bits on any machine.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.columns import NAMES, places_of
from abtpro_saas.markets.timeframes import (
    TimeframeError,
    ceil_to,
    floor_to,
    floors,
    name_of,
)
from abtpro_saas.plugins.api.candles import Candles, Floats, Integers


def resample(candles: Candles, step: int) -> Candles:
    """Return the candles of ``step`` milliseconds that ``candles`` make up wholly.

    Raises:
        TimeframeError: ``step`` is no multiple of the step that is there.
    """
    if step == candles.step:
        return candles
    if step < candles.step or step % candles.step:
        raise TimeframeError(
            f"{name_of(step)} cannot be made of {name_of(candles.step)}", "timeframe"
        )
    many = step // candles.step
    rows = _whole(candles.time, candles.step, step)[:, None] + np.arange(many)
    return Candles(
        symbol=candles.symbol,
        step=step,
        time=candles.time[rows[:, 0]],
        open=candles.open[rows[:, 0]],
        high=candles.high[rows].max(axis=1, initial=-np.inf),
        low=candles.low[rows].min(axis=1, initial=np.inf),
        close=candles.close[rows[:, -1]],
        volume=_sums(candles.volume[rows]),
    )


def resampled(parts: Iterable[Candles], step: int) -> Iterator[Candles]:
    """Yield ``resample`` of ``parts``, which follow each other, one at a time.

    What a part has of a bucket that may go on in the next one waits for that.
    """
    left: Candles | None = None
    for part in parts:
        known = _after(left, part)
        if not len(known):
            continue
        last = floor_to(int(known.time[-1]), step)
        row = int(np.searchsorted(known.time, last))
        left = known[row:]
        yield resample(known[:row], step)
    if left is not None:
        yield resample(left, step)


def _after(left: Candles | None, part: Candles) -> Candles:
    if left is None:
        return part
    columns = (
        np.concatenate([getattr(left, name), getattr(part, name)]) for name in NAMES
    )
    return Candles(part.symbol, part.step, *columns)


def _whole(time: Integers, small: int, large: int) -> Integers:
    """Return the places at which a bucket begins of which no candle is missing."""
    many = large // small
    if len(time) < many:
        return np.empty(0, dtype=np.int64)
    first = time[: len(time) - many + 1]
    last = time[many - 1 :]
    begins = floors(first, large) == first
    return np.flatnonzero(begins & (last - first == large - small))


def _sums(rows: Floats) -> Floats:
    """Return the sum of each row: exact for decimals, else added from left to right."""
    places = places_of(rows.reshape(-1))
    if places is not None:
        whole = np.rint(rows * 10**places).astype(np.int64).sum(axis=1)
        return np.asarray(whole / 10**places, dtype=np.float64)
    total = np.zeros(len(rows))
    for column in range(rows.shape[1]):
        total = total + rows[:, column]
    return total


def candles_of_trades(
    symbol: str,
    step: int,
    time: Integers,
    price: Floats,
    amount: Floats,
    *,
    start_ms: int,
    end_ms: int,
) -> Candles:
    """Return the candles that trades make, which cover [start, end) completely.

    ``time`` never falls; trades of one millisecond stand in their order. A bucket
    without a trade has no candle, and one that is not wholly in [start, end) has none.

    Raises:
        InvalidError: the times fall, or a price or an amount is not positive.
    """
    _check_trades(time, price, amount)
    first, last = ceil_to(start_ms, step), floor_to(end_ms, step)
    inside = slice(*np.searchsorted(time, [first, max(first, last)]).tolist())
    time, price, amount = time[inside], price[inside], amount[inside]
    if not len(time):
        nothing = np.empty(0)
        return Candles(symbol, step, np.empty(0, dtype=np.int64), *[nothing] * 5)
    opened = floors(time, step)
    starts = np.flatnonzero(np.diff(opened, prepend=opened[0] - step))
    ends = np.append(starts[1:], len(time)) - 1
    bucket = np.repeat(np.arange(len(starts)), ends - starts + 1)
    return Candles(
        symbol=symbol,
        step=step,
        time=opened[starts],
        open=price[starts],
        high=np.maximum.reduceat(price, starts),
        low=np.minimum.reduceat(price, starts),
        close=price[ends],
        volume=_added(bucket, amount),
    )


def _added(bucket: Integers, amount: Floats) -> Floats:
    """Return the sum of each bucket, added in the order of the trades."""
    return np.asarray(np.bincount(bucket, weights=amount), dtype=np.float64)


def _check_trades(time: Integers, price: Floats, amount: Floats) -> None:
    fallen = np.flatnonzero(np.diff(time) < 0)
    if len(fallen):
        raise InvalidError(f"trade {fallen[0] + 2} is older than the one before it")
    for name, values in (("price", price), ("amount", amount)):
        wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if len(wrong):
            raise InvalidError(f"trade {wrong[0] + 1}: the {name} is not positive")
