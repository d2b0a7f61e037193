"""Signals traded by backtrader: at each open, what the last close said."""

from typing import Any

from abtpro_saas.backtesting.engines.cerebro.library import bt
from abtpro_saas.backtesting.engines.loops.fills import entry, taker_price
from abtpro_saas.backtesting.engines.loops.levels import Levels, levels, moved, nowhere
from abtpro_saas.performance.record import Reason


class Signalled(bt.Strategy):  # type: ignore[misc] # backtrader has no types
    """Cheats on open, so that an entry is sized at the price that fills it.

    A stop and a target are two orders of which one cancels the other. Sent with the
    entry, and not as its bracket, they are looked at on the entry's own candle.
    """

    params = (("wishes", ()), ("fractions", ()), ("rules", None), ("first", 0))

    def start(self) -> None:
        """Begin without a position."""
        self.reasons: dict[int, Reason] = {}
        self.rejected = 0
        self._lines: Levels = nowhere()
        self._resting: list[Any] = []

    def next_open(self) -> None:
        """Act on the signals of the candle before."""
        decided = len(self.data) - 2
        if decided < self.p.first:
            return
        side = _sign(self.position.size)
        want = self._wanted(side, decided)
        if want == side:
            self._follow(side)
            return
        cash = self.broker.get_cash()
        if side:
            self._cancel()
            cash = self._after_leaving(cash)
            reason = Reason.REVERSED if want else Reason.SIGNAL
            self.reasons[self.close().ref] = reason
        if want:
            self._enter(want, cash, decided)

    def _wanted(self, side: int, at: int) -> int:
        enter, leave, enter_short, leave_short = (each[at] for each in self.p.wishes)
        short = self.p.rules.shorts and enter_short
        wish = 0 if enter and short else 1 if enter else -1 if short else 0
        if wish and wish != side:
            return wish
        out = leave if side > 0 else leave_short
        return 0 if side and out else side

    def _after_leaving(self, cash: float) -> float:
        """Return the cash as backtrader will book it: to the last bit."""
        units, paid = self.position.size, self.position.price
        price = taker_price(
            self.data.open[0], -_sign(units), abs(units), 0.0, self.p.rules
        )
        cash += units * paid + units * (price - paid)
        return float(cash - abs(units) * self.p.rules.taker * price)

    def _enter(self, side: int, cash: float, decided: int) -> None:
        rules = self.p.rules
        size, stop, target, trail = (
            float(each[min(decided, len(each) - 1)]) if len(each) else float("nan")
            for each in self.p.fractions
        )
        size = 1.0 if size != size else size  # noqa: PLR0124 - NaN is no size
        units, price = entry(
            cash, cash * rules.fraction * size, self.data.open[0], side, 0.0, rules
        )
        if not units:
            self.rejected += 1
            return
        (self.buy if side > 0 else self.sell)(size=units)
        never = -side * float("inf")
        self._lines = levels(side, price, never, stop, target, trail, rules.tick)
        self._rest(side, units)

    def _follow(self, side: int) -> None:
        """Move a trailing stop by the candle that has just finished."""
        if not side or not self._resting:
            return
        before = self._lines
        self._lines = moved(side, before, self.data.high[-1], self.data.low[-1])
        beyond = side * (self.data.open[0] - self._lines.target) >= 0.0
        if self._lines.trailed != before.trailed or beyond:
            self._cancel()
            self._rest(side, abs(self.position.size))

    def _rest(self, side: int, units: float) -> None:
        """Leave a stop and a target; of a target that the open is beyond, no stop."""
        order = self.sell if side > 0 else self.buy
        lines, opened = self._lines, self.data.open[0]
        stop = max(lines.stop, lines.trailed) if side > 0 else lines.upper
        trailing = stop != lines.stop
        stopped = side * (opened - stop) <= 0.0
        beyond = side * (opened - lines.target) >= 0.0 and not stopped
        first = None
        if abs(stop) != float("inf") and not beyond:
            first = order(size=units, price=stop, exectype=bt.Order.Stop)
            reason = Reason.TRAILING_STOP if trailing else Reason.STOP_LOSS
            self.reasons[first.ref] = reason
            self._resting.append(first)
        if abs(lines.target) != float("inf"):
            second = order(
                size=units, price=lines.target, exectype=bt.Order.Limit, oco=first
            )
            self.reasons[second.ref] = Reason.TAKE_PROFIT
            self._resting.append(second)

    def _cancel(self) -> None:
        # A stop that rests beside a market exit would open a position of its own.
        for each in self._resting:
            self.cancel(each)
        self._resting = []


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
