"""What all metrics of one record share, each part worked out when first asked for."""

from functools import cached_property
from math import log, sqrt

import numpy as np

from abtpro_saas.performance.arithmetic import growth, sharpe
from abtpro_saas.performance.arithmetic.curve import Curve
from abtpro_saas.performance.arithmetic.days import Days, deviation
from abtpro_saas.performance.arithmetic.deals import Deals
from abtpro_saas.performance.record import Record
from abtpro_saas.performance.undefined import UndefinedError, Why, over

_CONFIDENT = 0.95


class Sheet:
    """One record, ready to be measured."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.curve = Curve(record)

    @cached_property
    def days(self) -> Days:
        """What the account and the market did from day to day."""
        return Days(self.record)

    @cached_property
    def deals(self) -> Deals:
        """The trades."""
        return Deals(self.record)

    @cached_property
    def total_return(self) -> float:
        """As a fraction of the initial capital."""
        return self.curve.final / self.curve.initial - 1

    @cached_property
    def market_return(self) -> float:
        """Of who bought at the first close and held."""
        closes = self.record.benchmark
        return float(closes[-1] / closes[0]) - 1

    @cached_property
    def growth(self) -> float:
        """The compound growth a year, as a fraction."""
        curve = self.curve
        return growth.compound(curve.initial, curve.final, curve.years)

    @cached_property
    def growth_in_market(self) -> float:
        """The growth a year by the share of bars with a position."""
        return over(self.growth * self.curve.bars, self.curve.load[0], Why.NO_TRADES)

    @cached_property
    def market_growth(self) -> float:
        """The market's compound growth a year."""
        return growth.compound(1, 1 + self.market_return, self.curve.years)

    @cached_property
    def market_drawdown(self) -> float:
        """The deepest of who bought at the first close and held, by daily closes."""
        levels = np.cumprod(np.append(1.0, 1 + self.days.market))
        return float((1 - levels / np.maximum.accumulate(levels)).max())

    @cached_property
    def sharpe(self) -> float:
        """The Sharpe ratio of a year, from daily returns."""
        return self.days.sharpe * sqrt(self.days.per_year)

    @cached_property
    def sortino(self) -> float:
        """The Sortino ratio of a year, from daily returns."""
        yearly = self.days.yearly
        downside = self.days.downside * sqrt(self.days.per_year)
        return over(yearly, downside, Why.NO_LOSING_DAY)

    @cached_property
    def scale(self) -> float:
        """Lo's factor for a year."""
        return sharpe.scale(self.days.autocorrelation, self.days.per_year)

    @cached_property
    def ulcer(self) -> float:
        """The root of the mean square of drawdowns, by bars."""
        return sqrt(self.curve.walked[1] / self.curve.bars)

    @property
    def pain(self) -> float:
        """The mean of drawdowns, by bars."""
        return self.curve.walked[0] / self.curve.bars

    @cached_property
    def pitfall(self) -> float:
        """The mean of the deepest 5 % of days' drawdowns, by a year's volatility."""
        worst = self.days.worst_drawdowns(1 - _CONFIDENT)
        return worst / (self.days.deviation * sqrt(self.days.per_year))

    @cached_property
    def certainty(self) -> float:
        """PSR: how likely the true Sharpe ratio is above 0."""
        days = self.days
        moments = days.skewness, days.kurtosis
        return sharpe.probability(days.sharpe, 0, len(days.returns), *moments)

    @cached_property
    def least_track(self) -> float:
        """Seconds of record that make a Sharpe ratio above 0 certain by 95 %."""
        days = self.days
        if days.sharpe <= 0:
            raise UndefinedError(Why.NO_EXCESS)
        factor = sharpe.error_factor(days.sharpe, days.skewness, days.kurtosis)
        count = 1 + factor * (sharpe.NORMAL.inv_cdf(_CONFIDENT) / days.sharpe) ** 2
        return count * days.length_ms / 1000

    @cached_property
    def stability(self) -> float:
        """R squared of a straight line through the logarithm of daily equity."""
        levels = self.days.equity[1:]
        if len(levels) < 2:  # noqa: PLR2004 - one point has no line
            raise UndefinedError(Why.FEW_RETURNS)
        if levels.min() <= 0:
            raise UndefinedError(Why.RUINED)
        logs = np.array([log(level) for level in levels])
        deviation(logs, Why.FLAT)
        x = np.arange(len(logs)) - (len(logs) - 1) / 2
        off = logs - logs.mean()
        return float((x * off).sum()) ** 2 / float((off * off).sum() * (x * x).sum())
