"""What a movement was for: of a rental by its document, in the reader's language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.tables import Journal
from abtpro_saas.billing.wallets import Movement
from abtpro_saas.contracts.office.acts import REFUND
from abtpro_saas.ids import TenantId


@dataclass(frozen=True)
class Purpose:
    """A document in words; ``reason`` is an admin's own, of a refund."""

    document: Document
    text: str
    reason: str | None

    @property
    def cited(self) -> str | None:
        """The number of the invoice that a credit note takes back from."""
        return self.document.cited["number"] if self.document.cited else None


def purposes(
    session: Session, tenant_id: TenantId, rows: Iterable[Movement], locale: str
) -> Mapping[UUID, Purpose]:
    """Return what the movements were for that have a document, by their ids."""
    moved = [row.id for row in rows if row.balance_after is not None]
    if not moved:
        return {}
    query = (
        select(Document, Journal.source)
        .join(
            Journal,
            (Journal.tenant_id == Document.tenant_id)
            & (Journal.journal_id == Document.journal_id),
        )
        .where(Document.tenant_id == tenant_id, Document.journal_id.in_(moved))
    )
    return {
        document.journal_id: Purpose(
            document,
            document.lines[0][locale],
            document.reason if source.startswith(REFUND) else None,
        )
        for document, source in session.execute(query)
    }


def in_words(
    session: Session, tenant_id: TenantId, rows: Sequence[Movement], locale: str
) -> Iterator[Movement]:
    """Yield the movements as a file tells them: with document, words and reason."""
    found = purposes(session, tenant_id, rows, locale)
    for row in rows:
        purpose = found.get(row.id)
        if purpose is None:
            yield row
            continue
        parts = (purpose.text, purpose.reason, purpose.cited)
        told = "; ".join(part for part in parts if part)
        yield replace(row, reference_id=purpose.document.number, description=told)
