"""The platform's operators: their sign-in, the tenants, the way to the Temporal UI."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import OperatorAccess, operator_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    AT_THE_DOOR,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import utc_now
from abtpro_saas.errors import NotFoundError
from abtpro_saas.formats import LOCALES
from abtpro_saas.identity import tenants
from abtpro_saas.identity.caller import OperatorCaller
from abtpro_saas.identity.hosts import host_rules
from abtpro_saas.identity.operators import service as operators
from abtpro_saas.identity.operators.inviting import invite_first_admin
from abtpro_saas.identity.tables import Tenant
from abtpro_saas.identity.words import Locale
from abtpro_saas.ids import TenantId

ON_A_PAGE = 50
TEMPORAL = "/ops/temporal"
ADMIN_FIELDS = {"invalid_email": "admin_email", "invalid_name": "admin_name"}
"""Which field holds what a rule of people's refused."""

blp = Blueprint("operators_page", __name__, url_prefix="/operators")


@blp.before_request
def _at_their_host_alone() -> None:
    if current_host().kind is not HostKind.OPERATORS:
        raise NotFoundError("there is nothing here")


@blp.get("/sign-in")
def sign_in() -> Response:
    """Ask for password and code together."""
    if isinstance(callers.known(), OperatorCaller):
        return redirect(url_for("operators_page.show"))
    return render("operators/sign_in.html", form=EMPTY)


@blp.post("/sign-in")
def submit_sign_in() -> Response:
    """Check all three together: none of them says which was wrong."""
    try:
        opened = operators.sign_in_operator(
            house().operator_engine,
            house().keyring,
            text("email"),
            request.form.get("password", ""),
            text("code"),
            origin=callers.origin(),
            now=utc_now(),
        )
    except AT_THE_DOOR as error:
        form = refused(error)
        return render("operators/sign_in.html", status=form.status, form=form)
    callers.begin_session(opened.token)
    return redirect(url_for("operators_page.show"))


@blp.post("/sign-out")
def sign_out() -> Response:
    """End this browser's session."""
    who = callers.known()
    if isinstance(who, OperatorCaller):
        with operator_access() as access:
            operators.sign_out_operator(
                access.session, who.operator_id, access.now, who.credential_id
            )
    callers.end_session()
    return redirect(url_for("operators_page.sign_in"))


@blp.get("/tenants")
def show() -> Response:
    """Show the tenants by their short names."""
    return _page(EMPTY)


@blp.post("/tenants")
def create() -> Response:
    """Make a tenant with its own host, and invite its first admin if one is named."""
    rules = host_rules(house().settings)
    try:
        with operator_access() as access:
            slug, asked = text("slug"), text("locale")
            tenant = tenants.create_tenant(
                access.session,
                slug=slug,
                name=text("name"),
                hosts=[rules.own_host(slug)],
                now=access.now,
                locale=Locale(asked) if asked in LOCALES else Locale.TH,
                sign_up="sign_up" in request.form,
            )
            access.note(action="tenant.create", subject=tenant.slug)
            invited = _invite(access, tenant)
    except ANSWERABLE as error:
        return _page(refused(error, beside=ADMIN_FIELDS))
    flash(
        _("The tenant is ready, and the invitation is on its way to %(email)s.",
          email=invited)
        if invited
        else _("The tenant is ready.")
    )  # fmt: skip
    return redirect(url_for("operators_page.show"), 303)


@blp.post("/tenants/<uuid:tenant_id>/suspension")
def suspend(tenant_id: UUID) -> Response:
    """Shut a tenant's doors; payments still arrive."""
    try:
        with operator_access() as access:
            tenant = tenants.suspend_tenant(
                access.session, TenantId(tenant_id), text("reason"), access.now
            )
            access.note(action="tenant.suspend", subject=tenant.slug)
    except ANSWERABLE as error:
        return _page(refused(error))
    flash(_("The tenant is suspended."))
    return redirect(url_for("operators_page.show"), 303)


@blp.post("/tenants/<uuid:tenant_id>/resumption")
def resume(tenant_id: UUID) -> Response:
    """Open a tenant's doors again."""
    with operator_access() as access:
        tenant = tenants.resume_tenant(access.session, TenantId(tenant_id))
        access.note(action="tenant.resume", subject=tenant.slug)
    flash(_("The tenant is open again."))
    return redirect(url_for("operators_page.show"), 303)


def _invite(access: OperatorAccess, tenant: Tenant) -> str:
    """Have the admin invited whom the form names; return the address, or nothing."""
    email, name = text("admin_email"), text("admin_name")
    if not (email or name):
        return ""
    invite_first_admin(
        access.session,
        tenant,
        email=email,
        name=name,
        operator=access.operator,
        now=access.now,
    )
    return email


def _page(form: Form) -> Response:
    with operator_access() as access:
        cursor = request.args.get("cursor")
        pager = Pager(None, "pages.tenants", ON_A_PAGE, {}, cursor)
        after = pager.after
        rows = tenants.list_tenants(
            access.session, after=str(after[0]) if after else None, limit=pager.fetch
        )
        page = pager.close(rows, lambda row: (row.slug,))
    rules = host_rules(house().settings)
    return render(
        "operators/tenants.html",
        fragment="operators/_tenants.html",
        status=form.status,
        form=form,
        page=page,
        own_host=rules.own_host,
        temporal_url=TEMPORAL,
    )
