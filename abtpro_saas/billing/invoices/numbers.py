"""Document numbers without gaps: a counter's row, locked until its document commits.

A sequence would not do: it keeps the numbers of transactions that were rolled back, and
a missing number looks like a hidden sale.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from abtpro_saas.billing.words import DocumentKind
from abtpro_saas.ids import TenantId

_PREFIX = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CN"}

_NEXT = text("""
INSERT INTO document_counters (tenant_id, branch, year, kind, last)
VALUES (:tenant, :branch, :year, :kind, 1)
ON CONFLICT (tenant_id, branch, year, kind)
DO UPDATE SET last = document_counters.last + 1
RETURNING last
""")


def take_number(
    session: Session, tenant_id: TenantId, kind: DocumentKind, branch: str, year: int
) -> str:
    """Return the next number of a series, as ``INV-00000-2026-000001``.

    Others who issue at this branch wait for our commit: take it last.
    """
    series = {"tenant": tenant_id, "branch": branch, "year": year, "kind": kind}
    last = session.execute(_NEXT, series).scalar_one()
    return f"{_PREFIX[kind]}-{branch}-{year}-{last:06d}"
