"""The words that the rows of markets are written in."""

from enum import StrEnum


class ImportKind(StrEnum):
    """Where an import's candles come from."""

    EXCHANGE = "EXCHANGE"
    FILE = "FILE"


class OriginKind(StrEnum):
    """Where rows of a series come from, as its passport keeps it."""

    EXCHANGE = "exchange"
    MODEL = "model"
    """Of the market model, or asked of the simulator in an exchange's place."""
    FILE = "file"
    TRADES = "trades"
    """Made of the trades of a file."""


class ImportStatus(StrEnum):
    """How an import stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({ImportStatus.COMPLETED, ImportStatus.FAILED, ImportStatus.CANCELLED})
"""An import that stands so stays so."""

IMPORT_TOPIC = "import"
"""Hints to open pages: of one import, by its id."""

SIMULATED = "simulated"
"""The exchange of candles that the market model makes; nobody can import under it."""

FUNDING = "funding"
"""In the place of a time frame: a series of funding rates, not of candles."""
