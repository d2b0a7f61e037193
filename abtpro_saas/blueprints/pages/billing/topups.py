"""A user's top-ups: asked for, paid by QR, cancelled. The page follows by itself."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.billing import accounts, wallets
from abtpro_saas.billing.accounts import NoGatewayError
from abtpro_saas.billing.payments import manual
from abtpro_saas.billing.qr.image import png_data_uri
from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.blueprints.billing.refused_accounts import noting_refused_account
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.preferences import local_path
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.money import AmountError, Satang, baht, parse_baht

PRESETS = (100_00, 500_00, 1_000_00, 5_000_00)
WATCHED = timedelta(hours=2)
"""How long an open page waits for money that comes after the QR has ended."""

blp = Blueprint("topups_page", __name__, url_prefix="/topups")


@blp.get("/new")
def begin() -> Response:
    """Ask for the amount; a page that needs some of it names it, and itself."""
    return _form(EMPTY, _next(request.args))


@blp.post("")
def create() -> Response:
    """Make the QR and show it."""
    try:
        with noting_refused_account(), tenant_access(scope="wallet:write") as access:
            topup = topups.create_topup(
                access.session,
                house().keyring,
                access.tenant_id,
                access.user_id,
                amount=parse_baht(text("amount").replace(",", "")),
                description=text("description"),
                now=access.now,
            )
            access.note(action="topup.create", subject=topup.topup_id)
    except ANSWERABLE as error:
        return _form(refused(error), _next(request.form))
    return _to(topup.topup_id)


@blp.get("/<uuid:topup_id>")
def show(topup_id: UUID) -> Response:
    """Show the QR while it can be paid, then what came of it."""
    with tenant_access(scope="wallet:read") as access:
        topup = topups.get_topup(
            access.session, access.tenant_id, topup_id, access.user_id
        )
        context = _context(access, topup) | {"next": _next(request.args)}
    return render("topups/show.html", fragment="topups/_state.html", **context)


@blp.post("/<uuid:topup_id>/cancellation")
def cancel(topup_id: UUID) -> Response:
    """Withdraw the QR; money that still comes is credited."""
    try:
        with tenant_access(scope="wallet:write") as access:
            topups.cancel_topup(
                access.session, access.tenant_id, topup_id, access.user_id, access.now
            )
            access.note(action="topup.cancel", subject=topup_id)
    except topups.TopupDoneError as error:
        refused(error)  # the page shows what it has become meanwhile
    return _to(topup_id)


def _to(topup_id: UUID) -> Response:
    go_on = _next(request.form)
    return redirect(url_for("topups_page.show", topup_id=topup_id, next=go_on), 303)


def _next(given: Mapping[str, str]) -> str | None:
    """Return the page of ours to go on with once the money is there, if one asked."""
    return local_path(given.get("next"), otherwise="") or None


def _asked(least: Satang) -> str | None:
    """Return the amount that another page asks for, ``least`` at least, or None."""
    with suppress(AmountError):
        return baht(max(parse_baht(request.args.get("amount", "")), least))
    return None


def _form(form: Form, go_on: str | None) -> Response:
    with tenant_access(scope="wallet:write") as access:
        session, tenant_id = access.session, access.tenant_id
        balance = wallets.balance(session, tenant_id, access.user_id)
        try:
            account = accounts.active_account(session, tenant_id)
        except NoGatewayError:
            account = None
    limits = (account.least, account.most) if account else (Satang(0), Satang(0))
    return render(
        "topups/new.html",
        status=form.status,
        form=form,
        balance=balance,
        asked=_asked(limits[0]),
        next=go_on,
        limits=limits if account else None,
        life=timedelta(seconds=account.qr_life_s) if account else None,
        presets=[each for each in PRESETS if limits[0] <= each <= limits[1]],
    )


def _context(access: Access, topup: Topup) -> dict[str, Any]:
    status = standing(topup, access.now)
    balance = wallets.balance(access.session, access.tenant_id, access.user_id)
    watched = status != TopupStatus.FAILED and access.now < topup.expires_at + WATCHED
    return {
        "topup": topup,
        "state": status,
        "now": access.now,
        "balance": balance,
        "image": png_data_uri(topup.qr_payload) if topup.qr_payload else None,
        "live_url": events_url(access.caller, "topup", topup.topup_id)
        if watched and status != TopupStatus.SUCCESS
        else None,
        "by_hand": manual.is_by_hand(
            accounts.get_account(
                access.session, access.tenant_id, topup.gateway_account_id
            ),
            topup,
        ),
        "pay_url": _simulator() if house().settings.is_local else None,
    }


def standing(topup: Topup, now: datetime) -> TopupStatus:
    """Return a top-up's status: past its time it is EXPIRED, before its row says so."""
    if topup.status == TopupStatus.PENDING and topup.expires_at <= now:
        return TopupStatus.EXPIRED
    return TopupStatus(topup.status)


def _simulator() -> str:
    settings = house().settings
    base = settings.payment_gateway_url
    return base or f"http://127.0.0.1:{settings.port_of('gateway')}"
