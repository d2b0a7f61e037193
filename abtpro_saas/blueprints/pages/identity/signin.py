"""Signing in and out with a browser."""

from flask import Blueprint, redirect, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.blueprints.pages.demo import demo_doors
from abtpro_saas.blueprints.pages.frame.devices import device_name
from abtpro_saas.blueprints.pages.frame.forms import (
    AT_THE_DOOR,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.preferences import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    chosen_at_the_door,
    keep,
    local_path,
    remember,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import DomainError, NotFoundError
from abtpro_saas.identity.access import sessions, signin
from abtpro_saas.identity.access.sessions import OpenedSession
from abtpro_saas.identity.access.signin import SecondFactorDue, WrongCredentialsError
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify

CHALLENGE = "second_factor"
"""Where the browser's signed cookie keeps what the second step needs."""

blp = Blueprint("signin_page", __name__)


def host_tenant() -> TenantId:
    """Return the tenant of this request's host.

    Raises:
        NotFoundError: the host has none.
    """
    tenant = current_host().tenant
    if tenant is None:
        raise NotFoundError("there is nothing here")
    return tenant.tenant_id


@blp.get("/sign-in")
def show() -> Response:
    """Show the form, unless somebody is signed in already."""
    if current_host().kind is HostKind.OPERATORS:
        return redirect(
            url_for("operators_page.sign_in", next=request.args.get("next"))
        )
    if callers.signed_in() is not None:
        return redirect(_next())
    return _form(EMPTY)


@blp.post("/sign-in")
def submit() -> Response:
    """Check the password; ask for the second factor where there is one."""
    now, tenant_id = utc_now(), host_tenant()
    try:
        opened = signin.sign_in(
            house().engine,
            tenant_id,
            text("email"),
            request.form.get("password", ""),
            origin=callers.origin(),
            now=now,
            also=tell_of_new_device,
        )
    except AT_THE_DOOR as error:
        _tell_locked(tenant_id, error)
        return _form(refused(error))
    if isinstance(opened, SecondFactorDue):
        cookie[CHALLENGE] = opened.token
        return redirect(url_for("signin_page.ask_code", next=_next()))
    return _enter(opened)


@blp.get("/sign-in/code")
def ask_code() -> Response:
    """Ask for the code of the second factor."""
    if CHALLENGE not in cookie:
        return redirect(url_for("signin_page.show", next=_next()))
    return _code_form(EMPTY)


@blp.post("/sign-in/code")
def submit_code() -> Response:
    """Complete the sign-in with a code of the authenticator or a recovery code."""
    tenant_id = host_tenant()
    try:
        opened = signin.pass_second_factor(
            house().engine,
            house().keyring,
            tenant_id,
            cookie.get(CHALLENGE, ""),
            text("code"),
            origin=callers.origin(),
            now=utc_now(),
            also=tell_of_new_device,
        )
    except signin.SignInExpiredError as error:
        cookie.pop(CHALLENGE, None)
        return _form(refused(error))
    except AT_THE_DOOR as error:
        _tell_locked(tenant_id, error)
        return _code_form(refused(error))
    return _enter(opened)


@blp.post("/sign-out")
def sign_out() -> Response:
    """End this browser's session."""
    if callers.signed_in() is not None:
        with tenant_access() as access:
            who = access.caller
            sessions.revoke_session(
                access.session,
                access.tenant_id,
                access.user_id,
                who.credential_id,
                access.now,
            )
            access.note(action="account.sign_out")
    callers.end_session()
    return redirect(url_for("signin_page.show"))


def tell_of_new_device(session: Session, user: User, opened: OpenedSession) -> None:
    """Tell somebody that a browser never seen before has signed in as them."""
    if not opened.new_device:
        return
    where, now = callers.origin(), utc_now()
    params = {
        "at": now.isoformat(),
        "address": where.address,
        "device": device_name(where.user_agent),
    }
    notify(session, user.tenant_id, user.user_id, NoticeKind.SIGNED_IN, params, now)


def _tell_locked(tenant_id: TenantId, error: DomainError) -> None:
    known = error.locked_user if isinstance(error, WrongCredentialsError) else None
    if known is not None:
        _tell_of_lock(tenant_id, known)


def _tell_of_lock(tenant_id: TenantId, user_id: UserId) -> None:
    now = utc_now()
    params = {"at": now.isoformat(), "address": callers.origin().address}
    with tenant_transaction(house().engine, tenant_id) as session:
        notify(session, tenant_id, user_id, NoticeKind.LOCKED_OUT, params, now)


def _enter(opened: OpenedSession) -> Response:
    where, chosen = _next(), chosen_at_the_door()
    callers.begin_session(opened.token)
    response = redirect(where)
    signed_in = callers.signed_in()
    if chosen:
        remember(**chosen)
    elif signed_in is not None and signed_in.user is not None:
        # Signed out again, the sign-in page keeps the language last read.
        keep(response, LANGUAGE_COOKIE, signed_in.user.locale)
        keep(response, THEME_COOKIE, signed_in.user.theme)
    return response


def _next() -> str:
    return local_path(request.values.get("next"))


def _form(form: Form) -> Response:
    return render(
        "signin/show.html",
        status=form.status,
        form=form,
        next_path=_next(),
        demo_doors=demo_doors(),
    )


def _code_form(form: Form) -> Response:
    return render("signin/code.html", status=form.status, form=form, next_path=_next())
