"""Where results lie: a folder for each run, beside the candles."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from uuid import UUID

from abtpro_saas.errors import UnavailableError
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files


class ResultsAwayError(UnavailableError):
    """The store of results does not answer, or has lost a file."""

    code = "results_unavailable"


def location_of(tenant_id: TenantId, backtest_id: UUID) -> str:
    """Return where a run's files lie, below the store's root."""
    return f"results/{tenant_id}/{backtest_id}"


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class ResultStore:
    """The files of runs below one root: a folder, or a URL that fsspec knows."""

    def __init__(self, root: str) -> None:
        self._root = root

    def write(self, location: str, files: Mapping[str, bytes]) -> None:
        """Write files; each is there whole or not at all, and a repeat does no harm.

        Raises:
            ResultsAwayError: the store does not answer.
        """
        try:
            store = Files(self._root)
            for name, content in files.items():
                store.write(f"{location}/{name}", content)
        except OSError:
            raise ResultsAwayError("the result cannot be stored now") from None

    def read(self, location: str, name: str, digest: str) -> bytes:
        """Return one file of a run, whose SHA-256 is ``digest``.

        Raises:
            ResultsAwayError: it is not there, or not as it was written, or the store
                does not answer.
        """
        with self.open(location, name) as file:
            content = file.read()
        if digest_of(content) != digest:
            raise ResultsAwayError("a file of the result is not as it was written")
        return content

    @contextmanager
    def open(self, location: str, name: str) -> Iterator[IO[bytes]]:
        """Open one file of a run.

        Raises:
            ResultsAwayError: it is not there, or the store does not answer.
        """
        try:
            with Files(self._root).reading(f"{location}/{name}") as file:
                yield file
        except OSError:
            raise ResultsAwayError("the result cannot be read now") from None
