"""Who issues the tenant's documents, and whether they may charge VAT."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing.invoices import parties
from abtpro_saas.billing.invoices.parties import PartyError, Seller
from abtpro_saas.billing.words import DocumentForm
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    day_of,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.identity import tenants

FORMS = (DocumentForm.FULL, DocumentForm.ABBREVIATED)

blp = Blueprint("tax_page", __name__, url_prefix="/admin/tax-profile")


@blp.get("")
def show() -> Response:
    """Show who issues documents, and the form to name somebody else."""
    return _page(EMPTY)


@blp.post("")
def change() -> Response:
    """Let the place of business that was sent issue documents from now on."""
    try:
        with tenant_access(scope="tenant:write") as access:
            seller = _seller()
            parties.set_seller(access.session, access.tenant_id, seller, access.now)
            access.note(action="tenant.tax_profile", subject=seller.branch)
    except ANSWERABLE as error:
        return _page(refused(error))
    flash(_("Saved. The next documents name this seller."))
    return redirect(url_for("tax_page.show"), 303)


def _seller() -> Seller:
    form, since = text("form"), text("registered_since")
    day = day_of(since)
    if since and day is None:
        raise PartyError("the first day as a registrant", "registered_since")
    return Seller(
        name_th=text("name_th"),
        name_en=text("name_en"),
        address_th=text("address_th"),
        address_en=text("address_en"),
        tax_id=text("tax_id").replace("-", "").replace(" ", "") or None,
        branch=text("branch") or parties.HEAD_OFFICE,
        form=DocumentForm(form) if form in FORMS else DocumentForm.FULL,
        registered_since=day,
    )


def _page(form: Form) -> Response:
    with tenant_access(scope="tenant:read") as access:
        key = access.session, access.tenant_id
        context: dict[str, Any] = {
            "seller": parties.get_seller(*key),
            "tenant": tenants.get_tenant(*key),
            "vat": parties.vat_rate(*key, access.now),
            "may_write": "tenant:write" in access.caller.scopes,
        }
    return render(
        "tax/show.html",
        status=form.status,
        form=form,
        forms=[str(each) for each in FORMS],
        **context,
    )
