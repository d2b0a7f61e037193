"""The work of an import: a stretch of it at a time, safe to repeat and to kill."""

import time
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import DomainError, InvalidError, UnavailableError
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.imports import progress
from abtpro_saas.markets.imports.candles import CandleContent
from abtpro_saas.markets.imports.content import Content, Fetched
from abtpro_saas.markets.imports.finishing import Finisher, NothingImportedError
from abtpro_saas.markets.imports.funding import FundingContent
from abtpro_saas.markets.imports.job import Job, job_of
from abtpro_saas.markets.imports.staging import Staging, upload_path
from abtpro_saas.markets.inspection.apart import ReaderKilledError
from abtpro_saas.markets.inspection.tabular import FileError
from abtpro_saas.markets.messages import ImportStanding, ReviewImport
from abtpro_saas.markets.service import instant
from abtpro_saas.markets.sources.catalogue import Urls, source_of
from abtpro_saas.markets.sources.port import SourceAwayError
from abtpro_saas.markets.tables import Import
from abtpro_saas.markets.words import ENDED, FUNDING

STRETCH_S = 40.0
"""So long pages are asked for before the process notes how far it is."""
MOST_READERS = 10
"""So often in a row what reads a file may be killed before the import is given up."""


class _StoppedError(Exception):
    """Somebody has ended the import meanwhile."""


class Importer:
    """Does what is due for imports: asks exchanges, reads files, keeps series."""

    def __init__(self, engine: Engine, root: str, urls: Urls = ()) -> None:
        self._engine = engine
        self._root, self._files = root, Files(root)
        self._finisher = Finisher(engine)
        self._urls = urls

    def work(self, order: ReviewImport, stretch_s: float = STRETCH_S) -> ImportStanding:
        """Do a stretch of an import; return how it stands then."""
        tenant_id, import_id = TenantId(UUID(order.tenant_id)), UUID(order.import_id)
        with tenant_transaction(self._engine, tenant_id) as session:
            row = progress.begin(session, tenant_id, import_id)
            job, ended = job_of(row), row.status in ENDED
        again = None if ended else self._try(job, time.monotonic() + stretch_s)
        return self._standing(job, again)

    def _try(self, job: Job, until: float) -> datetime | None:
        """Return when to go on; None where the import has ended."""
        try:
            if job.upload is not None:
                self._read(job, job.upload)
                return None
            return self._fetch(job, until)
        except SourceAwayError as error:
            return self._wait(job, error, wait_s=error.wait_s)
        except ReaderKilledError as error:
            return self._wait(job, error, most=MOST_READERS)
        except InvalidError as error:
            self._fail(job, error)
        except FileNotFoundError:
            if not self._has_ended(job):
                raise  # else whoever ended it has removed what we were writing to
        except _StoppedError:
            pass
        return None

    def _has_ended(self, job: Job) -> bool:
        with tenant_transaction(self._engine, job.tenant_id) as session:
            row = session.get(Import, (job.tenant_id, job.import_id))
            return row is None or row.status in ENDED

    def _read(self, job: Job, upload: str) -> None:
        content, now_ms = self._content(job), round(utc_now().timestamp() * 1000)
        try:
            with (
                self._files.reading(upload) as file,
                self._files.workplace(upload) as place,
            ):
                brought, origin = content.of_file(file, place, now_ms, job.covered)
        except FileNotFoundError:
            raise FileError("the file is gone: bring it again", "file") from None
        self._note_percent(job, 60)
        self._finisher.finish(job, brought, origin, content.word)

    def _fetch(self, job: Job, until: float) -> datetime | None:
        """Ask for pages; return when to go on, or None when all is kept."""
        content, exchange = self._content(job), job.name.exchange
        source = source_of(exchange, self._urls)
        clock_ms = source.clock(exchange)
        start_ms, end_ms = content.bounds(job.start_ms, job.end_ms, clock_ms)
        since_ms = job.next_ms or start_ms
        while since_ms < end_ms:
            fetched = content.fetch(source, since_ms, end_ms)
            self._keep(job, since_ms, fetched)
            since_ms = fetched.next_ms
            if time.monotonic() > until:
                return utc_now()
        brought = content.of_pages(self._staging(job).all(content.width), clock_ms)
        self._finisher.finish(job, brought, source.origin(exchange), content.word)
        return None

    def _keep(self, job: Job, since_ms: int, fetched: Fetched) -> None:
        """Store one page, and note where the next one begins.

        Raises:
            _StoppedError: the import was ended meanwhile.
        """
        self._staging(job).keep(since_ms, fetched.columns)
        with tenant_transaction(self._engine, job.tenant_id) as session:
            goes_on = progress.note_page(
                session,
                job.tenant_id,
                job.import_id,
                next_at=instant(fetched.next_ms),
                came=len(fetched.columns[0]),
            )
        if not goes_on:
            raise _StoppedError

    def _wait(
        self,
        job: Job,
        error: UnavailableError,
        *,
        wait_s: float | None = None,
        most: int | None = None,
    ) -> datetime | None:
        with tenant_transaction(self._engine, job.tenant_id) as session:
            again = progress.note_fault(
                session,
                job.tenant_id,
                job.import_id,
                utc_now(),
                wait_s=wait_s,
                most=most,
            )
        if again is None:
            self._fail(job, error)
        return again

    def _fail(self, job: Job, error: DomainError) -> None:
        found = error.findings if isinstance(error, NothingImportedError) else None
        with tenant_transaction(self._engine, job.tenant_id) as session:
            progress.fail(
                session,
                job.tenant_id,
                job.import_id,
                utc_now(),
                code=error.code,
                message=str(error),
                findings=found,
            )

    def _note_percent(self, job: Job, percent: int) -> None:
        with tenant_transaction(self._engine, job.tenant_id) as session:
            progress.note_progress(session, job.tenant_id, job.import_id, percent)

    def _standing(self, job: Job, again: datetime | None) -> ImportStanding:
        with tenant_transaction(self._engine, job.tenant_id) as session:
            row = session.get_one(Import, (job.tenant_id, job.import_id))
        if row.status in ENDED:
            # A look that was killed after its commit leaves this to the next.
            self._staging(job).forget()
            self._files.remove(upload_path(job.tenant_id, job.import_id))
            again = None
        return ImportStanding(row.status, _summary(row), again, str(row.user_id))

    def _content(self, job: Job) -> Content:
        if job.name.timeframe == FUNDING:
            return FundingContent(self._root, job.name)
        return CandleContent(self._root, job.name)

    def _staging(self, job: Job) -> Staging:
        return Staging(self._files, job.tenant_id, job.import_id)


def _summary(row: Import) -> str:
    what = "rates" if row.timeframe == FUNDING else "candles"
    told = f"{row.symbol} {row.timeframe} from {row.exchange}: {row.rows:,} {what}"
    if row.error is not None:
        return f"{told}, {row.error}"
    trouble = f", failed {row.faults} times in a row" if row.faults else ""
    return f"{told}, {row.progress} %{trouble}"
