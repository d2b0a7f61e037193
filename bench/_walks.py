"""Candles for the measurements of engines, and backtrader's own strategies for them."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np

from abtpro_saas.backtesting.engines.cerebro.library import bt
from abtpro_saas.plugins.api.candles import Candles

MINUTE = 60_000
YEAR = 525_600
FEE = 0.001


def walk(bars: int, seed: int = 1) -> Candles:
    """Return minutes of a geometric random walk without a trend."""
    draw = np.random.default_rng(seed)
    close = draw.normal(0.0, 0.0005, bars)
    np.exp(np.cumsum(close, out=close), out=close)
    close *= 100.0
    opens = np.empty(bars)
    opens[0], opens[1:] = 100.0, close[:-1]
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    high *= 1.0 + np.abs(draw.normal(0.0, 0.0002, bars))
    low *= 1.0 - np.abs(draw.normal(0.0, 0.0002, bars))
    time = np.arange(bars, dtype=np.int64) * MINUTE
    return Candles("WALK", MINUTE, time, opens, high, low, close, np.ones(bars))


def real() -> list[Candles]:
    """Return the real candles that ABTPRO_TEST_CANDLES names a folder of."""
    folder = os.environ.get("ABTPRO_TEST_CANDLES")
    files = sorted(Path(folder).glob("*.csv")) if folder else []
    return [_read(each) for each in files]


def _read(file: Path) -> Candles:
    with file.open(encoding="utf-8") as lines:
        rows = [list(map(float, row)) for row in list(csv.reader(lines))[1:]]
    time, opens, high, low, close, volume = np.array(rows).T.copy()
    step, at = int(np.diff(time).min()), time.astype(np.int64)
    return Candles(file.stem, step, at, opens, high, low, close, volume)


class AllIn(bt.Strategy):
    """All-in at the next open, sized there: what an author would write for it."""

    below = above = 0.0

    def next_open(self) -> None:
        """Trade what the last close has decided."""
        if self.wish > 0 and not self.position:
            self._enter()
        elif self.wish < 0 and self.position:
            for each in self.resting:
                self.cancel(each)
            self.close()
        self.wish = 0

    def start(self) -> None:
        self.wish, self.resting = 0, []

    def _enter(self) -> None:
        cash, price = self.broker.get_cash(), self.data.open[0]
        size = cash / (price * (1.0 + FEE))
        while cash - size * price - size * FEE * price < 0.0:
            size = np.nextafter(size, 0.0)
        self.buy(size=size)
        if self.below:
            low, high = price * (1.0 - self.below), price * (1.0 + self.above)
            first = self.sell(size=size, price=low, exectype=bt.Order.Stop)
            second = self.sell(
                size=size, price=high, exectype=bt.Order.Limit, oco=first
            )
            self.resting = [first, second]


class SmaCross(AllIn):
    """Its own averages, its own crossing."""

    params = (("fast", 20), ("slow", 100))

    def __init__(self) -> None:
        fast, slow = (bt.ind.SMA(period=n) for n in (self.p.fast, self.p.slow))
        self.cross = bt.ind.CrossOver(fast, slow)

    def next(self) -> None:
        self.wish = self.cross[0]


class RsiStops(AllIn):
    """Its own RSI, with a stop of 2 % and a target of 4 %."""

    below, above = 0.02, 0.04

    def __init__(self) -> None:
        rsi: Any = bt.ind.RSI(period=14, safediv=True)
        self.low = bt.ind.CrossOver(rsi, 30.0)
        self.high = bt.ind.CrossOver(rsi, 70.0)

    def next(self) -> None:
        self.wish = (self.low[0] < 0) - (self.high[0] > 0)
