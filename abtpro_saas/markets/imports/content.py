"""What an import needs to know of what it brings: candles, or rates of funding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from abtpro_saas.markets.sources.port import DataSource, Origin
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.words import OriginKind

UPLOADED = Origin("A file that was brought", simulated=False, kind=OriginKind.FILE)


@dataclass(frozen=True)
class Fetched:
    """A page of an exchange by columns, and where to go on."""

    columns: Sequence[Any]
    next_ms: int


class Whole(Protocol):
    """A series as it is to be: what was there, and what came."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of all of it."""

    @property
    def span(self) -> tuple[int, int]:
        """From its first instant until after its last, in ms."""

    @property
    def replaced(self) -> int:
        """How many rows were other before."""

    def __len__(self) -> int:
        """Return how many rows it has."""

    def write(self, location: str) -> None:
        """Keep it in the store."""

    def passport(self, source: str) -> dict[str, Any]:
        """Return what is told of it, as JSON holds it."""


class Brought(Protocol):
    """Rows that can be kept, and what was put aside."""

    @property
    def findings(self) -> Mapping[str, Any]:
        """What was put aside, and how many ``rows`` were not."""

    @property
    def span(self) -> tuple[int, int]:
        """From the first instant of the rows until after the last, in ms."""

    def joined(self, base: Series | None) -> Whole:
        """Return what ``base`` is with them; at the same time they count."""


class Content(Protocol):
    """What one import brings."""

    word: str
    """What rows of it are called."""

    @property
    def width(self) -> int:
        """How many columns it has; the first is its time."""

    def bounds(self, start_ms: int, end_ms: int, clock_ms: int) -> tuple[int, int]:
        """Return what of a span an exchange is asked for, whose clock stands so."""

    def fetch(self, source: DataSource, since_ms: int, end_ms: int) -> Fetched:
        """Return the next page.

        Raises:
            SourceAwayError, SourceRefusedError: as the source does.
        """

    def of_pages(self, columns: Sequence[Any], clock_ms: int) -> Brought:
        """Return what all pages bring."""

    def of_file(
        self,
        file: Any,  # noqa: ANN401 - a file of any system
        place: Path,
        now_ms: int,
        covered: tuple[int, int] | None,
    ) -> tuple[Brought, Origin]:
        """Return what an open file brings, and where it comes from.

        ``place`` is an empty folder to work in.

        Raises:
            FileError: it cannot be read.
            ReaderKilledError: somebody ended what read it: asking again may help.
        """
