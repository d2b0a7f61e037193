"""Returns from day to day, of the account and of the market (UTC days).

Bars longer than a day count as one day each. All fractions; a day without bars is left
out; the first return is from the initial capital, and the market's from the close of
the first bar. After nothing is left, returns are 0.
"""

from functools import cached_property
from math import sqrt

import numpy as np

from abtpro_saas.performance.arithmetic.calendar import (
    DAY_MS,
    YEAR_MS,
    Period,
    last_bars,
    start_of,
)
from abtpro_saas.performance.record import Floats, Integers, Record
from abtpro_saas.performance.undefined import ROUNDING, UndefinedError, Why, over

_THIRD, _FOURTH = 3, 4


def returns_of(levels: Floats) -> Floats:
    """Return the change from each level to the next, as a fraction of the first."""
    before = levels[:-1]
    ratio = np.ones(len(before))
    np.divide(levels[1:], before, out=ratio, where=before > 0)
    return ratio - 1


def deviation(values: Floats, why_equal: Why) -> float:
    """Return the sample standard deviation (n - 1).

    Raises:
        UndefinedError: less than two values, or none differs beyond rounding.
    """
    if len(values) < 2:  # noqa: PLR2004 - one value deviates from nothing
        raise UndefinedError(Why.FEW_RETURNS)
    spread = float(values.std(ddof=1))
    if spread <= ROUNDING * abs(float(values.mean())):
        raise UndefinedError(why_equal)
    return spread


class Days:
    """The account's days; figures per day, unless a name says otherwise."""

    def __init__(self, record: Record) -> None:
        self.last: Integers = last_bars(record.time, Period.DAY)
        self.time: Integers = record.time[self.last]
        self.equity: Floats = np.append(record.initial, record.equity[self.last])
        levels = np.append(record.benchmark[0], record.benchmark[self.last])
        self.returns: Floats = returns_of(self.equity)
        self.market: Floats = returns_of(levels)
        self.length_ms = max(record.step, DAY_MS)
        self.per_year = YEAR_MS / self.length_ms

    def require(self) -> None:
        """Refuse a single return: it says nothing about others.

        Raises:
            UndefinedError: there are less than two.
        """
        if len(self.returns) < 2:  # noqa: PLR2004 - one value deviates from nothing
            raise UndefinedError(Why.FEW_RETURNS)

    @cached_property
    def mean(self) -> float:
        """The mean return."""
        return float(self.returns.mean())

    @cached_property
    def yearly(self) -> float:
        """The mean return times the days of a year."""
        self.require()
        return self.mean * self.per_year

    @cached_property
    def spread(self) -> float:
        """The sample standard deviation (n - 1), 0 of flat equity."""
        self.require()
        return float(self.returns.std(ddof=1))

    @cached_property
    def deviation(self) -> float:
        """The same, to divide by: undefined when flat."""
        return deviation(self.returns, Why.FLAT)

    @cached_property
    def downside(self) -> float:
        """The root of the mean square of losses, gains counting 0 (Sortino)."""
        self.require()
        return sqrt(float((np.minimum(self.returns, 0) ** 2).mean()))

    @cached_property
    def sharpe(self) -> float:
        """The mean return by its deviation."""
        return self.mean / self.deviation

    @cached_property
    def skewness(self) -> float:
        """0 if gains and losses are alike."""
        return self._moment(_THIRD)

    @cached_property
    def kurtosis(self) -> float:
        """3 for a normal distribution."""
        return self._moment(_FOURTH)

    def _moment(self, order: int) -> float:
        """Return a standardised central moment, of the population."""
        deviation(self.returns, Why.FLAT)
        off = (self.returns - self.mean) / self.returns.std()
        square = off * off
        return float((square * (off if order == _THIRD else square)).mean())

    @cached_property
    def autocorrelation(self) -> float:
        """Of each day's return with the day before's."""
        deviation(self.returns, Why.FLAT)
        off = self.returns - self.mean
        return float((off[1:] * off[:-1]).sum() / (off * off).sum())

    def quantile(self, share: float) -> float:
        """Return the return that ``share`` of days stay below (interpolated)."""
        self.require()
        return float(np.quantile(self.returns, share))

    def worst(self, share: float) -> float:
        """Return the mean of the returns that are no better than the quantile."""
        return float(self.returns[self.returns <= self.quantile(share)].mean())

    @cached_property
    def tail_ratio(self) -> float:
        """The best 5 % of days by the worst."""
        worst = abs(self.quantile(0.05))
        return over(abs(self.quantile(0.95)), worst, Why.NO_TAIL)

    @cached_property
    def drawdowns(self) -> Floats:
        """At the end of each day, as fractions of the highest end so far."""
        peaks = np.maximum.accumulate(self.equity)
        return ((peaks - self.equity) / peaks)[1:]

    def worst_drawdowns(self, share: float) -> float:
        """Return the mean of the deepest ``share`` of days' drawdowns."""
        least = np.quantile(self.drawdowns, 1 - share)
        return float(self.drawdowns[self.drawdowns >= least].mean())

    @cached_property
    def months(self) -> Floats:
        """The returns of calendar months, the first and last as far as they go."""
        starts = start_of(self.time, Period.MONTH)
        ends = np.append(np.flatnonzero(starts[1:] != starts[:-1]), len(starts) - 1)
        return returns_of(np.append(self.equity[0], self.equity[ends + 1]))

    def gains_by_losses(self, returns: Floats, why: Why) -> float:
        """Return the sum of returns above 0 by that below, as positive numbers."""
        gains = float(np.maximum(returns, 0).sum())
        return over(gains, -float(np.minimum(returns, 0).sum()), why)

    @cached_property
    def market_deviation(self) -> float:
        """Of the market's returns, to divide by."""
        return deviation(self.market, Why.FLAT_MARKET)

    @cached_property
    def beta(self) -> float:
        """How much the account moves with the market."""
        return self._covariance / self.market_deviation**2

    @cached_property
    def correlation(self) -> float:
        """With the market's returns."""
        exact = self._covariance / (self.market_deviation * self.deviation)
        return min(max(exact, -1.0), 1.0)  # rounding may pass the ends

    @cached_property
    def _covariance(self) -> float:
        off = (self.returns - self.mean) * (self.market - self.market.mean())
        return float(off.sum()) / max(len(off) - 1, 1)

    @cached_property
    def alpha(self) -> float:
        """A year's return that beta does not explain (Jensen)."""
        return self.yearly - self.beta * float(self.market.mean()) * self.per_year

    @cached_property
    def lead(self) -> float:
        """The mean return less the market's."""
        return float((self.returns - self.market).mean())

    @cached_property
    def tracking(self) -> float:
        """The sample deviation of the returns less the market's; rounding is 0."""
        self.require()
        spread = float((self.returns - self.market).std(ddof=1))
        return spread if spread > ROUNDING else 0.0

    def captured(self, sign: int, why: Why) -> float:
        """Return the mean return by the market's, on days that it rose (1) or fell."""
        days = self.market * sign > 0
        if not days.any():
            raise UndefinedError(why)
        return over(
            float(self.returns[days].mean()), float(self.market[days].mean()), why
        )
