"""The caller's documents: invoices and credit notes, as data and as files."""

from typing import Any
from uuid import UUID

from flask import Response, url_for
from flask.views import MethodView

from abtpro_saas.billing.invoices import issuing, pdf
from abtpro_saas.billing.invoices.tables import Document
from abtpro_saas.blueprints.contracts import invoice_schemas as bodies
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.money import THB

blp = Blueprint(
    "invoices",
    __name__,
    url_prefix="/api/v1/rental/invoices",
    description="Your invoices and credit notes",
)

FILE = "invoices.InvoiceFile"
OF_CONTRACT = "contract:"


@blp.route("")
class Invoices(MethodView):
    """What the caller was charged, and what was taken back of it."""

    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, bodies.InvoicesOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List invoices and credit notes, newest first."""
        with tenant_access(scope="rental:read") as access:
            name = f"invoices:{access.user_id}"
            pager = Pager(access.tenant_id, name, args["limit"], {}, args["cursor"])
            after = pager.after
            found = issuing.documents_of(
                access.session,
                access.tenant_id,
                access.user_id,
                limit=pager.fetch,
                before=(after[0], after[1]) if after else None,
            )
            page = pager.close(found, lambda row: (row.issued_at, row.document_id))
            return page.under("invoices", [document_answer(row) for row in page.rows])


@blp.route("/<uuid:document_id>")
class Invoice(MethodView):
    """One document of the caller's."""

    @blp.response(200, bodies.InvoiceOut)
    def get(self, document_id: UUID) -> dict[str, Any]:
        """Return a document."""
        return document_answer(_own_document(document_id))


@blp.route("/<uuid:document_id>.pdf")
class InvoiceFile(MethodView):
    """One document of the caller's, to keep and to print."""

    @blp.arguments(bodies.PdfArgs, location="query")
    @blp.response(200, content_type="application/pdf")
    def get(self, args: dict[str, str], document_id: UUID) -> Response:
        """Return a document as PDF, in Thai, or translated with `locale=en`."""
        return pdf_file(_own_document(document_id), args["locale"])


def pdf_file(document: Document, locale: str) -> Response:
    """Return a document as a file, by its number."""
    file = Response(pdf.render(document, locale), mimetype="application/pdf")
    file.headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
    file.headers["Cache-Control"] = "private, no-store"
    return file


def document_answer(document: Document, file: str = FILE) -> dict[str, Any]:
    """Return what the API says of a document, which its reader finds at ``file``."""
    subject, cited = document.subject, document.cited or {}
    of_contract = subject.startswith(OF_CONTRACT)
    return {
        "id": document.document_id,
        "number": document.number,
        "kind": document.kind,
        "form": document.form,
        "issued_at": document.issued_at,
        "currency": THB,
        "net": document.net,
        "vat": document.vat,
        "total": document.total,
        "granted": document.granted,
        "vat_basis_points": document.vat_basis_points,
        "contract_id": subject.removeprefix(OF_CONTRACT) if of_contract else None,
        "cites": {"id": document.cites_id, "number": cited["number"]}
        if document.cites_id
        else None,
        "reason": document.reason,
        "lines": [_line(line) for line in document.lines],
        "seller": document.seller,
        "buyer": document.buyer,
        "pdf_url": url_for(file, document_id=document.document_id, _external=True),
    }


def _own_document(document_id: UUID) -> Document:
    with tenant_access(scope="rental:read") as access:
        return issuing.get_document(
            access.session, access.tenant_id, document_id, access.user_id
        )


def _line(line: dict[str, Any]) -> dict[str, Any]:
    discount = line.get("discount", 0)  # older documents know none
    return {
        "description": {"th": line["th"], "en": line["en"]},
        "quantity": line["quantity"],
        "price": line["amount"] + discount,
        "discount": discount,
        "coupon": line.get("coupon"),
        "amount": line["amount"],
    }
