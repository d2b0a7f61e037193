"""Our indicators against backtrader's own, to the last bit."""

import warnings
from datetime import UTC, datetime

import numpy as np
import pytest

from abtpro_saas.backtesting.indicators.averages import ema, sma
from abtpro_saas.backtesting.indicators.crossing import crossings
from abtpro_saas.backtesting.indicators.momentum import macd, rsi
from tests.backtesting.candles import walk

with warnings.catch_warnings():
    # Its docstrings hold escapes that Python 3.11 warns of when it compiles them.
    warnings.simplefilter("ignore")
    import backtrader as bt


class Prices(bt.feed.DataBase):
    """Candles as backtrader reads them."""

    params = (("candles", None),)

    def start(self):
        super().start()
        self.row = 0

    def _load(self):
        candles = self.p.candles
        if self.row == len(candles):
            return False
        instant = datetime.fromtimestamp(candles.time[self.row] / 1000, UTC)
        self.lines.datetime[0] = bt.date2num(instant.replace(tzinfo=None))
        for name in ("open", "high", "low", "close", "volume"):
            getattr(self.lines, name)[0] = getattr(candles, name)[self.row]
        self.lines.openinterest[0] = 0.0
        self.row += 1
        return True


@pytest.fixture(scope="module")
def candles():
    return walk(11, 600, tick=0.1)


def measured(candles, make):
    """Return the rows of backtrader's indicator, NaN before its first."""
    found = []

    class Watch(bt.Strategy):
        def __init__(self):
            self.line = make(self.data)

        def next(self):
            found.append(self.line[0])

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(Prices(candles=candles))
    cerebro.addstrategy(Watch)
    cerebro.run()
    return np.array([np.nan] * (len(candles) - len(found)) + found)


@pytest.mark.parametrize("period", [3, 20, 50])
def test_averages_and_rsi_equal_backtraders(candles, period):
    close = candles.close
    for make, ours in [
        (lambda data: bt.ind.SMA(data.close, period=period), sma(close, period)),
        (lambda data: bt.ind.EMA(data.close, period=period), ema(close, period)),
        (
            lambda data: bt.ind.RSI(data.close, period=period, safediv=True),
            rsi(close, period),
        ),
    ]:
        assert np.array_equal(measured(candles, make), ours, equal_nan=True)


def test_macd_equals_backtraders(candles):
    signal = measured(candles, lambda data: bt.ind.MACD(data.close).signal)

    assert np.array_equal(macd(candles.close, 12, 26, 9).signal, signal, equal_nan=True)


def test_crossings_equal_backtraders(candles):
    def cross(data):
        fast, slow = bt.ind.SMA(data.close, period=3), bt.ind.SMA(data.close, period=9)
        return bt.ind.CrossOver(fast, slow)

    theirs = measured(candles, cross)
    up, down = crossings(sma(candles.close, 3), sma(candles.close, 9))
    assert np.isnan(theirs).sum() == 9
    assert np.array_equal(np.nan_to_num(theirs), up.astype(float) - down)
    assert up.sum() > 20
