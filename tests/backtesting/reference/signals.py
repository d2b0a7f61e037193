"""What docs/backtesting.md says, once more: slow, plain Python, no engine's code.

One symbol and its signals; nothing here is shared with the engines but the values that
go in and come out.
"""

import math
from dataclasses import dataclass, field

from abtpro_saas.backtesting.engines.port import FillAt
from tests.backtesting.reference.prices import in_grains, market_price


@dataclass
class Trade:
    side: int
    entry: int
    entry_price: float
    size: float
    fees: float
    slippage: float
    stop: float | None
    target: float | None
    trail: float | None
    best: float
    seen: list = field(default_factory=list)
    exit: int = -1
    exit_price: float = math.nan
    reason: str = "OPEN"

    @property
    def profit(self):
        return self.side * self.size * (self.exit_price - self.entry_price) - self.fees

    @property
    def mae(self):
        return min(0.0, *(self.side * (p / self.entry_price - 1) for p in self.seen))

    @property
    def mfe(self):
        return max(0.0, *(self.side * (p / self.entry_price - 1) for p in self.seen))


@dataclass
class Outcome:
    trades: list
    equity: list
    exposure: list
    rejected: int


def simulate(candles, signals, setup, first):
    """Return what a run leaves whose decisions begin at the close of ``first``."""
    return _Account(candles, signals, setup, first).run()


class _Account:
    def __init__(self, candles, signals, setup, first):
        self.c, self.s, self.setup, self.first = candles, signals, setup, first
        self.cash, self.rejected = setup.initial_capital, 0
        self.open, self.closed = None, []

    def run(self):
        equity, exposure = [], []
        for i in range(len(self.c.close)):
            if self.setup.fill_at is FillAt.NEXT_OPEN and i > self.first:
                self.act(i - 1, i, float(self.c.open[i]))
            if self.open:
                self.live(i)
            if self.setup.fill_at is FillAt.CLOSE and i >= self.first:
                self.act(i, i, float(self.c.close[i]))
            held = self.open.side * self.open.size if self.open else 0.0
            equity.append(self.cash + held * float(self.c.close[i]))
            exposure.append(abs(held * float(self.c.close[i])))
        if self.open:
            last = len(self.c.close) - 1
            self.open.exit, self.open.exit_price = last, float(self.c.close[last])
            self.closed.append(self.open)
        return Outcome(self.closed, equity, exposure, self.rejected)

    # Signals

    def act(self, decided, i, price):
        """Do at ``price`` in candle ``i`` what candle ``decided`` signals."""
        shorts = self.setup.shorts and self.s.enter_short is not None
        long = bool(self.s.enter[decided])
        short = shorts and bool(self.s.enter_short[decided])
        if long and short:
            long = short = False
        if self.open:
            against = short if self.open.side == 1 else long
            out = self.s.leave if self.open.side == 1 else self.s.leave_short
            if against:
                self.leave_at_market(i, price, "REVERSED", see_open=True)
            elif out is not None and out[decided]:
                self.leave_at_market(i, price, "SIGNAL", see_open=True)
                return
            else:
                return
        if long or short:
            self.enter(decided, i, price, 1 if long else -1)

    def enter(self, decided, i, reference, side):
        def at(array):
            value = math.nan if array is None else float(array[decided])
            return None if math.isnan(value) else value

        size = at(self.s.size)
        fee, step = self.setup.costs.taker, self.setup.market.size_step
        budget = self.cash * self.setup.fraction * (1.0 if size is None else size)
        price = self.market_price(reference, side, budget / (reference * (1 + fee)), i)
        units = min(budget / (price * (1 + fee)), self.cash / (price * (1 + fee)))
        units = in_grains(units, step)
        while units > 0 and self.cash - units * price - units * fee * price < 0:
            less = math.nextafter(units, 0)
            units = min(in_grains(units - step, step), less) if step else less
        nothing = budget <= 1e-9 * self.setup.initial_capital
        if units <= 0 or nothing or units * price < self.setup.market.least_value:
            self.rejected += 1
            return
        self.cash = self.cash - side * units * price - units * fee * price
        stop, target = at(self.s.stop_loss), at(self.s.take_profit)
        if target is not None:
            tick = self.setup.market.price_tick
            target = in_grains(price * (1 + side * target), tick, up=side == 1)
        self.open = Trade(
            side=side,
            entry=i,
            entry_price=price,
            size=units,
            fees=units * fee * price,
            slippage=units * abs(price - reference),
            stop=None if stop is None else price * (1 - side * stop),
            target=target,
            trail=at(self.s.trailing),
            best=price,
            seen=[price],
        )

    # Stops and targets

    def live(self, i):
        """Let the position live through candle ``i``; it may end there."""
        t, c = self.open, self.c
        opened, high, low = float(c.open[i]), float(c.high[i]), float(c.low[i])
        against, along = (low, high) if t.side == 1 else (high, low)

        def reached(price, level, way):
            """Whether a price lies at the level, or beyond it in ``way``."""
            return price >= level if way == 1 else price <= level

        losses = [] if t.stop is None else [(t.stop, "STOP_LOSS")]
        if t.trail is not None:
            losses.append((t.best * (1 - t.side * t.trail), "TRAILING_STOP"))
        # Of two stops the nearer one is met first; the fixed one of equals.
        losses.sort(key=lambda each: -t.side * each[0])
        ruin = self.ruin() if t.side == -1 else None
        nearer = ruin is not None and not (losses and losses[0][0] <= ruin)
        if ruin is not None and opened >= ruin:
            self.leave(i, ruin, "LIQUIDATION", self.setup.costs.taker, 0.0, opened)
        elif losses and reached(opened, losses[0][0], -t.side):
            self.leave_at_market(i, opened, losses[0][1])
        elif t.target is not None and reached(opened, t.target, t.side):
            self.leave(i, opened, "TAKE_PROFIT", self.setup.costs.maker, 0.0, opened)
        elif nearer and high >= ruin:
            self.leave(i, ruin, "LIQUIDATION", self.setup.costs.taker, 0.0, opened)
        elif losses and reached(against, losses[0][0], -t.side):
            self.leave_at_market(i, losses[0][0], losses[0][1])
        elif t.target is not None and reached(along, t.target, t.side):
            self.leave(i, t.target, "TAKE_PROFIT", self.setup.costs.maker, 0.0, opened)
        else:
            t.seen += [high, low]
            t.best = max(t.best, high) if t.side == 1 else min(t.best, low)

    def leave_at_market(self, i, reference, reason, *, see_open=False):
        t = self.open
        price = self.market_price(reference, -t.side, t.size, i)
        if t.side == -1 and price >= self.ruin():
            price, reason = self.ruin(), "LIQUIDATION"
        slippage = t.size * max(0.0, t.side * (reference - price))
        at_close = see_open and self.setup.fill_at is FillAt.CLOSE
        seen = reference if at_close else float(self.c.open[i])
        self.leave(i, price, reason, self.setup.costs.taker, slippage, seen)

    def leave(self, i, price, reason, rate, slippage, seen):
        t, fee = self.open, self.open.size * rate * price
        self.cash = self.cash + t.side * t.size * price - fee
        t.fees, t.slippage = t.fees + fee, t.slippage + slippage
        # The candle in which it was entered is over once more for its open alone.
        t.seen += [price] if t.entry == i and reason != "OPEN" else [price, seen]
        t.exit, t.exit_price, t.reason = i, price, reason
        self.closed.append(t)
        self.open = None

    def ruin(self):
        fee, size = self.setup.costs.taker, self.open.size
        price = self.cash / (size * (1 + fee))
        while price > 0 and self.cash - size * price - size * fee * price < 0:
            price = math.nextafter(price, 0)
        return price

    def market_price(self, reference, way, units, i):
        volume = float(self.c.volume[i])
        return market_price(self.setup, volume, reference, way, units)
