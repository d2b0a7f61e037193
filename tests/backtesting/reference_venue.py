"""What docs/backtesting.md says of parts, coins, margin, funding and detail, once more.

Slow, plain Python, no engine's code. Money is kept as a venue keeps it: a free balance,
and the margin of the position; bought in full, the whole value is its margin.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from abtpro_saas.backtesting.engines.port import FeeIn, FillAt, Margin, SlippageModel

HOUR = 3_600_000


@dataclass
class Trade:
    side: int
    entry: int
    bought: list = field(default_factory=list)
    sold: list = field(default_factory=list)
    fees: float = 0.0
    slippage: float = 0.0
    funding: float = 0.0
    exit: int = -1
    reason: str = "OPEN"

    @property
    def size(self):
        return math.fsum(units for units, _ in self.bought)

    @property
    def entry_price(self):
        return _mean(self.bought)

    @property
    def exit_price(self):
        return _mean(self.sold)

    @property
    def profit(self):
        known = 0.0 if math.isnan(self.funding) else self.funding
        gain = self.side * self.size * (self.exit_price - self.entry_price)
        return gain - self.fees - known


@dataclass
class Position:
    side: int
    units: float
    price: float
    margin: float
    stop: float | None
    target: float | None
    trail: float | None
    best: float
    leaving: str = ""


@dataclass
class Entry:
    """An order that goes on until its money is spent."""

    side: int
    budget: float
    asked: dict
    begun: bool = False


def simulate(candles, signals, setup, first, beside):
    """Return a run whose decisions begin at the close of candle ``first``."""
    return _Run(candles, signals, setup, first, beside)


class _Run:
    def __init__(self, candles, signals, setup, first, beside):
        self.c, self.s, self.setup, self.first = candles, signals, setup, first
        self.margin = setup.margin or (Margin() if setup.funding else None)
        self.detail = beside.detail if setup.detail_timeframe else None
        self.history = beside.funding
        self.free = setup.initial_capital
        self.held, self.order, self.after = None, None, None
        self.trade, self.trades = None, []
        self.rejected = self.unclear = 0
        self.equity, self.exposure = [], []
        for i in range(len(candles.close)):
            self.candle(i)
        if self.held:
            last = len(candles.close) - 1
            close = float(candles.close[last])
            self.trade.sold.append((self.held.units, close))
            self.trade.exit = last
            self.trades.append(self.trade)

    # One candle

    def candle(self, i):
        c = self.c
        opened, close = float(c.open[i]), float(c.close[i])
        share = self.setup.market.participation
        self.room = share * float(c.volume[i]) if share else math.inf
        at_close = self.setup.fill_at is FillAt.CLOSE
        self.fund(i, opened, later=False)
        if not at_close and i > self.first:
            self.decide(i - 1)
        self.trade_orders(i, opened)
        self.fund(i, opened, later=True)
        if self.held:
            self.live(i)
        if at_close and i >= self.first:
            self.decide(i)
            self.trade_orders(i, close)
            if self.held and self.margin and self.beyond(close, self.call()):
                self.leave(i, close, "LIQUIDATION")
        worth, gross = self.free, 0.0
        if self.held:
            p = self.held
            gross = p.units * close
            worth += p.margin + p.side * p.units * (close - p.price)
        self.equity.append(worth)
        self.exposure.append(gross)

    def decide(self, i):
        p, s = self.held, self.s
        if p and p.leaving:
            return
        side = p.side if p else self.order.side if self.order else 0
        shorts = self.setup.shorts and s.enter_short is not None
        long, short = bool(s.enter[i]), shorts and bool(s.enter_short[i])
        wish = 0 if long == short else 1 if long else -1
        out = s.leave if side == 1 else s.leave_short if side == -1 else None
        if wish and wish != side:
            want = wish
        elif side and out is not None and out[i]:
            want = 0
        else:
            return
        self.order = self.after = None
        if want:
            self.after = (want, self.asked(i))
        if p:
            p.leaving = "REVERSED" if want else "SIGNAL"

    def asked(self, i):
        def at(array):
            value = math.nan if array is None else float(array[i])
            return None if math.isnan(value) else value

        s = self.s
        return {
            "size": at(s.size),
            "stop": at(s.stop_loss),
            "target": at(s.take_profit),
            "trail": at(s.trailing),
        }

    def trade_orders(self, i, price):
        if self.held and self.held.leaving:
            self.leave(i, price, self.held.leaving)
        if not self.held and self.after:
            (side, asked), self.after = self.after, None
            size = 1.0 if asked["size"] is None else asked["size"]
            self.order = Entry(side, self.free * self.setup.fraction * size, asked)
        if self.order:
            self.enter(i, price)

    # Entries

    def enter(self, i, reference):
        costs, market, order = self.setup.costs, self.setup.market, self.order
        coins = costs.fee_in is FeeIn.BASE
        part = 1 / self.margin.leverage if self.margin else 1.0
        unit = part + (0.0 if coins else costs.taker)
        guess = max(min(order.budget / (reference * unit), self.room), 0.0)
        price = self.market_price(reference, order.side, guess, i)
        wanted = order.budget / (price * unit) if price > 0 else 0.0
        wanted = _grains(wanted, market.size_step)
        small = wanted * price < market.least_value
        small = small or order.budget <= 1e-9 * self.setup.initial_capital
        if wanted <= 0 or (not order.begun and small):
            self.rejected += not self.held
            self.order = None
            return
        units = min(wanted, self.room)
        if wanted > self.room:
            units = _grains(units, market.size_step)
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
            p.target = _grains(aim, self.setup.market.price_tick, up=p.side == 1)

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

    # Living through a candle

    def live(self, i):
        c = self.c
        whole = tuple(float(x[i]) for x in (c.open, c.high, c.low))
        unclear = self.both(whole)
        if self.detail is not None and (
            unclear or (self.held.trail is not None and not self.held.leaving)
        ):
            d, begin = self.detail, int(c.time[i])
            rows = [
                (float(o), float(h), float(low))
                for t, o, h, low in zip(d.time, d.open, d.high, d.low, strict=True)
                if begin <= t < begin + c.step
            ]
            high, low = max((r[1] for r in rows), default=0), 0.0
            if rows:
                low = min(r[2] for r in rows)
            if rows and high >= whole[1] and low <= whole[2]:
                seen = False
                for row in rows:
                    if self.held:
                        seen = seen or self.both(row)
                        self.meet(i, *row)
                self.unclear += seen
                return
        self.unclear += unclear
        self.meet(i, *whole)

    def losses(self):
        p = self.held
        if p.leaving:
            return []
        found = [] if p.stop is None else [(p.stop, "STOP_LOSS")]
        if p.trail is not None:
            found.append((p.best * (1 - p.side * p.trail), "TRAILING_STOP"))
        return sorted(found, key=lambda each: -p.side * each[0])[:1]

    def both(self, row):
        p = self.held
        opened, high, low = row
        bad = [level for level, _ in self.losses()]
        if self.call() is not None:
            bad.append(self.call())
        if not bad or p.target is None or p.leaving:
            return False
        near = max(bad) if p.side == 1 else min(bad)
        lower, upper = (near, p.target) if p.side == 1 else (p.target, near)
        return lower < opened < upper and low <= lower and high >= upper

    def meet(self, i, opened, high, low):
        p = self.held
        against, along = (low, high) if p.side == 1 else (high, low)
        call, losses = self.call(), self.losses()
        stop = losses[0] if losses else None
        target = None if p.leaving else p.target

        def gained(price):
            return target is not None and p.side * (price - target) >= 0

        if self.beyond(opened, call):
            self.leave(i, opened, "LIQUIDATION")
        elif stop and self.beyond(opened, stop[0]):
            self.stopped(i, opened, stop[1])
        elif gained(opened):
            self.leave(i, opened, "TAKE_PROFIT")
            if self.held:
                self.against(i, against)
        elif not self.against(i, against) and gained(along):
            self.leave(i, target, "TAKE_PROFIT")
        if self.held and not self.held.leaving:
            best = max if p.side == 1 else min
            p.best = best(p.best, high if p.side == 1 else low)

    def against(self, i, worst):
        """Let what loses money happen within a candle; tell whether it did."""
        p, losses, call = self.held, self.losses(), self.call()
        stop = losses[0] if losses else None
        nearer = call is not None and not (stop and p.side * (stop[0] - call) >= 0)
        if nearer and self.beyond(worst, call):
            self.leave(i, call, "LIQUIDATION")
        elif stop and self.beyond(worst, stop[0]):
            self.stopped(i, stop[0], stop[1])
        else:
            return False
        return True

    def stopped(self, i, price, reason):
        self.held.leaving = reason
        self.leave(i, price, reason)

    # Exits

    def leave(self, i, reference, reason):
        p, costs = self.held, self.setup.costs
        self.order = None
        units = min(p.units, self.room)
        if p.units > self.room:
            units = _grains(units, self.setup.market.size_step)
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
        for rate, mark in self.rates(span):
            if math.isnan(rate):
                self.trade.funding = math.nan
                continue
            price = opened if math.isnan(mark) else mark
            due = p.side * p.units * price * rate
            worth = p.margin + p.side * p.units * (opened - p.price)
            due = min(due, max(worth, 0.0))
            p.margin -= due
            self.trade.funding += due

    def rates(self, span):
        """Return rate and mark of each instant in a span of milliseconds."""
        asked = self.setup.funding
        every = round(asked.interval_hours * HOUR)
        first = -(-span.start // every) * every
        regular = list(range(first, span.stop, every))
        if asked.rate is not None:
            return [(asked.rate, math.nan) for _ in regular]
        h = self.history
        known = [] if h is None else list(zip(h.time, h.rate, h.mark, strict=True))
        found = [each for each in known if span.start <= each[0] < span.stop]
        found += [
            (instant, math.nan, math.nan)
            for instant in regular
            if not any(abs(instant - each[0]) < every // 2 for each in known)
        ]
        return [(float(r), float(m)) for _, r, m in sorted(found, key=lambda e: e[0])]

    # Prices

    def market_price(self, reference, way, units, i):
        model, value = self.setup.costs.slippage.model, self.setup.costs.slippage.value
        volume = float(self.c.volume[i])
        share = 1.0 if volume <= 0 else min(1.0, units / volume)
        worse = {
            SlippageModel.NONE: 0.0,
            SlippageModel.FIXED: value,
            SlippageModel.SPREAD: value / 2,
            SlippageModel.VOLUME_SHARE: min(1.0, value * share**2),
            SlippageModel.SQUARE_ROOT: min(1.0, value * math.sqrt(share)),
        }[model]
        tick = self.setup.market.price_tick
        return _grains(reference * (1 + way * worse), tick, up=way == 1)


def _grains(number, grain, *, up=False):
    if not grain:
        return number
    grains = number / grain
    whole = round(grains)
    if abs(grains - whole) > max(1e-9, 1e-14 * abs(grains)):
        whole = math.ceil(grains) if up else math.floor(grains)
    return whole * grain


def _mean(fills):
    units = math.fsum(u for u, _ in fills)
    return math.fsum(u * p for u, p in fills) / units if units else np.nan
