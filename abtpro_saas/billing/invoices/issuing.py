"""Charges and what is taken back of them: the journal and its document, or neither.

A charge is paid with granted credit first, then from the wallet. One user's charges and
credits take turns, so two credits never give back more than the charge took. What a
refusal here rests on is read before anything is written, so that the caller's
transaction may go on; the database itself refuses what another one changed meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.billing import grants, ledger, wallets
from abtpro_saas.billing.invoices import parties, vat
from abtpro_saas.billing.invoices.numbers import take_number
from abtpro_saas.billing.invoices.parts import Part, credited, legs_of, part_of
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.ledger import Draft
from abtpro_saas.billing.reasons import reason_of
from abtpro_saas.billing.tables import Journal
from abtpro_saas.billing.words import DocumentKind, JournalKind
from abtpro_saas.clock import bangkok_date
from abtpro_saas.database import take_turns
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.people import get_user
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import NOTHING, AmountError, Satang
from abtpro_saas.wakes import wake_after_commit


class Line(NamedTuple):
    """What was sold: ``amount`` of all ``quantity``, with VAT, less a ``discount``."""

    th: str
    en: str
    amount: Satang
    quantity: int = 1
    discount: Satang = NOTHING
    coupon: str | None = None


@dataclass(frozen=True)
class Charge:
    """A sale to a user. ``source`` can be charged once; ``subject`` is the caller's.

    So much as ``own`` the wallet pays before granted credit: money that came back for
    this sale, which a gift shall not set free.
    """

    user_id: UserId
    source: str
    subject: str
    lines: tuple[Line, ...]
    own: Satang = NOTHING


@dataclass(frozen=True)
class Credit:
    """A part of an invoice, or all of it, to be taken back; ``lines`` sum to it."""

    cites_id: UUID
    source: str
    amount: Satang
    reason: str
    lines: tuple[Line, ...]


def charge(
    session: Session, tenant_id: TenantId, order: Charge, now: datetime
) -> Document | None:
    """Take the sum of the lines from a user and issue the document of it.

    Amounts include the tenant's VAT, if it may charge any. Of nothing there is neither
    journal nor document: the answer is None. A document's number makes others wait
    until the commit, so charge late in a transaction.

    Raises:
        NotFoundError: the tenant has no such user.
        AmountError: the sum is below zero, or a line has no quantity.
        InsufficientFundsError: grants and wallet hold less.
        PostedError: the same source has been charged before.
    """
    total = _sum(order.lines)
    if total == 0:
        return None
    user = get_user(session, tenant_id, order.user_id)
    _take_turn(session, tenant_id, order.user_id, order.source)
    seller = parties.selling(session, tenant_id, now)
    most = Satang(total - min(order.own, total))
    chosen = grants.choose(session, tenant_id, order.user_id, most, now)
    granted = Satang(sum(each.amount for each in chosen))
    part = Part(vat.split(total, seller.basis_points), granted)
    if part.paid > wallets.balance(session, tenant_id, order.user_id).balance:
        raise ledger.InsufficientFundsError("the wallet does not hold that much")
    draft = Draft(
        JournalKind.DEDUCTION,
        order.source,
        legs_of(session, tenant_id, order.user_id, part, now, sign=1),
        order.lines[0].th if user.locale == "th" else order.lines[0].en,
    )
    journal_id = ledger.post(session, tenant_id, draft, now)
    grants.spend(session, chosen, journal_id)
    buyer = parties.buying(session, tenant_id, order.user_id)
    document = Document(
        tenant_id=tenant_id,
        kind=DocumentKind.INVOICE,
        form=parties.form_of(seller, buyer),
        branch=seller.branch,
        user_id=order.user_id,
        journal_id=journal_id,
        seller=seller.printed,
        buyer=buyer,
        vat_basis_points=seller.basis_points,
        subject=order.subject,
    )
    return _issue(session, document, part, order.lines, now)


def credit(
    session: Session, tenant_id: TenantId, order: Credit, now: datetime
) -> Document:
    """Take a part of an invoice back, or what is left of it, and issue a credit note.

    The user's own money goes back to the wallet first; what granted credit paid comes
    back as granted credit (``grants.give_back``), for a gift is not to become money.
    Parties, form and rate of VAT are the invoice's.

    Raises:
        NotFoundError: the tenant has no such invoice.
        AmountError: nothing would go back, or the lines sum to something else.
        ReasonNeededError: nobody says why.
        parts.CreditTooLargeError: more than was charged and not yet credited.
        PostedError: the same source has been credited before.
    """
    why = reason_of(order.reason)
    invoice = _credited(session, tenant_id, order)
    _take_turn(session, tenant_id, invoice.user_id, order.source)
    before = credited(session, invoice)
    part = part_of(invoice, before, order.amount)
    draft = Draft(
        JournalKind.CREDIT_NOTE,
        order.source,
        legs_of(session, tenant_id, invoice.user_id, part, now, sign=-1),
        why,
    )
    journal_id = ledger.post(session, tenant_id, draft, now)
    if part.granted:
        grants.give_back(
            session,
            tenant_id,
            invoice.user_id,
            part.granted,
            why,
            charged=invoice.journal_id,
            journal_id=journal_id,
            now=now,
        )
    document = _credit_note(invoice, journal_id)
    document.cited, document.reason = _citation(invoice, before), why
    return _issue(session, document, part, order.lines, now)


def _credit_note(invoice: Document, journal_id: UUID) -> Document:
    """Return a credit note between the invoice's parties, which cites it."""
    return Document(
        tenant_id=invoice.tenant_id,
        kind=DocumentKind.CREDIT_NOTE,
        form=invoice.form,
        branch=invoice.branch,
        user_id=invoice.user_id,
        journal_id=journal_id,
        seller=invoice.seller,
        buyer=invoice.buyer,
        vat_basis_points=invoice.vat_basis_points,
        cites_id=invoice.document_id,
        subject=invoice.subject,
    )


def _credited(session: Session, tenant_id: TenantId, order: Credit) -> Document:
    """Return the invoice that ``order`` takes back from, once the order makes sense."""
    if order.amount <= 0 or _sum(order.lines) != order.amount:
        raise AmountError("a credit is above zero and the sum of its lines", "amount")
    invoice = get_document(session, tenant_id, order.cites_id)
    if invoice.kind != DocumentKind.INVOICE:
        raise NotFoundError("there is no such invoice")
    return invoice


def _sum(lines: Sequence[Line]) -> Satang:
    if any(line.quantity < 1 for line in lines):
        raise AmountError("a line is of one or more", "lines")
    total = sum(line.amount for line in lines)
    if total < 0:
        raise AmountError("reductions exceed what is charged", "lines")
    return Satang(total)


def _take_turn(
    session: Session, tenant_id: TenantId, user_id: UserId, source: str
) -> None:
    """Wait for the user's other charges and credits; refuse one that was made."""
    take_turns(session, f"charges:{tenant_id}:{user_id}")
    made = select(Journal.journal_id).where(
        Journal.tenant_id == tenant_id, Journal.source == source
    )
    if session.scalar(made) is not None:
        raise ledger.PostedError("this has been posted already")


def _citation(invoice: Document, before: Part) -> dict[str, Any]:
    """Return what a credit note prints of its invoice; amounts without VAT."""
    return {
        "number": invoice.number,
        "issued_at": invoice.issued_at.isoformat(),
        "net": invoice.net,
        "credited": before.amounts.net,
    }


def _issue(
    session: Session,
    document: Document,
    part: Part,
    lines: Sequence[Line],
    now: datetime,
) -> Document:
    """Fill in what both kinds have, number the document and write it."""
    tenant_id, kind = document.tenant_id, DocumentKind(document.kind)
    document.net, document.vat, document.total = part.amounts
    document.granted, document.issued_at = part.granted, now
    document.lines = [line._asdict() for line in lines]
    document.year = bangkok_date(now).year
    document.number = take_number(
        session, tenant_id, kind, document.branch, document.year
    )
    session.add(document)
    session.flush()
    wake_after_commit(session, "wallet", str(tenant_id), str(document.user_id))
    return document


def get_document(
    session: Session,
    tenant_id: TenantId,
    document_id: UUID,
    user_id: UserId | None = None,
) -> Document:
    """Return a document, of ``user_id`` if given, or raise NotFoundError."""
    found = session.get(Document, (tenant_id, document_id))
    if found is None or user_id not in {None, found.user_id}:
        raise NotFoundError("there is no such document")
    return found


def find_document(
    session: Session, tenant_id: TenantId, source: str
) -> Document | None:
    """Return the document that a charge or credit of this source made, if any."""
    return session.scalar(
        select(Document)
        .join(
            Journal,
            (Journal.tenant_id == Document.tenant_id)
            & (Journal.journal_id == Document.journal_id),
        )
        .where(Journal.tenant_id == tenant_id, Journal.source == source)
    )


def documents_of(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId | None = None,
    *,
    subject: str | None = None,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
) -> Sequence[Document]:
    """Return a tenant's documents, or a user's, or those of a subject, newest first.

    ``before`` is ``issued_at`` and id of the last one seen.
    """
    query = select(Document).where(Document.tenant_id == tenant_id)
    if user_id is not None:
        query = query.where(Document.user_id == user_id)
    if subject is not None:
        query = query.where(Document.subject == subject)
    if before is not None:
        query = query.where(tuple_(Document.issued_at, Document.document_id) < before)
    newest = Document.issued_at.desc(), Document.document_id.desc()
    return session.scalars(query.order_by(*newest).limit(limit)).all()


def credited_so_far(session: Session, tenant_id: TenantId, document_id: UUID) -> Satang:
    """Return how much of an invoice credit notes have taken back, in satang."""
    invoice = get_document(session, tenant_id, document_id)
    return credited(session, invoice).amounts.total
