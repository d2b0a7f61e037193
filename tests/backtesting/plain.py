"""Indicators a second time: slow, in plain Python, from their definitions.

None stands where there is no value yet.
"""

from itertools import pairwise
from math import fsum, sqrt

import numpy as np


def same(array, expected, within=0.0):
    """Tell whether an indicator says what the plain one does; 0 is to the last bit."""
    wanted = np.array([np.nan if x is None else x for x in expected], dtype=np.float64)
    if within == 0.0:
        return np.array_equal(array, wanted, equal_nan=True)
    return np.allclose(array, wanted, rtol=within, atol=0.0, equal_nan=True)


def windows(values, period):
    """Yield each row's last ``period`` values, or None."""
    for i in range(len(values)):
        yield list(values[i - period + 1 : i + 1]) if i >= period - 1 else None


def sma(values, period):
    return [w and fsum(w) / period for w in windows(values, period)]


def smoothed(values, period, weight):
    out, average = [], None
    for i, value in enumerate(values):
        if i == period - 1:
            average = fsum(values[:period]) / period
        elif average is not None:
            average = average * (1.0 - weight) + value * weight
        out.append(average)
    return out


def ema(values, period):
    return smoothed(values, period, 2.0 / (1.0 + period))


def rsi(values, period):
    pairs = list(pairwise(values))
    gains = smoothed([max(b - a, 0.0) for a, b in pairs], period, 1.0 / period)
    losses = smoothed([max(a - b, 0.0) for a, b in pairs], period, 1.0 / period)
    return [None, *map(strength, gains, losses)][: len(values)]


def strength(gain, loss):
    if gain is None:
        return None
    if loss == 0.0:
        return 100.0 if gain > 0.0 else 50.0
    return 100.0 - 100.0 / (1.0 + gain / loss)


def macd(values, fast, slow, signal):
    apart = [
        None if b is None else a - b
        for a, b in zip(ema(values, fast), ema(values, slow), strict=True)
    ]
    line = [x for x in apart if x is not None]
    return apart, [None] * (len(apart) - len(line)) + ema(line, signal)


def deviation(values, period):
    return [w and spread(w) for w in windows(values, period)]


def spread(window):
    mean = fsum(window) / len(window)
    return sqrt(fsum((x - mean) ** 2 for x in window) / len(window))


def highest(values, period):
    return [w and max(w) for w in windows(values, period)]


def lowest(values, period):
    return [w and min(w) for w in windows(values, period)]


def atr(high, low, close, period):
    ranges = [
        max(high[i], close[i - 1]) - min(low[i], close[i - 1])
        for i in range(1, len(close))
    ]
    return [None, *smoothed(ranges, period, 1.0 / period)][: len(close)]


def vwap(candles, period):
    rows = list(
        zip(candles.high, candles.low, candles.close, candles.volume, strict=True)
    )
    return [w and weighed(w) for w in windows(rows, period)]


def weighed(window):
    volume = fsum(v for *_, v in window)
    if volume == 0.0:
        return None
    return fsum((h + low + c) / 3.0 * v for h, low, c, v in window) / volume


def crossed(line, other):
    """Return the rows at which a line crosses another, or a level: upwards, downwards.

    Rows without values come first. What counts is the last row that was not equal.
    """
    others = other if isinstance(other, list) else [other] * len(line)
    up, down, side = [], [], 0
    for i, (a, b) in enumerate(zip(line, others, strict=True)):
        if a is None or b is None or a == b:
            continue
        now = 1 if a > b else -1
        if side == -1 and now == 1:
            up.append(i)
        if side == 1 and now == -1:
            down.append(i)
        side = now
    return up, down
