"""What a venue keeps of somebody: trades, the position, the order that goes on."""

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Trade:
    side: int
    entry: int
    bought: list = field(default_factory=list)
    sold: list = field(default_factory=list)
    fees: float = 0.0
    slippage: float = 0.0
    funding: float = 0.0
    charged: float = 0.0
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
        gain = self.side * self.size * (self.exit_price - self.entry_price)
        return gain - self.fees - self.charged


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


def _mean(fills):
    units = math.fsum(u for u, _ in fills)
    return math.fsum(u * p for u, p in fills) / units if units else np.nan
