"""What a document moves in the ledger: whose money, granted credit, revenue and VAT."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from abtpro_saas.billing import ledger
from abtpro_saas.billing.invoices import vat
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.invoices.vat import Vat
from abtpro_saas.billing.ledger import Leg
from abtpro_saas.billing.tables import Account
from abtpro_saas.billing.words import AccountKind
from abtpro_saas.errors import ConflictError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import THB, Satang, baht


class CreditTooLargeError(ConflictError):
    """More would be taken back than was charged and not yet credited."""

    code = "credit_too_large"


class Part(NamedTuple):
    """What a document moves: its amounts, and how much of them is granted credit."""

    amounts: Vat
    granted: Satang

    @property
    def paid(self) -> Satang:
        """The part that is the user's own money."""
        return Satang(self.amounts.total - self.granted)


def legs_of(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    part: Part,
    now: datetime,
    *,
    sign: int,
) -> tuple[Leg, ...]:
    """Return the legs of a charge (``sign`` 1) or of what is taken back (-1)."""
    amounts = {
        (AccountKind.WALLET, user_id): -part.paid,
        (AccountKind.GRANTED, user_id): -part.granted,
        (AccountKind.REVENUE, tenant_id): part.amounts.net,
        (AccountKind.OUTPUT_VAT, tenant_id): part.amounts.vat,
    }
    moved = {account: sign * amount for account, amount in amounts.items() if amount}
    found = _accounts(session, tenant_id, moved)
    return tuple(
        Leg(found.get(each) or ledger.account(session, tenant_id, *each, now), amount)
        for each, amount in moved.items()
    )


def _accounts(
    session: Session, tenant_id: TenantId, wanted: Iterable[tuple[AccountKind, UUID]]
) -> dict[tuple[str, UUID], UUID]:
    """Return the ids of accounts, by kind and owner, as far as they are there."""
    named = tuple_(Account.kind, Account.owner_id)
    query = select(Account.kind, Account.owner_id, Account.account_id).where(
        Account.tenant_id == tenant_id, Account.currency == THB, named.in_(wanted)
    )
    return {(kind, owner): found for kind, owner, found in session.execute(query)}


def part_of(invoice: Document, before: Part, amount: Satang) -> Part:
    """Return what ``amount`` is of what is left of an invoice.

    Raises:
        CreditTooLargeError: less is left.
    """
    left = Satang(invoice.total - before.amounts.total)
    if amount > left:
        raise CreditTooLargeError(f"฿{baht(left)} can be credited")
    whole = Part(Vat(invoice.net, invoice.vat, invoice.total), invoice.granted)
    rate = invoice.vat_basis_points
    amounts = vat.part(whole.amounts, before.amounts, amount, rate)
    money = min(amount, whole.paid - before.paid)
    return Part(amounts, Satang(amount - money))


def credited(session: Session, invoice: Document) -> Part:
    """Return what earlier credit notes took back of an invoice."""
    sums = (
        func.coalesce(func.sum(column), 0)
        for column in (Document.net, Document.vat, Document.total, Document.granted)
    )
    query = select(*sums).where(
        Document.tenant_id == invoice.tenant_id,
        Document.cites_id == invoice.document_id,
    )
    net, tax, total, granted = (
        Satang(int(each)) for each in session.execute(query).one()
    )
    return Part(Vat(net, tax, total), granted)
