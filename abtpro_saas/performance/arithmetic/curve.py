"""Equity from bar to bar, marked to market, the initial capital before the first."""

from functools import cached_property
from math import sqrt

import numpy as np

from abtpro_saas.performance.arithmetic import passes
from abtpro_saas.performance.arithmetic.calendar import SECOND_MS, YEAR_MS
from abtpro_saas.performance.record import Floats, Integers, Record
from abtpro_saas.performance.undefined import ROUNDING, UndefinedError, Why, over


class Curve:
    """The curve of equity; shares, unless a name says otherwise, are fractions."""

    def __init__(self, record: Record) -> None:
        self.initial = record.initial
        self.equity = record.equity
        self.final = float(record.equity[-1])
        self.peak = max(record.initial, float(record.equity.max()))
        self.lowest = min(record.initial, float(record.equity.min()))
        self.bars = len(record.equity)
        self.start_ms = int(record.time[0])
        self.end_ms = int(record.time[-1]) + record.step
        self.bars_per_year = YEAR_MS / record.step
        self._record = record

    @property
    def seconds(self) -> float:
        """From the first bar's opening to the last bar's close."""
        return (self.end_ms - self.start_ms) / SECOND_MS

    @property
    def years(self) -> float:
        """The same, in years of 365 days."""
        return (self.end_ms - self.start_ms) / YEAR_MS

    @cached_property
    def falls(self) -> passes.Falls:
        """The stretches below the highest equity so far."""
        return passes.find_falls(self.initial, self.equity)

    @cached_property
    def depths(self) -> Floats:
        """Of each stretch below the peak, as a fraction of the peak."""
        return (self.falls.peak - self.falls.trough) / self.falls.peak

    @cached_property
    def deepest(self) -> int:
        """The row of the deepest fall, the first of equals."""
        self.require_fall()
        return int(self.depths.argmax())

    def require_fall(self) -> None:
        """Refuse a curve that was never below its peak.

        Raises:
            UndefinedError: there was no drawdown.
        """
        if not len(self.depths):
            raise UndefinedError(Why.NO_DRAWDOWN)

    @cached_property
    def drawdown(self) -> float:
        """The deepest, 0 if there was none."""
        return float(self.depths.max()) if len(self.depths) else 0.0

    @cached_property
    def amount(self) -> float:
        """The largest fall in money, 0 if there was none."""
        falls = self.falls.peak - self.falls.trough
        return float(falls.max()) if len(falls) else 0.0

    def closed_ms(self, bars: Integers) -> Integers:
        """Return when bars closed; -1 is the beginning, and past the last the end."""
        times = self._record.time[np.clip(bars, 0, self.bars - 1)] + self._record.step
        return np.where(bars < 0, self.start_ms, times)

    @cached_property
    def lengths(self) -> Floats:
        """Seconds of each fall, from its peak until the peak was reached again."""
        ends, highs = self.closed_ms(self.falls.end), self.closed_ms(self.falls.high)
        return (ends - highs) / SECOND_MS

    @cached_property
    def average_depth(self) -> float:
        """The mean depth of the falls."""
        self.require_fall()
        return float(self.depths.mean())

    @cached_property
    def average_length(self) -> float:
        """The mean of the falls' seconds."""
        self.require_fall()
        return float(self.lengths.mean())

    @cached_property
    def longest(self) -> float:
        """Seconds of the longest fall, 0 if there was none."""
        return float(self.lengths.max()) if len(self.lengths) else 0.0

    @cached_property
    def end_of_deepest(self) -> int:
        """When the deepest fall's peak was reached again.

        Raises:
            UndefinedError: it was not, or there was no drawdown.
        """
        if self.falls.end[self.deepest] >= self.bars:
            raise UndefinedError(Why.NOT_RECOVERED)
        return self.at(self.falls.end)

    def at(self, column: Integers) -> int:
        """Return when the deepest fall's bar closed, of a column of ``falls``."""
        return int(self.closed_ms(column[[self.deepest]])[0])

    @property
    def underwater(self) -> int:
        """Bars below the peak."""
        return int((self.falls.end - self.falls.high - 1).sum())

    @cached_property
    def walked(self) -> tuple[float, float, float, float]:
        """Sums of drawdowns and of their squares, and the largest run-ups."""
        return passes.walk(self.initial, self.equity)

    @cached_property
    def per_bar(self) -> tuple[float, float]:
        """Mean and variance of the returns from bar to bar.

        Raises:
            UndefinedError: there are less than two bars.
        """
        if self.bars < 2:  # noqa: PLR2004 - one value deviates from nothing
            raise UndefinedError(Why.FEW_RETURNS)
        return passes.spread(self.initial, self.equity)

    @cached_property
    def sharpe(self) -> float:
        """The Sharpe ratio of a year, from the returns of bars."""
        mean, variance = self.per_bar
        if sqrt(variance) <= ROUNDING * abs(mean):
            raise UndefinedError(Why.FLAT)
        return mean / sqrt(variance) * sqrt(self.bars_per_year)

    def fit(self, goal: float) -> float:
        """Return R squared of a straight line from the initial capital to ``goal``."""
        apart, around = passes.misfit(self.initial, self.equity, goal)
        return 1 - over(apart, around, Why.FLAT)

    @cached_property
    def load(self) -> tuple[int, float, float, float, float]:
        """How positions load the account, as ``passes.load`` says."""
        return passes.load(self.equity, self._record.exposure)
