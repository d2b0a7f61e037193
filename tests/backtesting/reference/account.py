"""An account at a venue: what entries, exits and funding do to its money.

Money is kept as a venue keeps it: a free balance, and the margin of the position;
bought in full, the whole value is its margin.
"""

import math

from abtpro_saas.backtesting.engines.port import FeeIn, Margin
from tests.backtesting.reference.books import Position, Trade
from tests.backtesting.reference.funding import rates
from tests.backtesting.reference.prices import in_grains, market_price


class Account:
    """The money, the position and the order of one who trades these candles."""

    def __init__(self, candles, setup, history):
        self.c, self.setup, self.history = candles, setup, history
        self.margin = setup.margin or (Margin() if setup.funding else None)
        self.free = setup.initial_capital
        self.held, self.order = None, None
        self.trade, self.trades = None, []
        self.rejected, self.room = 0, math.inf

    # Entries

    def enter(self, i, reference):
        costs, market, order = self.setup.costs, self.setup.market, self.order
        coins = costs.fee_in is FeeIn.BASE
        part = 1 / self.margin.leverage if self.margin else 1.0
        unit = part + (0.0 if coins else costs.taker)
        guess = max(min(order.budget / (reference * unit), self.room), 0.0)
        price = self.market_price(reference, order.side, guess, i)
        wanted = order.budget / (price * unit) if price > 0 else 0.0
        wanted = in_grains(wanted, market.size_step)
        small = wanted * price < market.least_value
        small = small or order.budget <= 1e-9 * self.setup.initial_capital
        if wanted <= 0 or (not order.begun and small):
            self.rejected += not self.held
            self.order = None
            return
        units = min(wanted, self.room)
        if wanted > self.room:
            units = in_grains(units, market.size_step)
        if units <= 0:
            return
        order.begun = True
        self.room -= units
        spent = units * price * unit
        order.budget -= spent
        if units == wanted:
            self.order = None
        fee, got = units * price * costs.taker, units
        if coins:
            got = units * (1 - costs.taker)
        if self.trade is None:
            self.trade = Trade(order.side, i)
        self.trade.bought.append((got, price))
        self.trade.fees += fee
        self.trade.slippage += units * abs(price - reference)
        self.hold(order, got, price, units * price * part, fee)

    def hold(self, order, units, price, margin, fee):
        self.free -= margin + fee
        if self.setup.costs.fee_in is FeeIn.BASE:
            self.free += fee
            margin -= fee
        p = self.held
        if p is None:
            p = self.held = Position(
                order.side, 0.0, price, 0.0, None, None, order.asked["trail"], price
            )
        if price != p.price:  # a mean of equal prices is not always that price
            p.price = (p.units * p.price + units * price) / (p.units + units)
        p.units, p.margin = p.units + units, p.margin + margin
        stop, target = order.asked["stop"], order.asked["target"]
        p.stop = None if stop is None else p.price * (1 - p.side * stop)
        if target is not None:
            aim = p.price * (1 + p.side * target)
            p.target = in_grains(aim, self.setup.market.price_tick, up=p.side == 1)

    # Where nothing is left, and where the venue steps in

    def at_rate(self, rate):
        """Return the price at which ``rate`` of the value is left of the margin."""
        p = self.held
        # margin + side x units x (x - price) = rate x units x x
        return (p.side * p.price - p.margin / p.units) / (p.side - rate)

    def end(self):
        if self.margin:
            return self.at_rate(self.setup.costs.taker + self.margin.liquidation_fee)
        if self.held.side == 1:
            return None
        p = self.held
        money = self.free + p.margin + p.units * p.price
        return money / (p.units * (1 + self.setup.costs.taker))

    def call(self):
        if not self.margin:
            return self.end()
        fee = self.setup.costs.taker + self.margin.liquidation_fee
        return self.at_rate(max(self.margin.maintenance, fee))

    def beyond(self, price, level):
        if level is None:
            return False
        return price <= level if self.held.side == 1 else price >= level

    # Exits

    def leave(self, i, reference, reason):
        p, costs = self.held, self.setup.costs
        self.order = None
        units = min(p.units, self.room)
        if p.units > self.room:
            units = in_grains(units, self.setup.market.size_step)
        if reason == "LIQUIDATION":
            units = p.units
        if units <= 0:
            return
        price, rate = reference, costs.maker
        if reason != "TAKE_PROFIT":
            rate, end = costs.taker, self.end()
            price = self.market_price(reference, -p.side, units, i)
            if self.beyond(price, end):
                price, reason, units = end, "LIQUIDATION", p.units
            if reason == "LIQUIDATION" and self.margin:
                rate += self.margin.liquidation_fee
        fee, released = units * rate * price, p.margin * units / p.units
        self.free += released + p.side * units * (price - p.price) - fee
        self.room = max(0.0, self.room - units)
        t = self.trade
        t.sold.append((units, price))
        t.fees += fee
        t.slippage += units * max(0.0, p.side * (reference - price))
        p.margin -= released
        p.units -= units
        if p.units <= 1e-12 * t.size:
            t.exit, t.reason = i, reason
            self.trades.append(t)
            self.held = self.trade = None

    # Funding

    def fund(self, i, opened, *, later):
        p, c = self.held, self.c
        if self.setup.funding is None or p is None:
            return
        begin = int(c.time[i])
        if later:
            span = range(begin + 1, begin + c.step)
        else:
            before = int(c.time[i - 1]) + c.step if i else begin
            span = range(min(before, begin), begin + 1)
        for rate, mark in rates(self.setup.funding, self.history, span):
            if math.isnan(rate):
                self.trade.funding = math.nan
                continue
            price = opened if math.isnan(mark) else mark
            due = p.side * p.units * price * rate
            worth = p.margin + p.side * p.units * (opened - p.price)
            due = min(due, max(worth, 0.0))
            p.margin -= due
            self.trade.funding += due
            self.trade.charged += due

    # Prices

    def market_price(self, reference, way, units, i):
        volume = float(self.c.volume[i])
        return market_price(self.setup, volume, reference, way, units)
