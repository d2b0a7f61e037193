"""A desk for bar strategies: candles one by one, orders filled the plain way."""

from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values
from abtpro_saas.plugins.api.strategies import Side


class Desk:
    """What a bar strategy sees; market orders fill at the next open, without fees.

    Limit orders fill at their price, or at the open where that is better. An order
    that cash or units don't cover is refused.
    """

    def __init__(self, candles, cash=10_000.0):
        self.all, self.now = candles, 0
        self.cash, self.position = cash, 0.0
        self.orders, self.filled, self.refused = {}, [], []
        self.number = 0

    @property
    def candles(self):
        return self.all[: self.now]

    @property
    def equity(self):
        return self.cash + self.position * float(self.candles.close[-1])

    def market(self, side, units):
        return self._order(side, units, None)

    def limit(self, side, units, price):
        return self._order(side, units, price)

    def cancel(self, order):
        self.orders.pop(order, None)

    def open_orders(self):
        return [*self.orders]

    def _order(self, side, units, price):
        self.number += 1
        self.orders[self.number] = (side, units, price)
        return self.number

    def next_candle(self):
        """Let the next candle pass: fill what it fills."""
        i = self.now
        for number, (side, units, limit) in [*self.orders.items()]:
            price = self._price(i, side, limit)
            if price is not None:
                del self.orders[number]
                self._fill(i, side, units, price)
        self.now += 1

    def _price(self, i, side, limit):
        opened = float(self.all.open[i])
        if limit is None:
            return opened
        if side is Side.BUY:
            return min(limit, opened) if self.all.low[i] <= limit else None
        return max(limit, opened) if self.all.high[i] >= limit else None

    def _fill(self, i, side, units, price):
        sign = 1 if side is Side.BUY else -1
        covered = units * price <= self.cash if sign > 0 else units <= self.position
        if not covered:
            self.refused.append((i, side))
            return
        self.cash -= sign * units * price
        self.position += sign * units
        self.filled.append((i, side, units, price))


def play(name, candles, cash=10_000.0, **parameters):
    """Return the desk after a strategy has seen all candles."""
    strategy, desk = find_strategy(name), Desk(candles, cash)
    values = read_values(strategy.parameters, parameters)
    for _ in range(len(candles)):
        desk.next_candle()
        strategy.on_bar(desk, values)
    return desk
