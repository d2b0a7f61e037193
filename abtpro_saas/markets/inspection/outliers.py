"""Prices that stand far from their neighbours, measured by how much prices move there.

The rule: a candle is an outlier where its high or its low stands more than ``SCALES``
scales from the median close of the two candles before and the two after it, in
logarithms. The scale of a candle is 1.4826 times the median absolute change from close
to close in its block of 64 candles and the two blocks beside it, and at least a basis
point. Medians are moved by no single candle, so an error cannot hide itself (Hampel,
1974). It is told, and it stays: markets do jump.
"""

from dataclasses import dataclass

import numpy as np

from abtpro_saas.plugins.api.candles import Candles, Floats

SCALES = 25.0
BLOCK = 64
LEAST_SCALE = 1e-4
FEWEST = 8
"""Of fewer candles nothing is said."""

_TO_DEVIATION = 1.4826
"""Makes a median absolute deviation comparable to a standard deviation."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A candle whose price stands so many scales from its neighbours'."""

    time: int
    price: float
    scales: float


def outliers(candles: Candles) -> list[Outlier]:
    """Return the outliers of clean candles, oldest first."""
    if len(candles) < FEWEST:
        return []
    middle = _middle(np.log(candles.close))
    scale = _scales(np.log(candles.close))
    above = (np.log(candles.high) - middle) / scale
    below = (middle - np.log(candles.low)) / scale
    far = np.maximum(above, below)
    places = np.flatnonzero(far > SCALES).tolist()
    return [
        Outlier(
            int(candles.time[n]),
            float(candles.high[n] if above[n] >= below[n] else candles.low[n]),
            round(float(far[n]), 1),
        )
        for n in places
    ]


def _middle(log_close: Floats) -> Floats:
    """Return the median of the two closes before and the two after each candle.

    The first and the last two are given the neighbours that there are.
    """
    around = np.pad(log_close, 2, mode="reflect")
    count = len(log_close)
    four = np.stack([around[shift : shift + count] for shift in (0, 1, 3, 4)])
    return np.asarray(np.median(four, axis=0), dtype=np.float64)


def _scales(log_close: Floats) -> Floats:
    change = np.abs(np.diff(log_close, prepend=log_close[0]))
    blocks = [
        float(np.median(change[max(0, first - BLOCK) : first + 2 * BLOCK]))
        for first in range(0, len(change), BLOCK)
    ]
    scale = np.maximum(_TO_DEVIATION * np.array(blocks), LEAST_SCALE)
    return np.repeat(scale, BLOCK)[: len(change)]
