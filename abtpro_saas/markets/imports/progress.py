"""How an import goes on, step by step, each under its row's lock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.database import lock
from abtpro_saas.ids import TenantId
from abtpro_saas.markets.tables import Import
from abtpro_saas.markets.words import ENDED, IMPORT_TOPIC, ImportStatus
from abtpro_saas.wakes import wake_after_commit

MOST_FAULTS = 60
"""So often in a row an exchange may fail before an import is given up."""
LONGEST_WAIT_S = 300.0


def begin(session: Session, tenant_id: TenantId, import_id: UUID) -> Import:
    """Return the import, RUNNING from now on unless it has ended."""
    row = lock(session, Import, (tenant_id, import_id))
    if row.status == ImportStatus.PENDING:
        row.status = ImportStatus.RUNNING
        session.flush()
        wake_pages(session, row)
    return row


def note_page(
    session: Session,
    tenant_id: TenantId,
    import_id: UUID,
    *,
    next_at: datetime,
    came: int,
) -> bool:
    """Note that all before ``next_at`` is stored; tell whether to go on."""
    row = lock(session, Import, (tenant_id, import_id))
    if row.status in ENDED:
        return False
    # A page that came twice, after a crash, is counted once.
    if row.next_at is None or next_at > row.next_at:
        row.next_at = next_at
        row.rows += came
        row.faults = 0
        row.progress = max(row.progress, _part(row, next_at))
    session.flush()
    wake_pages(session, row)
    return True


def note_fault(
    session: Session,
    tenant_id: TenantId,
    import_id: UUID,
    now: datetime,
    *,
    wait_s: float | None,
    most: int | None = None,
) -> datetime | None:
    """Count a failure; return when to try again, or None: no more."""
    row = lock(session, Import, (tenant_id, import_id))
    row.faults += 1
    session.flush()
    if row.faults > (MOST_FAULTS if most is None else most):
        return None
    usual = min(2.0 ** min(row.faults - 1, 10), LONGEST_WAIT_S / 5)
    return now + timedelta(seconds=min(max(wait_s or 0, usual), LONGEST_WAIT_S))


def note_progress(
    session: Session, tenant_id: TenantId, import_id: UUID, percent: int
) -> None:
    """Note how much is done of an import that goes on."""
    row = lock(session, Import, (tenant_id, import_id))
    if row.status not in ENDED:
        row.progress = max(row.progress, percent)
    session.flush()
    wake_pages(session, row)


def complete(
    session: Session,
    row: Import,
    series_id: UUID,
    findings: Mapping[str, Any],
    now: datetime,
) -> None:
    """Let a locked import be COMPLETED."""
    row.status, row.progress, row.finished_at = ImportStatus.COMPLETED, 100, now
    row.series_id, row.upload = series_id, None
    row.rows, row.quarantined = findings["rows"], findings["quarantined"]
    row.findings = dict(findings)
    session.flush()
    wake_pages(session, row)


def fail(
    session: Session,
    tenant_id: TenantId,
    import_id: UUID,
    now: datetime,
    *,
    code: str,
    message: str,
    findings: Mapping[str, Any] | None = None,
) -> None:
    """Let an import be FAILED, unless it has ended."""
    row = lock(session, Import, (tenant_id, import_id))
    if row.status in ENDED:
        return
    row.status, row.finished_at, row.upload = ImportStatus.FAILED, now, None
    row.error_code, row.error = code, message
    if findings is not None:
        row.quarantined = findings["quarantined"]
        row.findings = dict(findings)
    session.flush()
    wake_pages(session, row)


def wake_pages(session: Session, row: Import) -> None:
    """Ask open pages to look at an import again, once this has committed."""
    wake_after_commit(session, IMPORT_TOPIC, str(row.tenant_id), str(row.import_id))


def _part(row: Import, next_at: datetime) -> int:
    if row.starts_at is None or row.ends_at is None:
        return row.progress
    part = (next_at - row.starts_at) / (row.ends_at - row.starts_at)
    return max(0, min(95, int(95 * part)))
