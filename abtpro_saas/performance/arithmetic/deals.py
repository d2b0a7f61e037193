"""Trades taken together; those still open are counted apart."""

from functools import cached_property
from math import sqrt
from typing import TypeVar

import numpy as np

from abtpro_saas.performance.arithmetic.calendar import SECOND_MS
from abtpro_saas.performance.record import Floats, Integers, Reason, Record, Trades
from abtpro_saas.performance.undefined import ROUNDING, UndefinedError, Why, over

Found = TypeVar("Found")


def profit_shares(trades: Trades) -> Floats:
    """Return each trade's profit as a fraction of its entry's value."""
    stakes = trades.size * trades.entry_price
    return np.divide(trades.profit, stakes, out=np.zeros(len(trades)), where=stakes > 0)


class Deals:
    """The closed trades in the order of their exits; profits in the quote currency."""

    def __init__(self, record: Record) -> None:
        trades = record.trades
        self.all: Trades = trades
        closed = trades.reason != Reason.OPEN
        self.closed: Integers = np.flatnonzero(closed)
        self.open: Integers = np.flatnonzero(~closed)
        self.profit: Floats = trades.profit[self.closed]
        self.side: Integers = trades.side[self.closed]
        self.reason: Integers = trades.reason[self.closed]
        self.stake: Floats = (trades.size * trades.entry_price)[self.closed]
        self.bars: Integers = (trades.exit - trades.entry)[self.closed]
        self._time = record.time

    def __len__(self) -> int:
        return len(self.closed)

    @cached_property
    def won(self) -> Floats:
        """The profits above 0."""
        return self.profit[self.profit > 0]

    @cached_property
    def lost(self) -> Floats:
        """The profits below 0."""
        return self.profit[self.profit < 0]

    @cached_property
    def gain(self) -> float:
        """The sum of the profits above 0."""
        return float(self.won.sum())

    @cached_property
    def loss(self) -> float:
        """The sum of losses, as a positive amount."""
        return -float(self.lost.sum())

    @cached_property
    def returns(self) -> Floats:
        """Profit as a fraction of the entry's value."""
        return profit_shares(self.all)[self.closed]

    @cached_property
    def seconds(self) -> Floats:
        """How long each trade was held."""
        trades = self.all
        held = self._time[trades.exit] - self._time[trades.entry]
        return held[self.closed] / SECOND_MS

    @cached_property
    def against(self) -> Floats:
        """The worst unrealised losses, as positive fractions of the entry's value."""
        return 0 - self.all.mae[self.closed]

    @cached_property
    def favour(self) -> Floats:
        """The best unrealised profits, as fractions of the entry's value."""
        return self.all.mfe[self.closed]

    def require(self) -> None:
        """Refuse a record without closed trades.

        Raises:
            UndefinedError: there are none.
        """
        if not len(self.closed):
            why = Why.NO_CLOSED if len(self.open) else Why.NO_TRADES
            raise UndefinedError(why)

    def share(self, count: int) -> float:
        """Return ``count`` as a fraction of the closed trades."""
        self.require()
        return count / len(self)

    def mean(self, values: Floats | Integers, why: Why) -> float:
        """Return the mean of some trades' values, of which there may be none."""
        self.require()
        if not len(values):
            raise UndefinedError(why)
        return float(values.mean())

    def of_all(self, values: Found) -> Found:
        """Return what is there to be returned once a trade is closed."""
        self.require()
        return values

    @cached_property
    def payoff(self) -> float:
        """The average win by the average loss."""
        win = self.mean(self.won, Why.NO_WINNER)
        return win / -self.mean(self.lost, Why.NO_LOSER)

    @cached_property
    def deviation(self) -> float:
        """The sample deviation (n - 1) of the profits."""
        self.require()
        if len(self) < 2:  # noqa: PLR2004 - one value deviates from nothing
            raise UndefinedError(Why.FEW_TRADES)
        return float(self.profit.std(ddof=1))

    @cached_property
    def quality(self) -> float:
        """Van Tharp's SQN."""
        mean = float(self.of_all(self.profit).mean())
        if self.deviation <= ROUNDING * abs(mean):
            raise UndefinedError(Why.SAME_RESULTS)
        return sqrt(len(self)) * mean / self.deviation

    def streak(self, sign: int) -> int:
        """Return the most wins (1) or losses (-1) in a row; a trade at 0 ends both."""
        others = np.flatnonzero(np.sign(self.profit) != sign)
        edges = np.concatenate(([-1], others, [len(self)]))
        return int(np.diff(edges).max()) - 1

    def of_side(self, side: int, why: Why) -> Floats:
        """Return the profits of one side's closed trades."""
        self.require()
        profits: Floats = self.profit[self.side == side]
        if not len(profits):
            raise UndefinedError(why)
        return profits

    def ended(self, *reasons: Reason) -> int:
        """Return how many trades ended for one of the reasons."""
        return int(sum((self.reason == each).sum() for each in reasons))

    @cached_property
    def given_back(self) -> Floats:
        """What each trade lost of its best unrealised profit."""
        return np.maximum(self.favour * self.stake - self.profit, 0)

    @cached_property
    def _totals(self) -> Floats:
        """The sum of profits before the first trade, and after each."""
        return np.concatenate(([0.0], np.cumsum(self.profit)))

    @cached_property
    def closed_fall(self) -> float:
        """The largest fall of the profits' sum from its peak so far."""
        return float((np.maximum.accumulate(self._totals) - self._totals).max())

    @cached_property
    def inner_fall(self) -> float:
        """The same within trades, as if each one's best came before its worst."""
        if not len(self):
            return 0.0
        before = self._totals[:-1]
        peaks = np.maximum.accumulate(before + self.favour * self.stake)
        return float((peaks - before + self.against * self.stake).max())

    @cached_property
    def kelly(self) -> float:
        """Win rate less (1 - win rate) by payoff."""
        wins = self.share(len(self.won))
        return wins - (1 - wins) / self.payoff

    @cached_property
    def funding(self) -> float:
        """Paid, or received if negative.

        Raises:
            UndefinedError: it is NaN for a trade: the market's history has gaps.
        """
        total = float(self.all.funding.sum())
        if np.isnan(total):
            raise UndefinedError(Why.FUNDING_UNKNOWN)
        return total

    @cached_property
    def volume(self) -> float:
        """What was bought and sold; open trades count their entry."""
        trades = self.all
        bought = float((trades.size * trades.entry_price).sum())
        return bought + float((trades.size * trades.exit_price)[self.closed].sum())

    @cached_property
    def break_even(self) -> float:
        """The cost of each fill, as a fraction of its value, that leaves no profit."""
        earned = float(self.all.profit.sum()) + self.costs
        return over(earned, self.volume, Why.NO_TRADES)

    @cached_property
    def costs(self) -> float:
        """Fees and slippage."""
        return float(self.all.fees.sum() + self.all.slippage.sum())

    @cached_property
    def average_stake(self) -> float:
        """The mean value at entry, of open trades too."""
        if not len(self.all):
            raise UndefinedError(Why.NO_TRADES)
        return float((self.all.size * self.all.entry_price).mean())
