"""A tenant's settings as its admin changes them: brand, hosts, sign-up, VAT."""

from base64 import b64encode
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.billing import accounts
from abtpro_saas.billing.accounts import NoGatewayError
from abtpro_saas.billing.invoices import parties
from abtpro_saas.billing.tables import GatewayAccount
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.frame import readers
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    AT_THE_DOOR,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.identity.present_password import (
    confirmed_access,
    refused_form,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.formats import LOCALES
from abtpro_saas.identity import tenants
from abtpro_saas.identity.hosts import host_rules
from abtpro_saas.identity.tenants import VatError
from abtpro_saas.identity.words import Locale
from abtpro_saas.ids import TenantId

_KINDS = {b"\x89PNG": "image/png", b"RIFF": "image/webp"}

blp = Blueprint("tenant_page", __name__, url_prefix="/tenant/settings")


@blp.get("")
def show() -> Response:
    """Show the settings."""
    return _page(EMPTY)


@blp.post("")
def change() -> Response:
    """Change brand, language, sign-up and VAT."""
    try:
        with tenant_access(scope="tenant:write") as access:
            _change(access)
    except ANSWERABLE as error:
        return _page(refused(error, beside={"logo_url": "logo"}))
    readers.forget(access.tenant_id)
    flash(_("Saved."))
    return redirect(url_for("tenant_page.show"), 303)


@blp.post("/hosts")
def change_hosts() -> Response:
    """Give the tenant exactly the host names listed.

    The password is asked for: who signs in at a thief's host is seen by the thief.
    """
    try:
        with confirmed_access(scope="tenant:write") as access:
            hosts = tenants.set_hosts(
                access.session,
                access.tenant_id,
                request.form.get("hosts", "").split(),
                access.now,
                rules=host_rules(house().settings),
            )
            access.note(action="tenant.change_hosts", hosts=hosts)
    except AT_THE_DOOR as error:
        return _page(refused_form(error, beside={"host_taken": "hosts"}))
    flash(_("Saved."))
    return redirect(url_for("tenant_page.show"), 303)


def _change(access: Access) -> None:
    locale = text("locale")
    tenants.update_tenant(
        access.session,
        access.tenant_id,
        name=text("name"),
        accent=text("accent"),
        logo_url=_logo(),
        locale=Locale(locale) if locale in LOCALES else None,
        sign_up="sign_up" in request.form,
        vat_basis_points=_basis_points(text("vat")),
        prices_include_vat="prices_include_vat" in request.form,
        version=int(text("version")) if text("version").isdecimal() else None,
    )
    access.note(action="tenant.change")


def _logo() -> str | None:
    """Return the uploaded picture as a data URI, nothing to remove it, None to keep."""
    if "remove_logo" in request.form:
        return ""
    picture = request.files.get("logo")
    content = picture.read() if picture else b""
    if not content:
        return None
    kind = _KINDS.get(content[:4], "image/unknown")
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _basis_points(percent: str) -> int:
    try:
        points = Decimal(percent) * 100
    except InvalidOperation:
        points = Decimal(-1)
    if points != points.to_integral_value():
        points = Decimal(-1)
    if not 0 <= points <= tenants.WHOLE:
        raise VatError("a percentage from 0 to 100, two decimals", "vat")
    return int(points)


def _page(form: Form) -> Response:
    with tenant_access(scope="tenant:read") as access:
        session, tenant_id = access.session, access.tenant_id
        context: dict[str, Any] = {
            "tenant": tenants.get_tenant(session, tenant_id),
            "hosts": tenants.list_hosts(session, tenant_id),
            "gateway": _gateway(session, tenant_id),
            "seller": parties.get_seller(session, tenant_id),
            "may_write": "tenant:write" in access.caller.scopes,
        }
    return render("tenant/show.html", status=form.status, form=form, **context)


def _gateway(session: Session, tenant_id: TenantId) -> GatewayAccount | None:
    try:
        return accounts.active_account(session, tenant_id)
    except NoGatewayError:
        return None
