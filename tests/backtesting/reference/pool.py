"""One pool of cash among many symbols, once more: slow, and no engine's code."""

import math
from dataclasses import dataclass

from abtpro_saas.backtesting.engines.port import FeeIn, FillAt
from tests.backtesting.reference.prices import in_grains, market_price


@dataclass
class Trip:
    """A round trip: every fill of it, and what it has seen."""

    symbol: int
    side: int
    entry: int
    entered: list
    left: list
    fees: float = 0.0
    slippage: float = 0.0
    exit: int = -1
    reason: str = "OPEN"
    worst: float = 0.0
    best: float = 0.0

    @property
    def size(self):
        return math.fsum(units for units, _ in self.entered)

    @property
    def entry_price(self):
        return math.fsum(u * p for u, p in self.entered) / self.size

    @property
    def exit_price(self):
        sold = math.fsum(u for u, _ in self.left)
        return math.fsum(u * p for u, p in self.left) / sold

    @property
    def profit(self):
        return self.side * self.size * (self.exit_price - self.entry_price) - self.fees

    def see(self, price):
        result = self.side * (price / self.entry_price - 1)
        self.worst, self.best = min(self.worst, result), max(self.best, result)


class Pool:
    """Walks through the candles of all symbols, candle by candle."""

    def __init__(self, market, weights, setup, first):
        self.market, self.weights = market, weights
        self.setup, self.first = setup, first
        self.cash, self.units = setup.initial_capital, [0.0] * len(market)
        self.trips, self.done, self.rejected = {}, [], 0
        self.equity, self.exposure = [], []

    def run(self):
        bars, ended = len(self.market[0]), False
        for i in range(bars):
            if self.setup.fill_at is FillAt.NEXT_OPEN and i > self.first and not ended:
                opens = [float(m.open[i]) for m in self.market]
                ended = self.rebalance(i - 1, i, opens)
            for symbol, trip in self.trips.items():
                trip.see(float(self.market[symbol].low[i]))
                trip.see(float(self.market[symbol].high[i]))
            closes = [float(m.close[i]) for m in self.market]
            if self.setup.shorts and i >= self.first and not ended:
                ended = self.worth(closes) <= 0
                if ended:
                    self.liquidate(closes, i)
            if self.setup.fill_at is FillAt.CLOSE and i >= self.first and not ended:
                ended = self.rebalance(i, i, closes)
            self.equity.append(self.worth(closes))
            held = zip(self.units, closes, strict=True)
            self.exposure.append(sum(abs(u * c) for u, c in held))
        for symbol in sorted(self.trips):
            trip = self.trips[symbol]
            last = float(self.market[symbol].close[-1])
            trip.left.append((abs(self.units[symbol]), last))
            trip.exit = bars - 1
            self.done.append(trip)
        return self

    def worth(self, prices):
        held = zip(self.units, prices, strict=True)
        return self.cash + sum(u * p for u, p in held)

    def closing(self, prices, i):
        """Return price, and money after the fee, of what closing each symbol is."""
        found, fee = {}, self.setup.costs.taker
        for symbol, units in enumerate(self.units):
            if units:
                way = -1 if units > 0 else 1
                at = self.price(symbol, prices[symbol], way, abs(units), i)
                found[symbol] = at, units * at - abs(units) * at * fee
        return found

    def liquidate(self, prices, i, *, at_open=False):
        found = self.closing(prices, i)
        have = self.cash + sum(money for _, money in found.values() if money > 0)
        longs = have - self.cash
        owed = -sum(money for _, money in found.values() if money < 0)
        down = max(have, 0.0) / owed if owed and have < owed else 1.0
        up = -self.cash / longs if longs and have < 0 else 1.0
        for symbol, (at, _) in found.items():
            part = up if self.units[symbol] > 0 else down
            if at_open:
                self.trips[symbol].see(prices[symbol])
            self.trade(
                symbol,
                -self.units[symbol],
                prices[symbol],
                i,
                "LIQUIDATION",
                at * part,
            )

    def rebalance(self, decided, i, prices):
        """Trade towards the weights; tell whether the pool has ended."""
        wishes = [float(w) for w in self.weights[decided]]
        if all(math.isnan(w) for w in wishes):
            return False
        after = self.cash + sum(m for _, m in self.closing(prices, i).values())
        if self.setup.shorts and after <= 0:
            at_open = self.setup.fill_at is FillAt.NEXT_OPEN
            self.liquidate(prices, i, at_open=at_open)
            return True
        if not self.setup.shorts:
            wishes = [w if math.isnan(w) else max(w, 0.0) for w in wishes]
        worth = self.worth(prices)
        targets = [
            None if math.isnan(w) else w * self.setup.fraction * worth / p
            for w, p in zip(wishes, prices, strict=True)
        ]
        self.taken = [0.0] * len(targets)
        for symbol, target in enumerate(targets):
            if target is not None:
                gone = self.reduce(symbol, target, prices[symbol], i, worth)
                targets[symbol] = 0.0 if gone else target
        self.enlarge(targets, prices, i, worth)
        return False

    def reduce(self, symbol, target, price, i, worth):
        """Sell what is too much; tell whether only dust would have been kept."""
        held = self.units[symbol]
        if held == 0:
            return False
        whole = held * target <= 0
        less = abs(held) if whole else abs(held) - abs(target)
        room = self.room(symbol, i)
        if not whole:
            if less * price <= 1e-12 * worth:
                return False
            less = in_grains(less, self.setup.market.size_step)
        if less > room:
            less = in_grains(room, self.setup.market.size_step)
        if less <= 0:
            return False
        dust = abs(held) - less <= 1e-12 * self.trips[symbol].size
        if dust:
            less = abs(held)
        way = -1 if held > 0 else 1
        at = self.price(symbol, price, way, less, i)
        if not whole and less < abs(held) and less * at < self.setup.market.least_value:
            self.rejected += 1
            return False
        self.taken[symbol] = less
        self.trade(symbol, way * less, price, i, "REBALANCED")
        return dust and not whole

    def room(self, symbol, i):
        """Return the units that candle ``i`` may still fill."""
        share = self.setup.market.participation
        if not share:
            return math.inf
        return share * float(self.market[symbol].volume[i]) - self.taken[symbol]

    def enlarge(self, targets, prices, i, worth):
        fee, wanted = self.setup.costs.taker, {}
        coins = self.setup.costs.fee_in is FeeIn.BASE
        free, kept = self.cash, 1 - fee if coins else 1.0
        fee = 0.0 if coins else fee
        for symbol, target in enumerate(targets):
            free += 2 * min(self.units[symbol], 0.0) * prices[symbol]
            if target is None:
                continue
            more = abs(target) - abs(self.units[symbol])
            more = min(more / kept, self.room(symbol, i))
            if target * self.units[symbol] < 0:
                continue
            if more * prices[symbol] > 1e-12 * worth:
                way = 1 if target > 0 else -1
                at = self.price(symbol, prices[symbol], way, more, i)
                wanted[symbol] = (more, way, at)
        need = sum(more * at * (1 + fee) for more, _, at in wanted.values())
        share = min(max(free, 0) / need, 1.0) if need else 0.0
        for symbol, (more, way, at) in wanted.items():
            size = 0.0
            if free > 0:
                step = self.setup.market.size_step
                size = in_grains(min(more * share, free / (at * (1 + fee))), step)
                while size > 0 and free - size * at - size * fee * at < 0:
                    less = math.nextafter(size, 0)
                    size = min(in_grains(size - step, step), less) if step else less
            if size <= 0 or size * at < self.setup.market.least_value:
                self.rejected += 1
                continue
            self.trade(symbol, way * size, prices[symbol], i, "", at, kept)
            free = free - size * at - size * fee * at

    def trade(self, symbol, units, reference, i, reason, at=None, kept=1.0):
        way = 1 if units > 0 else -1
        at = self.price(symbol, reference, way, abs(units), i) if at is None else at
        fee = abs(units) * self.setup.costs.taker * at
        slipped = abs(units) * abs(at - reference)
        units = units * kept
        self.cash = self.cash - units * at - fee
        trip = self.trips.get(symbol)
        if trip is None:
            trip = self.trips[symbol] = Trip(symbol, way, i, [], [])
        elif self.setup.fill_at is FillAt.NEXT_OPEN and reason != "LIQUIDATION":
            trip.see(reference)
        (trip.entered if way == trip.side else trip.left).append((abs(units), at))
        trip.see(at)
        trip.fees += fee
        trip.slippage += slipped
        self.units[symbol] += units
        if abs(self.units[symbol]) <= 1e-12 * trip.size:
            self.units[symbol] = 0.0
            trip.exit, trip.reason = i, reason
            self.done.append(self.trips.pop(symbol))

    def price(self, symbol, reference, way, units, i):
        volume = float(self.market[symbol].volume[i])
        return market_price(self.setup, volume, reference, way, units)
