"""The strategy contract: one for backtests, paper sessions and live bots.

A strategy declares its parameters and how many candles it needs before it can decide.
It decides in one of three forms: signals of one symbol, weights of many symbols on one
pool of cash, or bar by bar.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from abtpro_saas.plugins.api.candles import Candles, Flags, Floats
from abtpro_saas.plugins.api.parameters import Parameter, Text, Values


class Level(StrEnum):
    """Which feature of a plan a strategy asks for."""

    BASIC = "basic_strategies"
    ADVANCED = "advanced_strategies"
    CUSTOM = "custom_strategies"


@dataclass(frozen=True)
class About:
    """What a person reads of a strategy; ``source`` is where its rules come from."""

    title: Text
    description: Text
    source: str
    level: Level = Level.BASIC


class Strategy(ABC):
    """What every form has in common; ``name`` is what the API calls it."""

    name: ClassVar[str]
    about: ClassVar[About]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    symbols: ClassVar[tuple[int, int]] = (1, 1)
    """The fewest and the most symbols that one run may have."""

    def check(self, values: Values) -> None:  # noqa: B027 - most need none
        """Refuse values that do not go together.

        Raises:
            ParameterError: as fast and slow averages in the wrong order.
        """

    @abstractmethod
    def warm_up(self, values: Values) -> int:
        """Return how many candles must have closed before the first decision."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What is wanted at the close of each candle, from it and those before it.

    All arrays have the candles' length. ``stop_loss``, ``take_profit`` and ``trailing``
    are fractions of the entry's fill (0.02 is 2 %), read at the candle of the entry's
    signal; NaN or None is none. ``size`` is the fraction of equity to commit, 1 when
    None.
    """

    enter: Flags
    leave: Flags
    enter_short: Flags | None = None
    leave_short: Flags | None = None
    size: Floats | None = None
    stop_loss: Floats | None = None
    take_profit: Floats | None = None
    trailing: Floats | None = None


class SignalStrategy(Strategy):
    """Decides for one symbol, for all candles at once."""

    @abstractmethod
    def signals(self, candles: Candles, values: Values) -> Signals:
        """Return the signals; a row never depends on a later candle."""


class WeightStrategy(Strategy):
    """Divides one pool of cash among symbols, for all candles at once."""

    symbols: ClassVar[tuple[int, int]] = (1, 100)

    @abstractmethod
    def weights(self, market: Sequence[Candles], values: Values) -> Floats:
        """Return the fraction of equity wanted in each symbol, shape (bars, symbols).

        The candles of all symbols share their times. A row of NaN leaves positions as
        they are; a row never depends on a later candle.
        """


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "BUY"
    SELL = "SELL"


class View(Protocol):
    """What a bar-by-bar strategy sees and may do at the close of a candle.

    The future is not in it: ``candles`` ends with the candle that has just closed.
    """

    @property
    def candles(self) -> Candles:
        """All candles so far, the latest last."""

    @property
    def cash(self) -> float:
        """Free cash, in the quote currency."""

    @property
    def position(self) -> float:
        """Units held, negative when short."""

    @property
    def equity(self) -> float:
        """Cash and positions at the last close."""

    def market(self, side: Side, units: float) -> int:
        """Order at the next open; return the order's number."""

    def limit(self, side: Side, units: float, price: float) -> int:
        """Order at ``price`` or better, until cancelled."""

    def stop(self, side: Side, units: float, price: float) -> int:
        """Order at market once ``price`` is touched, until cancelled."""

    def cancel(self, order: int) -> None:
        """Take an order back; one that is filled or gone is left alone."""

    def open_orders(self) -> Sequence[int]:
        """Return the numbers of the orders that wait."""


class BarStrategy(Strategy):
    """Decides candle by candle; a new instance serves each run."""

    @abstractmethod
    def on_bar(self, view: View, values: Values) -> None:
        """Place or cancel orders at the close of a candle."""
