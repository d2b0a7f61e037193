"""Strategies that decide bar by bar, in plain Python, on the fills of all engines.

The order of events in candle i: at its open the market orders of candle i - 1, and what
of the waiting orders the open is beyond; within it first stops, then limits, then the
stops that a limit has just given something to sell; after its close the strategy.
"""

import numpy as np

from abtpro_saas.backtesting.engines.desk import Desk, Kind
from abtpro_saas.backtesting.engines.loops.log import AT_CLOSE, AT_OPEN, WITHIN
from abtpro_saas.backtesting.engines.rules import Rules
from abtpro_saas.plugins.api.candles import Candles, Floats
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import BarStrategy, Side


def run_bars(
    candles: Candles, strategy: BarStrategy, values: Values, rules: Rules, first: int
) -> tuple[Floats, int]:
    """Return the fills and how many orders were rejected."""
    run = _Run(candles, rules)
    for bar in range(len(candles)):
        run.trade(bar)
        if bar >= first:
            strategy.on_bar(run.view, values)
        run.close(bar)
    return run.desk.log(), run.desk.rejected


class Past:
    """What a bar strategy sees: arrays that the future has not been written to."""

    def __init__(self, candles: Candles, desk: Desk) -> None:
        self._all, self._desk = candles, desk
        names = ("time", "open", "high", "low", "close", "volume")
        self._columns = [getattr(candles, name) for name in names]
        self._seen = [np.zeros_like(column) for column in self._columns]
        self._now = 0

    def see(self, bar: int) -> None:
        """Let candle ``bar`` be the last that has closed."""
        for column, seen in zip(self._columns, self._seen, strict=True):
            seen[bar] = column[bar]
        self._now = bar + 1

    @property
    def candles(self) -> Candles:
        """All candles so far, read-only."""
        parts = [seen[: self._now] for seen in self._seen]
        for part in parts:
            part.flags.writeable = False
        return Candles(self._all.symbol, self._all.step, *parts)

    @property
    def cash(self) -> float:
        """Free cash: a short's collateral is not free."""
        return self._desk.free(self._close())

    @property
    def position(self) -> float:
        """Units held, negative when short."""
        return self._desk.units

    @property
    def equity(self) -> float:
        """Cash and position at the last close."""
        return self._desk.cash + self._desk.units * self._close()

    def market(self, side: Side, units: float) -> int:
        """Order at the next open, or at this close as the setup says."""
        return self._desk.place(Kind.MARKET, side, units, 0.0)

    def limit(self, side: Side, units: float, price: float) -> int:
        """Order at ``price`` or better, until cancelled."""
        return self._desk.place(Kind.LIMIT, side, units, price)

    def stop(self, side: Side, units: float, price: float) -> int:
        """Order at market once ``price`` is touched, until cancelled."""
        return self._desk.place(Kind.STOP, side, units, price)

    def cancel(self, order: int) -> None:
        """Take an order back; one that is filled or gone is left alone."""
        self._desk.orders.pop(order, None)

    def open_orders(self) -> list[int]:
        """Return the numbers of the orders that wait."""
        return list(self._desk.orders)

    def _close(self) -> float:
        return float(self._seen[4][self._now - 1])


class _Run:
    """Walks through the candles, and fills what they reach."""

    def __init__(self, candles: Candles, rules: Rules) -> None:
        self._candles, self._rules = candles, rules
        self.desk = Desk(rules)
        self.view = Past(candles, self.desk)

    def trade(self, bar: int) -> None:
        """Let candle ``bar`` pass, up to its close."""
        candles, desk = self._candles, self.desk
        opened, volume = float(candles.open[bar]), float(candles.volume[bar])
        high, low = float(candles.high[bar]), float(candles.low[bar])
        desk.move_to(bar, volume)
        for order in desk.waiting():
            if order.kind is Kind.MARKET or order.reached(opened, opened):
                # A limit that the first open is beyond has not rested in the book.
                rested = order.kind is Kind.LIMIT and order.bar < bar - 1
                desk.fill(order, opened, AT_OPEN, making=rested)
        self._within(Kind.STOP, high, low)
        self._within(Kind.LIMIT, high, low)
        self._within(Kind.STOP, high, low, uncovered=True)
        self.view.see(bar)

    def _within(
        self, kind: Kind, high: float, low: float, *, uncovered: bool = False
    ) -> None:
        """Fill at the orders' prices; a stop without a position waits for limits."""
        for order in self.desk.waiting():
            if order.kind is not kind or not order.reached(high, low):
                continue
            waits = kind is Kind.STOP and not self.desk.covers(order, order.price)
            if uncovered or not waits:
                making = kind is Kind.LIMIT
                self.desk.fill(order, order.price, WITHIN, making=making)

    def close(self, bar: int) -> None:
        """Fill what is filled at the close; end an account that is worth nothing."""
        price = float(self._candles.close[bar])
        for order in self.desk.waiting() if self._rules.at_close else []:
            if order.kind is Kind.MARKET:
                self.desk.fill(order, price, AT_CLOSE, making=False)
        if self.desk.units < 0.0 and self.desk.cash + self.desk.units * price <= 0.0:
            self.desk.liquidate(price, AT_CLOSE)
