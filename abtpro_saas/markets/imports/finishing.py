"""The end of an import: what it brought becomes the series, in one commit."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from abtpro_saas.clock import utc_now
from abtpro_saas.database import lock, take_turns, tenant_transaction
from abtpro_saas.errors import InvalidError
from abtpro_saas.markets.imports import progress
from abtpro_saas.markets.imports.content import Brought
from abtpro_saas.markets.imports.job import Job
from abtpro_saas.markets.imports.provenance import with_import
from abtpro_saas.markets.service import NewData, keep_series, named_series
from abtpro_saas.markets.sources.port import Origin
from abtpro_saas.markets.tables import Import, Series
from abtpro_saas.markets.words import ENDED


class NothingImportedError(InvalidError):
    """Not one row could be kept; ``findings`` say why."""

    code = "nothing_imported"

    def __init__(self, message: str, found: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.findings = found


class Finisher:
    """Lets what an import brought be part of a series.

    Files are written first, at a place that nothing names yet; the commit names them.
    Where another import of the same series was quicker, it is done again on top.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def finish(self, job: Job, brought: Brought, origin: Origin, word: str) -> None:
        """Keep what was brought, and let the import be COMPLETED, unless it has ended.

        Raises:
            NothingImportedError: there is nothing, of what is called ``word``.
        """
        found = brought.findings
        if not found["rows"]:
            raise NothingImportedError(_why_nothing(found, word), found)
        while True:
            base = self._base(job)
            new = _kept(job, brought, base, origin)
            if self._committed(job, base, new, found):
                return

    def _base(self, job: Job) -> Series | None:
        with tenant_transaction(self._engine, job.tenant_id) as session:
            return named_series(session, job.tenant_id, job.name)

    def _committed(
        self,
        job: Job,
        base: Series | None,
        new: NewData,
        found: Mapping[str, Any],
    ) -> bool:
        """Tell whether all is done; False where the series has changed meanwhile."""
        now = utc_now()
        with tenant_transaction(self._engine, job.tenant_id) as session:
            row = lock(session, Import, (job.tenant_id, job.import_id))
            if row.status in ENDED:
                return True
            take_turns(session, f"series:{job.tenant_id}:{job.name}")
            there = named_series(session, job.tenant_id, job.name)
            if _mark(there) != _mark(base):
                return False
            series = keep_series(session, job.tenant_id, job.name, new, now)
            progress.complete(session, row, series.series_id, found, now)
        return True


def _kept(job: Job, brought: Brought, base: Series | None, origin: Origin) -> NewData:
    whole = brought.joined(base)
    # What is written under a name never changes: the name says what it is.
    mark = whole.fingerprint
    location = f"candles/{job.tenant_id}/{job.import_id}/{mark[:32]}"
    whole.write(location)
    told = {**whole.passport(origin.text), **brought.findings}
    told |= with_import(base, _done(job, brought, origin, whole.replaced))
    return NewData(
        location,
        mark,
        *whole.span,
        len(whole),
        told | {"rows": len(whole), "replaced": whole.replaced},
        simulated=origin.simulated or (base is not None and base.simulated),
    )


def _done(job: Job, brought: Brought, origin: Origin, replaced: int) -> dict[str, Any]:
    """Return what a series keeps of one import; the rows put aside are the import's."""
    start, end = brought.span
    found = {k: v for k, v in brought.findings.items() if k != "quarantine"}
    return {
        "import_id": str(job.import_id),
        "at": utc_now().isoformat(),
        "origin": origin.kind,
        "source": origin.text,
        "start": start,
        "end": end,
        "replaced": replaced,
        **found,
    }


def _mark(series: Series | None) -> tuple[str, str] | None:
    return None if series is None else (series.location, series.fingerprint)


def _why_nothing(found: Mapping[str, Any], word: str) -> str:
    reasons = ", ".join(f"{count} {name}" for name, count in found["reasons"].items())
    if not reasons:
        return f"there are no {word} in this span"
    return f"not one row can be kept: {reasons}"
