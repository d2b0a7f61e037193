"""Incidents: what is wrong with money and needs a person; one row a subject."""

import json
from datetime import datetime
from typing import Any

from abtpro_saas.billing.words import IncidentKind
from abtpro_saas.database import TenantId, Write, new_id

_OPEN = """
INSERT INTO incidents (tenant_id, incident_id, kind, subject, detail, opened_at)
VALUES (:i_tenant, :i_id, :i_kind, :i_subject, cast(:i_detail AS jsonb), :i_now)
ON CONFLICT (tenant_id, kind, subject) DO NOTHING
"""


def open_incident(
    tenant_id: TenantId,
    kind: IncidentKind,
    subject: str,
    now: datetime,
    **detail: Any,  # noqa: ANN401 - whatever JSON holds
) -> Write:
    """Return the write that opens an incident, unless the subject has one already."""
    return Write(
        _OPEN,
        {
            "i_tenant": tenant_id,
            "i_id": new_id(),
            "i_kind": kind,
            "i_subject": subject,
            "i_detail": json.dumps(detail),
            "i_now": now,
        },
    )
