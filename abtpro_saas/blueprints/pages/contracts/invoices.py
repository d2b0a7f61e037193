"""What was paid, as documents to keep; and whom they are made out to."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing.invoices import issuing, parties
from abtpro_saas.billing.invoices.parties import Buyer
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.blueprints.contracts.invoices import pdf_file
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.pagination import Page, Pager
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.formats import LOCALES

ON_A_PAGE = 50

blp = Blueprint("invoices_page", __name__, url_prefix="/invoices")


@blp.get("")
def show() -> Response:
    """Show the reader's documents, newest first."""
    return _page(EMPTY)


@blp.get("/<uuid:document_id>.pdf")
def as_pdf(document_id: UUID) -> Response:
    """Give one of the reader's documents as PDF, in the language asked for."""
    with tenant_access(scope="rental:read") as access:
        found = issuing.get_document(
            access.session, access.tenant_id, document_id, access.user_id
        )
    asked = request.args.get("locale", "")
    return pdf_file(found, asked if asked in LOCALES else language())


@blp.post("/buyer")
def change_buyer() -> Response:
    """Make the next documents out to whoever the form names."""
    buyer = Buyer(
        request.form.get("name", ""),
        request.form.get("address", ""),
        text("tax_id").replace("-", "").replace(" ", "") or None,
        text("branch") or None,
    )
    try:
        with tenant_access(scope="rental:write") as access:
            key = access.session, access.tenant_id, access.user_id
            parties.set_buyer(*key, buyer, access.now)
            access.note(action="tax_profile.set")
    except ANSWERABLE as error:
        return _page(refused(error))
    flash(_("Saved. Your next documents name them."))
    return redirect(url_for("invoices_page.show"), 303)


def _page(form: Form) -> Response:
    with tenant_access(scope="rental:read") as access:
        key = access.session, access.tenant_id
        context: dict[str, Any] = {
            "page": _documents(access),
            "buyer": parties.buying(*key, access.user_id),
            "taxed": parties.vat_rate(*key, access.now) > 0,
            "may_write": "rental:write" in access.caller.scopes,
        }
    return render(
        "invoices/show.html",
        fragment="invoices/_list.html",
        status=form.status,
        form=form,
        **context,
    )


def _documents(access: Access) -> Page[Document]:
    filters, cursor = {"user": access.user_id}, request.args.get("cursor")
    pager = Pager(access.tenant_id, "pages.invoices", ON_A_PAGE, filters, cursor)
    after = pager.after
    rows = issuing.documents_of(
        access.session,
        access.tenant_id,
        access.user_id,
        limit=pager.fetch,
        before=(after[0], after[1]) if after else None,
    )
    return pager.close(rows, lambda row: (row.issued_at, row.document_id))
