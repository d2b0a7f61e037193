"""Incidents: what is wrong with money and needs a person; one row a subject."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abtpro_saas.billing.gateway_tables import Incident
from abtpro_saas.billing.words import IncidentKind
from abtpro_saas.database import Write, lock, run
from abtpro_saas.ids import TenantId, UserId, new_id

_INSERT = """
INSERT INTO incidents (tenant_id, incident_id, kind, subject, detail, opened_at)
VALUES (%(i_tenant)s, %(i_id)s, %(i_kind)s, %(i_subject)s, cast(%(i_detail)s AS jsonb),
        %(i_now)s)
ON CONFLICT (tenant_id, kind, subject) """

_OPEN = f"{_INSERT} DO NOTHING"

_OPEN_AGAIN = f"""{_INSERT} DO UPDATE
SET opened_at = excluded.opened_at, detail = excluded.detail, closed_at = NULL,
    closed_by = NULL
WHERE incidents.closed_at IS NOT NULL
RETURNING incident_id
"""


def list_incidents(
    session: Session,
    tenant_id: TenantId,
    *,
    is_open: bool = True,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[Incident]:
    """Return a tenant's open (or closed) incidents, newest first."""
    query = select(Incident).where(
        Incident.tenant_id == tenant_id,
        Incident.closed_at.is_(None) if is_open else Incident.closed_at.is_not(None),
    )
    if before is not None:
        query = query.where(Incident.incident_id < before)
    newest = Incident.incident_id.desc()
    return session.scalars(query.order_by(newest).limit(limit)).all()


def close_incident(
    session: Session,
    tenant_id: TenantId,
    incident_id: UUID,
    by: UserId,
    now: datetime,
) -> Incident:
    """Note that a person has dealt with it; again, nothing changes.

    Raises:
        NotFoundError: the tenant has no such incident.
    """
    incident = lock(session, Incident, (tenant_id, incident_id))
    if incident.closed_at is None:
        incident.closed_at, incident.closed_by = now, by
        session.flush()
    return incident


def close_by_itself(
    session: Session,
    tenant_id: TenantId,
    kind: IncidentKind | str | None,
    subject: str,
    now: datetime,
    *,
    by: UserId | None = None,
) -> None:
    """Close the incident of ``subject``, if one is open: it has been put right."""
    session.execute(
        update(Incident)
        .where(
            Incident.tenant_id == tenant_id,
            Incident.kind == kind,
            Incident.subject == subject,
            Incident.closed_at.is_(None),
        )
        .values(closed_at=now, closed_by=by)
    )


def open_incident(
    tenant_id: TenantId,
    kind: IncidentKind,
    subject: str,
    now: datetime,
    **detail: Any,  # noqa: ANN401 - whatever JSON holds
) -> Write:
    """Return the write that opens an incident, unless the subject has one already."""
    return Write(_OPEN, _row(tenant_id, kind, subject, now, detail))


def open_again(
    session: Session,
    tenant_id: TenantId,
    kind: IncidentKind,
    subject: str,
    now: datetime,
    **detail: Any,  # noqa: ANN401 - whatever JSON holds
) -> bool:
    """Open the incident of a state that comes and goes; tell whether it was not open.

    The subject's one row is opened anew where it was closed.
    """
    values = _row(tenant_id, kind, subject, now, detail)
    with run(session, _OPEN_AGAIN, values) as cursor:
        return cursor.fetchone() is not None


def _row(
    tenant_id: TenantId,
    kind: IncidentKind,
    subject: str,
    now: datetime,
    detail: dict[str, Any],
) -> dict[str, Any]:
    return {
        "i_tenant": tenant_id,
        "i_id": new_id(),
        "i_kind": kind,
        "i_subject": subject,
        "i_detail": json.dumps(detail),
        "i_now": now,
    }
