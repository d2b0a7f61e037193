"""Pages of an import that goes on, and files that wait to be read, in the store."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np

from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files
from abtpro_saas.plugins.api.candles import Floats


def upload_path(tenant_id: TenantId, import_id: UUID) -> str:
    """Return our own name of a file that somebody brings."""
    return f"uploads/{tenant_id}/{import_id}"


class Staging:
    """The pages of one import, each a file that is there whole or not at all.

    A page is named after where it begins: asked again, it takes the same place.
    """

    def __init__(self, files: Files, tenant_id: TenantId, import_id: UUID) -> None:
        self._files = files
        self._folder = f"staging/{tenant_id}/{import_id}"

    def keep(self, since_ms: int, columns: Sequence[Any]) -> None:
        """Keep a page; its times are whole numbers that a float holds exactly."""
        table = np.array(columns, dtype="<f8")
        self._files.write(f"{self._folder}/{since_ms:015d}", table.tobytes())

    def all(self, width: int) -> Sequence[Floats]:
        """Return the columns of all pages, in the order of their names."""
        none = np.empty((width, 0))
        return [*np.concatenate([none, *self._pages(width)], axis=1)]

    def forget(self) -> None:
        """Remove all pages."""
        self._files.remove(self._folder)

    def _pages(self, width: int) -> Iterator[Floats]:
        for name in self._files.names(self._folder):
            raw = self._files.read(f"{self._folder}/{name}")
            yield np.frombuffer(raw, dtype="<f8").reshape(width, -1)
