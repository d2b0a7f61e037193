"""What the tests of imports share: asking for one, and working on it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.imports import ordering
from abtpro_saas.markets.imports.ordering import Wanted
from abtpro_saas.markets.imports.staging import upload_path
from abtpro_saas.markets.imports.working import Importer
from abtpro_saas.markets.messages import ReviewImport
from abtpro_saas.markets.service import SeriesName, named_series
from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.tables import Import

BEGIN = datetime.fromtimestamp(START_MS / 1000, UTC)


@dataclass
class Desk:
    """One trader who imports, and what works on it."""

    engine: object
    tenant_id: TenantId
    user_id: UserId
    root: str
    urls: tuple = ()

    def ask(self, start=BEGIN, end=BEGIN + timedelta(days=2), **named):
        """Ask the exchange for candles; return the import's id."""
        wanted = self.wanted(**named)
        with tenant_transaction(self.engine, self.tenant_id) as session:
            made = ordering.import_span(
                session, self.tenant_id, wanted, (start, end), utc_now(), urls=self.urls
            )
            return made.import_id

    def bring(self, raw, covered=None, **named):
        """Bring a file; return the import's id."""
        import_id = new_id()
        path = upload_path(self.tenant_id, import_id)
        Files(self.root).write(path, raw)
        wanted = self.wanted(**{"exchange": "mine", **named})
        with tenant_transaction(self.engine, self.tenant_id) as session:
            where = session, self.tenant_id
            ordering.import_file(*where, wanted, import_id, path, utc_now(), covered)
        return import_id

    def wanted(self, **named):
        names = {"exchange": "binance", "symbol": "BTC/USDT", "timeframe": "1m"}
        names = {"owner_id": self.user_id} | names | named
        return Wanted(user_id=self.user_id, **names)

    def work(self, import_id, stretch_s=60.0):
        """Do one stretch; return how it stands then."""
        importer = Importer(self.engine, self.root, self.urls)
        order = ReviewImport(str(self.tenant_id), str(import_id), utc_now())
        return importer.work(order, stretch_s)

    def finish(self, import_id):
        """Work until the import has ended; return its row."""
        while self.work(import_id).review_at is not None:
            pass
        return self.row(import_id)

    def row(self, import_id):
        with tenant_transaction(self.engine, self.tenant_id) as session:
            return session.get_one(Import, (self.tenant_id, import_id))

    def series(self, **named):
        wanted = self.wanted(**named)
        names = (wanted.exchange, wanted.symbol, wanted.timeframe, wanted.owner_id)
        with tenant_transaction(self.engine, self.tenant_id) as session:
            return named_series(session, self.tenant_id, SeriesName(*names))

    def candles(self, step, **named):
        series = self.series(**named)
        return CandleStore(self.root).read(series.location, series.symbol, step)

    def left(self):
        """Return the folders in which an import works."""
        files = Files(self.root)
        found = []
        for folder in ("staging", "uploads"):
            for tenant in files.folders(folder):
                place = f"{folder}/{tenant}"
                found += [*files.folders(place), *files.names(place)]
        return found
