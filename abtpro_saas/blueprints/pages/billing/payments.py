"""A tenant's top-ups as its staff see them: found, refunded, confirmed by hand."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing import accounts, listing
from abtpro_saas.billing.listing import TopupFilter
from abtpro_saas.billing.payments import manual, refunds
from abtpro_saas.billing.payments.manual import Transfer
from abtpro_saas.billing.qr.slips import Slip, read_slip, slip
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.billing.topups import standing
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    asked_period,
    instant,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity import people
from abtpro_saas.money import parse_baht

ON_A_PAGE = 50
REFUND, CONFIRM = "refund", "confirm"
REFUND_FIELDS = {"refund_too_large": "amount", "insufficient_funds": "amount"}

blp = Blueprint("payments_page", __name__, url_prefix="/tenant/topups")


@blp.get("")
def show() -> Response:
    """Show the newest top-ups that the filters let through."""
    with tenant_access(scope="topups:read") as access:
        filters = {k: v for k, v in request.args.items() if k != "cursor" and v}
        cursor = request.args.get("cursor")
        pager = Pager(access.tenant_id, "pages.topups", ON_A_PAGE, filters, cursor)
        after = pager.after
        rows = listing.list_topups(
            access.session,
            access.tenant_id,
            _filter(),
            limit=pager.fetch,
            before=(after[0], after[1]) if after else None,
        )
        page = pager.close(rows, lambda row: (row[0].created_at, row[0].topup_id))
        now = access.now
    return render(
        "payments/show.html",
        fragment="payments/_list.html",
        page=page,
        filters=filters,
        statuses=list(TopupStatus),
        standing=standing,
        now=now,
    )


@blp.get("/<uuid:topup_id>")
def item(topup_id: UUID) -> Response:
    """Show one top-up with what was paid and refunded."""
    return _item(topup_id, EMPTY)


@blp.post("/<uuid:topup_id>/refund")
def refund(topup_id: UUID) -> Response:
    """Take the amount from the wallet and send it back to the payer."""
    try:
        with tenant_access(scope="topups:refund") as access:
            amount = parse_baht(text("amount").replace(",", ""))
            refunds.refund_topup(
                access.session,
                access.tenant_id,
                topup_id,
                amount,
                text("reason"),
                by=access.user_id,
                now=access.now,
            )
            access.note(action="topup.refund", subject=topup_id, satang=amount)
    except ANSWERABLE as error:
        return _item(topup_id, refused(error, at=REFUND, beside=REFUND_FIELDS))
    flash(_("The refund is on its way."))
    return redirect(url_for("payments_page.item", topup_id=topup_id), 303)


@blp.post("/<uuid:topup_id>/confirmation")
def confirm(topup_id: UUID) -> Response:
    """Credit a transfer whose slip an admin has checked at the bank."""
    try:
        with tenant_access(scope="topups:refund") as access:
            manual.confirm_topup(
                access.session,
                access.tenant_id,
                topup_id,
                Transfer(
                    slip=_slip(),
                    amount=parse_baht(text("amount").replace(",", "")),
                    paid_at=instant("paid_at"),
                    receiver=text("receiver") or None,
                ),
                by=access.user_id,
                now=access.now,
            )
            access.note(action="topup.confirm", subject=topup_id)
    except ANSWERABLE as error:
        return _item(topup_id, refused(error, at=CONFIRM, beside={"slip_used": "slip"}))
    flash(_("The transfer is credited."))
    return redirect(url_for("payments_page.item", topup_id=topup_id), 303)


def _slip() -> Slip:
    """Read the slip's QR text, or bank and reference typed apart."""
    with suppress(InvalidError):
        return read_slip(text("slip"))
    return slip(text("bank"), text("slip"))


def _filter() -> TopupFilter:
    since, until = asked_period()
    status = request.args.get("status")
    return TopupFilter(
        status=status if status in set(TopupStatus) else None,
        reference=request.args.get("reference", "").strip().upper() or None,
        since=since,
        until=until,
    )


def _item(topup_id: UUID, form: Form) -> Response:
    with tenant_access(scope="topups:read") as access:
        session, tenant_id = access.session, access.tenant_id
        topup = topups.get_topup(session, tenant_id, topup_id)
        account = accounts.get_account(session, tenant_id, topup.gateway_account_id)
        may_act = "topups:refund" in access.caller.scopes
        context: dict[str, Any] = {
            "topup": topup,
            "state": standing(topup, access.now),
            "person": people.get_user(session, tenant_id, topup.user_id),
            "payments": listing.payments_of(session, tenant_id, topup_id),
            "refunds": refunds.refunds_of(session, tenant_id, topup_id),
            "left": topup.credited - topup.refunded if may_act else 0,
            "by_hand": may_act and manual.is_by_hand(account, topup),
        }
    dialogs = ({REFUND} if context["left"] else set()) | (
        {CONFIRM} if context["by_hand"] else set()
    )
    form = form.among(dialogs)
    return render("payments/item.html", status=form.status, form=form, **context)
