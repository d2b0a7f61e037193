"""The engine port: what each engine is given and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from abtpro_saas.markets.funding.rates import FundingRates
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


class Members(StrEnum):
    """Of which times the candles of many symbols are."""

    SHARED = "shared"
    """Those that all of them have."""
    POINT_IN_TIME = "point_in_time"
    """All; a symbol is part of the market while it is traded."""


@dataclass(frozen=True)
class Slippage:
    """``value`` is a fraction of the price (FIXED, SPREAD), else the coefficient."""

    model: SlippageModel = SlippageModel.NONE
    value: float = 0.0


class FeeIn(StrEnum):
    """What the fee of a purchase is taken in; a sale's is always money."""

    QUOTE = "quote"
    BASE = "base"


@dataclass(frozen=True)
class Costs:
    """Fees as fractions of the traded value, and what fills cost beside them."""

    maker: float = 0.0
    taker: float = 0.0
    slippage: Slippage = field(default_factory=Slippage)
    fee_in: FeeIn = FeeIn.QUOTE


@dataclass(frozen=True)
class Market:
    """A venue's limits; 0 is none.

    ``participation`` is how much of a candle's volume our fills may take together.
    """

    price_tick: float = 0.0
    size_step: float = 0.0
    least_value: float = 0.0
    participation: float = 0.0


@dataclass(frozen=True)
class Margin:
    """A perpetual contract's isolated margin: a position is ``leverage`` times its own.

    ``maintenance`` is the share of a position's value that must be left of its margin,
    ``liquidation_fee`` what a liquidation costs beside the taker's fee.
    """

    leverage: float = 1.0
    maintenance: float = 0.0
    liquidation_fee: float = 0.0


@dataclass(frozen=True)
class Funding:
    """What longs pay to shorts: ``rate`` at each interval, or the market's history.

    Without a rate it is the history; instants of which nobody knows the rate leave the
    funding of a trade unknown.
    """

    rate: float | None = None
    interval_hours: float = 8.0


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
    margin: Margin | None = None
    """None is a spot market, where a position is paid for in full."""
    funding: Funding | None = None
    """None is none: no perpetual contract."""
    detail_timeframe: str | None = None
    """Whose candles tell what came first within one of the run's."""
    universe: Members = Members.SHARED


@dataclass(frozen=True)
class Beside:
    """What is known of a market beside its candles."""

    detail: Candles | None = None
    funding: FundingRates | None = None


NOTHING = Beside()


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
        beside: Beside = NOTHING,
    ) -> Record:
        """Return what the run leaves; decisions begin after the strategy's warm-up.

        Raises:
            UnsupportedError: the engine has no such order, cost or form.
        """
