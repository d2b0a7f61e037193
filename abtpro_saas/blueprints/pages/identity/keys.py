"""API keys: listed, made, replaced and revoked; shown once."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.pages.frame.forms import (
    AT_THE_DOOR,
    EMPTY,
    Form,
    text,
)
from abtpro_saas.blueprints.pages.identity.present_password import (
    confirm,
    refused_form,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import utc_now
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.service import MintedKey
from abtpro_saas.identity.roles import SCOPES

LIVES = {"30": 30, "90": 90, "365": 365}
"""Offered lives in days; anything else is a key without an expiry."""

FIELDS = {"scopes": "scopes", "allowed_networks": "networks", "expires_at": "life"}
"""How the form calls what the rules of keys complain about."""

blp = Blueprint("keys_page", __name__, url_prefix="/keys")


@blp.get("")
def show() -> Response:
    """Show somebody's keys."""
    return _page(EMPTY)


@blp.post("")
def create() -> Response:
    """Make a key and show it, this once.

    The password is asked for: a key outlives the session, and whoever stole that must
    not stay when its owner signs out everywhere.
    """
    try:
        confirm()
        with tenant_access(scope="keys:write") as access:
            minted = keys.mint_key(
                access.session,
                access.tenant_id,
                access.user_id,
                name=text("name"),
                scopes=request.form.getlist("scopes"),
                limits=keys.limits_of(access.session, access.caller),
                now=access.now,
                expires_at=_expiry(access.now),
                allowed_networks=request.form.get("networks", "").split(),
            )
            access.note(action="key.create", subject=minted.row.key_id)
    except AT_THE_DOOR as error:
        return _page(refused_form(error, beside=FIELDS))
    return _shown_once(minted)


@blp.post("/<uuid:key_id>/replacement")
def rotate(key_id: UUID) -> Response:
    """Make a successor and show it, this once; the old key lives on for a day.

    The password is asked for, as for any new key.
    """
    try:
        confirm()
        with tenant_access(scope="keys:write") as access:
            minted = keys.rotate_key(
                access.session,
                access.tenant_id,
                access.user_id,
                key_id,
                limits=keys.limits_of(access.session, access.caller),
                now=access.now,
            )
            access.note(action="key.rotate", subject=key_id)
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=f"rotate-{key_id}"))
    return _shown_once(minted)


@blp.post("/<uuid:key_id>/revocation")
def revoke(key_id: UUID) -> Response:
    """End a key now."""
    with tenant_access(scope="keys:write") as access:
        keys.revoke_key(
            access.session, access.tenant_id, access.user_id, key_id, access.now
        )
        access.note(action="key.revoke", subject=key_id)
    flash(_("The key is revoked."))
    return redirect(url_for("keys_page.show"))


def _expiry(now: datetime) -> datetime | None:
    days = LIVES.get(text("life"))
    return now + timedelta(days=days) if days else None


def _shown_once(minted: MintedKey) -> Response:
    return render("keys/made.html", row=minted.row, plain=minted.plain)


def _page(form: Form) -> Response:
    with tenant_access(scope="keys:read") as access:
        rows = keys.list_keys(access.session, access.tenant_id, access.user_id)
        scopes = _scopes(access)
    form = form.among({f"rotate-{row.key_id}" for row in rows if not row.revoked_at})
    return render(
        "keys/show.html",
        status=form.status,
        form=form,
        rows=rows,
        scopes=scopes,
        chosen=_chosen(scopes),
        now=utc_now(),
    )


def _chosen(scopes: list[str]) -> list[str]:
    """Return what was ticked; where another form was sent, reading and no more."""
    if "name" in request.form:
        return request.form.getlist("scopes")
    return [scope for scope in scopes if scope.endswith(":read")]


def _scopes(access: Access) -> list[str]:
    return sorted(SCOPES[access.caller.role])
