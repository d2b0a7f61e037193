"""The engine port: what each engine is given and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import Strategy


class FillAt(StrEnum):
    """At which price a market order of a candle's close is filled."""

    NEXT_OPEN = "next_open"
    CLOSE = "close"


class SlippageModel(StrEnum):
    """How much worse than the reference price a taker is filled; see docs."""

    NONE = "none"
    FIXED = "fixed"
    SPREAD = "spread"
    VOLUME_SHARE = "volume_share"
    SQUARE_ROOT = "square_root"


@dataclass(frozen=True)
class Slippage:
    """``value`` is a fraction of the price (FIXED, SPREAD), else the coefficient."""

    model: SlippageModel = SlippageModel.NONE
    value: float = 0.0


@dataclass(frozen=True)
class Costs:
    """Fees as fractions of the traded value, and what fills cost beside them."""

    maker: float = 0.0
    taker: float = 0.0
    slippage: Slippage = field(default_factory=Slippage)


@dataclass(frozen=True)
class Market:
    """A venue's limits; 0 is none."""

    price_tick: float = 0.0
    size_step: float = 0.0
    least_value: float = 0.0


@dataclass(frozen=True)
class Setup:
    """Everything but candles and strategy that decides what a run does."""

    initial_capital: float = 10_000.0
    fraction: float = 1.0
    """Of the equity, committed to each entry, its fee within."""
    shorts: bool = False
    fill_at: FillAt = FillAt.NEXT_OPEN
    costs: Costs = field(default_factory=Costs)
    market: Market = field(default_factory=Market)


class UnsupportedError(Exception):
    """The engine cannot do what is asked; the message says what."""


class Engine(Protocol):
    """Runs one strategy over candles: the same inputs give the same bytes."""

    name: str
    version: str

    def run(
        self,
        market: Sequence[Candles],
        strategy: Strategy,
        values: Values,
        setup: Setup,
    ) -> Record:
        """Return what the run leaves; decisions begin after the strategy's warm-up.

        Raises:
            UnsupportedError: the engine has no such order, cost or form.
        """
