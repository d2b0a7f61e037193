"""What docs/backtesting.md says of parts, coins, margin, funding and detail, once more.

Slow, plain Python, no engine's code: the order of events in a candle, and within it.
"""

import math

from abtpro_saas.backtesting.engines.port import FillAt
from tests.backtesting.reference.account import Account
from tests.backtesting.reference.books import Entry


def simulate(candles, signals, setup, first, beside):
    """Return a run whose decisions begin at the close of candle ``first``."""
    return _Run(candles, signals, setup, first, beside)


class _Run(Account):
    def __init__(self, candles, signals, setup, first, beside):
        super().__init__(candles, setup, beside.funding)
        self.s, self.first = signals, first
        self.detail = beside.detail if setup.detail_timeframe else None
        self.after, self.unclear = None, 0
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
