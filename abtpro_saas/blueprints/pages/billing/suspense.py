"""Money that came without saying whose it is: staff find the owner or return it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing import incidents, listing
from abtpro_saas.billing.payments import suspense
from abtpro_saas.billing.words import PaymentState
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.frame.filters import loop_id
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity import people
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import UserId

ON_A_PAGE = 50

DEEDS = ("assign", "return")
LONGEST_NOTE = 200

blp = Blueprint("suspense_page", __name__, url_prefix="/suspense")


class UnknownMemberError(InvalidError):
    """The tenant has no member with this e-mail address."""

    code = "unknown_member"


@blp.get("")
def show() -> Response:
    """Show what waits for an owner, or what has found one."""
    return _page(EMPTY)


@blp.post("/<uuid:account_id>/assignment")
def assign(account_id: UUID) -> Response:
    """Credit a payment to the wallet of the member whose it is."""
    try:
        with tenant_access(scope="suspense:write") as access:
            suspense.allocate(
                access.session,
                access.tenant_id,
                (account_id, text("payment")),
                _owner(access),
                text("reason"),
                by=access.user_id,
                now=access.now,
            )
            access.note(action="suspense.assign", subject=text("payment"))
    except ANSWERABLE as error:
        return _page(refused(error, at=_dialog("assign", text("payment"))))
    flash(_("The money is in the wallet."))
    return redirect(url_for("suspense_page.show"), 303)


@blp.post("/<uuid:account_id>/return")
def send_back(account_id: UUID) -> Response:
    """Book that a payment was returned to its payer."""
    try:
        with tenant_access(scope="suspense:write") as access:
            suspense.send_back(
                access.session,
                access.tenant_id,
                (account_id, text("payment")),
                text("reason"),
                by=access.user_id,
                now=access.now,
            )
            access.note(action="suspense.return", subject=text("payment"))
    except ANSWERABLE as error:
        return _page(refused(error, at=_dialog("return", text("payment"))))
    flash(_("The payment is booked as returned."))
    return redirect(url_for("suspense_page.show"), 303)


@blp.post("/incidents/<uuid:incident_id>/closing")
def close_incident(incident_id: UUID) -> Response:
    """Note that somebody has dealt with an incident."""
    with tenant_access(Role.ADMIN, scope="suspense:write") as access:
        incident = incidents.close_incident(
            access.session, access.tenant_id, incident_id, access.user_id, access.now
        )
        note = {"note": text("note")[:LONGEST_NOTE]} if text("note") else {}
        access.note(
            action="incident.close", subject=incident_id, kind=incident.kind, **note
        )
    flash(_("The incident is closed."))
    return redirect(url_for("suspense_page.show"), 303)


def _owner(access: Access) -> UserId:
    user = people.find_user(access.session, access.tenant_id, text("email"))
    if user is None:
        raise UnknownMemberError("nobody here has this e-mail address", "email")
    return user.user_id


def _dialog(deed: str, payment: str) -> str:
    return f"{deed}-{loop_id(payment)}"


def _page(form: Form) -> Response:
    resolved = request.args.get("state") == PaymentState.RESOLVED
    state = PaymentState.RESOLVED if resolved else PaymentState.SUSPENSE
    with tenant_access(scope="suspense:read") as access:
        cursor = request.args.get("cursor")
        pager = Pager(
            access.tenant_id, "pages.suspense", ON_A_PAGE, {"state": state}, cursor
        )
        after = pager.after
        rows = suspense.list_suspense(
            access.session,
            access.tenant_id,
            state=state,
            limit=pager.fetch,
            before=(after[0], after[1]) if after else None,
        )
        page = pager.close(rows, lambda row: (row.received_at, row.gateway_txn_id))
        attention = listing.attention(access.session, access.tenant_id)
        opened = listing.open_incidents(access.session, access.tenant_id)
        may_write = "suspense:write" in access.caller.scopes
    there = {_dialog(deed, row.gateway_txn_id) for row in page.rows for deed in DEEDS}
    form = form.among(there)
    return render(
        "suspense/show.html",
        fragment="suspense/_list.html",
        status=form.status,
        form=form,
        page=page,
        state=state,
        attention=attention,
        incidents=opened,
        may_write=may_write,
    )
