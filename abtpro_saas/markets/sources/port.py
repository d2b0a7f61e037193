"""What a source of candles is asked, and how it says that it cannot answer."""

from dataclasses import dataclass
from typing import Protocol

from abtpro_saas.errors import InvalidError, UnavailableError
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.words import OriginKind
from abtpro_saas.plugins.api.candles import Candles


class SourceAwayError(UnavailableError):
    """The exchange cannot be asked now; ``wait_s`` is what it wants, if it said."""

    code = "exchange_unavailable"

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class SourceRefusedError(InvalidError):
    """The exchange has no such symbol or time frame, or does not serve us."""

    code = "exchange_refused"


class UnknownExchangeError(InvalidError):
    """No source knows this exchange."""

    code = "unknown_exchange"


@dataclass(frozen=True)
class PageOrder:
    """Candles that open in [since, end), as many as come at once."""

    exchange: str
    symbol: str
    step: int
    since_ms: int
    end_ms: int


@dataclass(frozen=True)
class Page:
    """Finished candles, oldest first, and where to go on; ``end_ms`` when all came."""

    candles: Candles
    next_ms: int


@dataclass(frozen=True)
class FundingOrder:
    """Funding rates that were due in [since, end), as many as come at once."""

    exchange: str
    symbol: str
    since_ms: int
    end_ms: int


@dataclass(frozen=True)
class FundingPage:
    """Rates, oldest first, and where to go on; ``end_ms`` when all came."""

    rates: FundingRates
    next_ms: int


@dataclass(frozen=True)
class Origin:
    """Where an exchange's candles really come from, as a passport says it."""

    text: str
    simulated: bool
    kind: OriginKind = OriginKind.EXCHANGE


class DataSource(Protocol):
    """A driver: one object a process, safe for many threads."""

    def knows(self, exchange: str) -> bool:
        """Tell whether there is such an exchange; asks nobody outside."""

    def origin(self, exchange: str) -> Origin:
        """Return where its candles come from."""

    def clock(self, exchange: str) -> int:
        """Return the exchange's own time, in milliseconds since 1970.

        Raises:
            SourceAwayError: it cannot be asked now.
        """

    def fetch(self, order: PageOrder) -> Page:
        """Return the next page.

        Raises:
            SourceAwayError: it cannot be asked now, or answers nonsense.
            SourceRefusedError: it has no such candles.
        """

    def fetch_funding(self, order: FundingOrder) -> FundingPage:
        """Return the next page of a perpetual's funding.

        Raises:
            SourceAwayError: it cannot be asked now, or answers nonsense.
            SourceRefusedError: it has no such perpetual, or tells no funding.
        """
