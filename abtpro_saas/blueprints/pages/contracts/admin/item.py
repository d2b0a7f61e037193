"""One contract for the tenant's staff: how it stands, all that was, and what to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.billing.grants import grants_of
from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.invoices.tables import Document, Grant
from abtpro_saas.billing.words import DocumentKind
from abtpro_saas.blueprints.contracts.invoices import OF_CONTRACT, pdf_file
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.pages.contracts.admin.lengths import UNITS
from abtpro_saas.blueprints.pages.contracts.admin.timeline import timeline
from abtpro_saas.blueprints.pages.contracts.agreement import mark_of
from abtpro_saas.blueprints.pages.contracts.contract import periods_with_plans
from abtpro_saas.blueprints.pages.contracts.outlook import Outlook, outlook_of
from abtpro_saas.blueprints.pages.contracts.wording import plan_names
from abtpro_saas.blueprints.pages.frame.forms import EMPTY, Form
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import bangkok_date
from abtpro_saas.contracts.history import history
from abtpro_saas.contracts.office.listing import ListedContract, show_contract
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.errors import NotFoundError
from abtpro_saas.formats import LOCALES
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.money import Satang
from abtpro_saas.notifications.contract_texts import CONTRACT_TEXTS
from abtpro_saas.notifications.tables import Notice

MOST = 200
DIALOGS = frozenset({"renew", "extend", "suspend", "unsuspend", "refund", "credit"})
USUAL = timedelta(days=90)
"""How long credit can be spent, unless its form says otherwise."""

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
    grants = grants_of(session, access.tenant_id, contract.user_id)
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
        "grants": grants,
        "last_day": bangkok_date(access.now + USUAL),
        **_timeline(access, contract, documents, grants),
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
    access: Access,
    contract: Contract,
    documents: Sequence[Document],
    grants: Sequence[Grant],
) -> dict[str, Any]:
    """Return what happened, newest first, and who acted."""
    session, tenant_id = access.session, access.tenant_id
    events = history(session, tenant_id, contract.contract_id, limit=MOST)
    names = plan_names(session, tenant_id, access.now)
    notices = _notices(session, contract)
    acted = {each.actor_id for each in events} | {each.granted_by for each in grants}
    return {
        "happened": timeline(events, documents, notices, names),
        "actors": _actors(session, contract, acted),
    }


def _notices(session: Session, contract: Contract) -> Sequence[Notice]:
    """Return what the user was told of contracts while this one was theirs."""
    query = select(Notice).where(
        Notice.tenant_id == contract.tenant_id,
        Notice.user_id == contract.user_id,
        Notice.kind.in_(list(CONTRACT_TEXTS)),
        Notice.created_at >= contract.created_at,
    )
    if contract.closed_at is not None:
        # What is told at that instant is told of the contract that took its place.
        query = query.where(Notice.created_at < contract.closed_at)
    return session.scalars(query.order_by(Notice.notice_id.desc()).limit(MOST)).all()


def _actors(
    session: Session, contract: Contract, acted: set[UserId | None]
) -> dict[object, str]:
    """Return the names of who did something, other than the contract's owner."""
    wanted = acted - {None, contract.user_id}
    query = select(User.user_id, User.name).where(
        User.tenant_id == contract.tenant_id, User.user_id.in_(wanted)
    )
    return {row.user_id: row.name for row in session.execute(query)} if wanted else {}
