"""One contract for the tenant's staff: how it stands, all that was, and what to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.billing.words import DocumentKind
from abtpro_saas.blueprints.contracts.invoices import OF_CONTRACT, pdf_file
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.pages.contracts.admin.lengths import UNITS
from abtpro_saas.blueprints.pages.contracts.agreement import mark_of
from abtpro_saas.blueprints.pages.contracts.contract import periods_with_plans
from abtpro_saas.blueprints.pages.contracts.outlook import Outlook, outlook_of
from abtpro_saas.blueprints.pages.contracts.story import Story, stories
from abtpro_saas.blueprints.pages.contracts.wording import plan_names
from abtpro_saas.blueprints.pages.frame.forms import EMPTY, Form
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.contracts.history import history
from abtpro_saas.contracts.office.listing import ListedContract, show_contract
from abtpro_saas.contracts.tables import Contract, Event
from abtpro_saas.errors import NotFoundError
from abtpro_saas.formats import LOCALES, format_money
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import new_id
from abtpro_saas.money import Satang
from abtpro_saas.notifications import texts
from abtpro_saas.notifications.contract_texts import CONTRACT_TEXTS
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.tables import Notice

MOST = 200
DIALOGS = frozenset({"renew", "extend", "suspend", "unsuspend", "refund"})

blp = Blueprint("contract_item_page", __name__, url_prefix="/admin/contracts")


@dataclass(frozen=True)
class Refundable:
    """An invoice of which something is left to give back, in satang."""

    document: Document
    left: Satang


@blp.get("/<uuid:contract_id>")
def show(contract_id: UUID) -> Response:
    """Show one contract with its events, charges and messages."""
    return draw(contract_id, EMPTY)


@blp.get("/documents/<uuid:document_id>.pdf")
def as_pdf(document_id: UUID) -> Response:
    """Give a document of the tenant's as PDF, whoever's it is."""
    with tenant_access(scope="contracts:read") as access:
        found = issuing.get_document(access.session, access.tenant_id, document_id)
    asked = request.args.get("locale", "")
    return pdf_file(found, asked if asked in LOCALES else language())


def draw(contract_id: UUID, form: Form) -> Response:
    """Return the contract's page, with a dialog that was refused open again."""
    with tenant_access(scope="contracts:read") as access:
        found = show_contract(access.session, access.tenant_id, contract_id, access.now)
        if found is None:
            raise NotFoundError("there is no such contract")
        context = _context(access, found)
    form = form.among(DIALOGS if context["may_act"] else ())
    return render("contracts/item.html", status=form.status, form=form, **context)


def _context(access: Access, found: ListedContract) -> dict[str, Any]:
    session, contract = access.session, found.contract
    seen = outlook_of(session, contract, access.now)
    documents = issuing.documents_of(
        session,
        access.tenant_id,
        subject=f"{OF_CONTRACT}{contract.contract_id}",
        limit=MOST,
    )
    return {
        "outlook": seen,
        "person": found.user,
        "seen": mark_of(contract),
        "key": new_id(),
        "units": UNITS,
        "may_act": "contracts:write" in access.caller.scopes,
        "may_renew": _may_renew(seen),
        "periods": periods_with_plans(access, seen),
        "refundable": _refundable(documents),
        **_timeline(access, contract, documents),
    }


def _may_renew(seen: Outlook) -> bool:
    """Tell whether an admin may pay the next period: one ahead, and not when over."""
    contract = seen.contract
    open_still = contract.closed_at is None and contract.cancelled_at is None
    return open_still and seen.now >= contract.period_start


def _refundable(documents: Sequence[Document]) -> list[Refundable]:
    """Return the invoices of which credit notes have not taken back all."""
    back: Counter[UUID | None] = Counter()
    for row in documents:
        if row.kind == DocumentKind.CREDIT_NOTE:
            back[row.cites_id] += row.total
    found = [
        Refundable(row, Satang(row.total - back[row.document_id]))
        for row in documents
        if row.kind == DocumentKind.INVOICE
    ]
    return [each for each in found if each.left > 0]


def _timeline(
    access: Access, contract: Contract, documents: Sequence[Document]
) -> dict[str, Any]:
    """Return events, charges and messages in one line, newest first, and who acted."""
    session, tenant_id = access.session, access.tenant_id
    events = history(session, tenant_id, contract.contract_id, limit=MOST)
    names = plan_names(session, tenant_id, access.now)
    told = [_message(row) for row in _notices(session, contract)]
    issued = [_document(row) for row in documents]
    whole = [*stories(events, names, to_staff=True), *issued, *told]
    return {
        "happened": sorted(whole, key=lambda each: each.instant, reverse=True),
        "actors": _actors(session, contract, events),
    }


def _document(row: Document) -> Story:
    credit = row.kind == DocumentKind.CREDIT_NOTE
    amount = format_money(-row.total if credit else row.total)
    return Story(f"{row.number} · {amount}", row.issued_at, "statement", "")


def _message(row: Notice) -> Story:
    text = texts.write(NoticeKind(row.kind), language(), row.params)
    return Story(text.title, row.created_at, "mail", "")


def _notices(session: Session, contract: Contract) -> Sequence[Notice]:
    """Return what the user was told of contracts while this one was theirs."""
    query = select(Notice).where(
        Notice.tenant_id == contract.tenant_id,
        Notice.user_id == contract.user_id,
        Notice.kind.in_(list(CONTRACT_TEXTS)),
        Notice.created_at >= contract.created_at,
    )
    if contract.closed_at is not None:
        query = query.where(Notice.created_at <= contract.closed_at)
    return session.scalars(query.order_by(Notice.notice_id.desc()).limit(MOST)).all()


def _actors(
    session: Session, contract: Contract, events: Sequence[Event]
) -> dict[object, str]:
    """Return who did what was done, other than the contract's owner."""
    wanted = {event.actor_id for event in events} - {None, contract.user_id}
    query = select(User.user_id, User.name).where(
        User.tenant_id == contract.tenant_id, User.user_id.in_(wanted)
    )
    return {row.user_id: row.name for row in session.execute(query)} if wanted else {}
