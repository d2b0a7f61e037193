"""Pages of an import that goes on, and files that wait to be read, in the store."""

from collections.abc import Iterator
from uuid import UUID

import numpy as np

from abtpro_saas.ids import TenantId
from abtpro_saas.markets.columns import NAMES
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.store import joined
from abtpro_saas.plugins.api.candles import Candles

_WIDTH = len(NAMES)


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

    def keep(self, since_ms: int, page: Candles) -> None:
        """Keep a page; its times are whole numbers that a float holds exactly."""
        columns = [getattr(page, name) for name in NAMES]
        table = np.array(columns, dtype="<f8")
        self._files.write(f"{self._folder}/{since_ms:015d}", table.tobytes())

    def all(self, symbol: str, step: int) -> Candles:
        """Return the rows of all pages, in the order of their names."""
        return joined(symbol, step, list(self._pages(symbol, step)))

    def forget(self) -> None:
        """Remove all pages."""
        self._files.remove(self._folder)

    def _pages(self, symbol: str, step: int) -> Iterator[Candles]:
        for name in self._files.names(self._folder):
            raw = self._files.read(f"{self._folder}/{name}")
            table = np.frombuffer(raw, dtype="<f8").reshape(_WIDTH, -1)
            yield Candles(symbol, step, table[0].astype(np.int64), *table[1:])
