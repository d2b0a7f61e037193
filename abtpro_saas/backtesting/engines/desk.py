"""Orders of one symbol that wait, and the money and units that fill them."""

from dataclasses import dataclass
from enum import Enum
from math import inf, isfinite

import numpy as np

from abtpro_saas.backtesting.engines.loops.fills import (
    TRIFLE,
    affordable,
    rounded,
    ruin,
    taker_price,
)
from abtpro_saas.backtesting.engines.loops.ledger import DUST
from abtpro_saas.backtesting.engines.loops.log import WIDTH
from abtpro_saas.backtesting.engines.port import UnsupportedError
from abtpro_saas.backtesting.engines.rules import Rules
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.candles import Floats
from abtpro_saas.plugins.api.strategies import Side

NEARLY = 1.0 - 1e-9
"""Of an order: what is filled may be this much less, by rounding to steps."""


class Kind(Enum):
    """How an order is filled, and the reason of a trade that it ends."""

    MARKET = Reason.SIGNAL
    LIMIT = Reason.TAKE_PROFIT
    STOP = Reason.STOP_LOSS


@dataclass(frozen=True, slots=True)
class Order:
    """``way`` is 1 to buy; ``bar`` the candle at whose close it was placed."""

    number: int
    kind: Kind
    way: int
    units: float
    price: float
    bar: int

    def reached(self, high: float, low: float) -> bool:
        """Tell whether prices from ``low`` to ``high`` fill it; touching is enough."""
        if (self.kind is Kind.LIMIT) == (self.way > 0):
            return low <= self.price
        return high >= self.price


class Desk:
    """Fills an order as a whole, or rejects it; ``inf`` units are all there is."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.cash, self.units, self.rejected = rules.cash, 0.0, 0
        self.orders: dict[int, Order] = {}
        self._rows: list[tuple[float, ...]] = []
        self._bar, self._volume, self._number = 0, 0.0, 0

    def move_to(self, bar: int, volume: float) -> None:
        """Begin candle ``bar``."""
        self._bar, self._volume = bar, volume

    def waiting(self) -> list[Order]:
        """Return the orders as they were placed."""
        return list(self.orders.values())

    def place(self, kind: Kind, side: Side, units: float, price: float) -> int:
        """Return the number of a new order.

        Raises:
            UnsupportedError: the units or the price are none.
        """
        if not units > 0.0 or (
            kind is not Kind.MARKET and not (price > 0.0 and isfinite(price))
        ):
            raise UnsupportedError(
                f"no order has {units:g} units at {price:g}, at candle {self._bar}"
            )
        way = 1 if Side(side) is Side.BUY else -1
        if kind is Kind.LIMIT:
            price = rounded(float(price), self._rules.tick, -way)
        if isfinite(units):
            units = rounded(float(units), self._rules.step, -1)
        self._number += 1
        self.orders[self._number] = Order(
            self._number, kind, way, float(units), float(price), self._bar
        )
        return self._number

    def free(self, price: float) -> float:
        """Return the cash that is no short's collateral."""
        return self.cash + 2.0 * min(self.units, 0.0) * price

    def covers(self, order: Order, reference: float) -> bool:
        """Tell whether there is something to fill the order with."""
        less, more, price = self._parts(order, reference)
        return less + more > 0.0 and price > 0.0

    def fill(
        self, order: Order, reference: float, when: float, *, making: bool
    ) -> None:
        """Fill an order, or reject it; it waits no longer.

        What would buy a short back for more than there is liquidates it, and ends all
        orders: those are left alone here.
        """
        if self.orders.pop(order.number, None) is None:
            return
        less, more, price = self._parts(order, reference)
        if less > 0.0 and self.units < 0.0 and price >= self._ruin():
            self.liquidate(reference, when)
            return
        if less + more <= 0.0:
            self.rejected += 1
            return
        rate = self._rules.maker if making else self._rules.taker
        for units in (less, more):
            if units > 0.0:
                reason = order.kind.value
                self._book(order.way * units, reference, price, rate, when, reason)

    def _parts(self, order: Order, reference: float) -> tuple[float, float, float]:
        """Return the units that reduce, those that enlarge, and the price.

        All or nothing: (0, 0, price) is an order that is not covered.
        """
        held = max(-order.way * self.units, 0.0)
        less = min(order.units, held)
        wanted = 0.0 if order.units == inf and held else order.units - less
        if order.way < 0 and not self._rules.shorts and wanted:
            return (0.0, 0.0, reference) if wanted < inf else (less, 0.0, reference)
        price = reference
        if order.kind is not Kind.LIMIT:
            free = max(self._free_after(less, order.way, reference), 0.0)
            size = less + min(wanted, free / (reference * (1.0 + self._rules.taker)))
            price = taker_price(reference, order.way, size, self._volume, self._rules)
        if not wanted:
            return less, 0.0, price
        free = self._free_after(less, order.way, price)
        if free <= TRIFLE * self._rules.cash:
            free = 0.0
        more = affordable(free, wanted, price, self._rules)
        covered = wanted == inf or more >= wanted * NEARLY
        if more * price < self._rules.least or not covered:
            return 0.0, 0.0, price
        return less, more, price

    def _free_after(self, less: float, way: int, price: float) -> float:
        """Return the free cash once ``less`` units are bought or sold back."""
        cash = self.cash - way * less * price - less * self._rules.taker * price
        return cash + 2.0 * min(self.units + way * less, 0.0) * price

    def _ruin(self) -> float:
        return ruin(self.cash, -self.units, self._rules)

    def liquidate(self, price: float, when: float) -> None:
        """Buy a short back, at market or for all there is, and end all orders."""
        self.orders.clear()
        size = -self.units
        at = taker_price(price, 1, size, self._volume, self._rules)
        rate, why = self._rules.taker, Reason.LIQUIDATION
        self._book(size, price, min(at, self._ruin()), rate, when, why)

    def _book(
        self,
        units: float,
        reference: float,
        price: float,
        rate: float,
        when: float,
        reason: Reason,
    ) -> None:
        fee = abs(units) * rate * price
        slip = max((price - reference) * units, 0.0)
        self.cash = self.cash - units * price - fee
        self.units += units
        if abs(self.units) <= DUST * abs(units):
            self.units = 0.0
        row = (self._bar, 0, when, units, price, fee, slip, int(reason))
        self._rows.append(row)

    def log(self) -> Floats:
        """Return the fills as rows."""
        return np.array(self._rows, np.float64).reshape(-1, WIDTH)
