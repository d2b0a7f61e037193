"""Getting in for the first time or again: sign-up, lost passwords, mailed links."""

from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, current_app, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard import callers, limits
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.frame.forms import (
    AT_THE_DOOR,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.mails import mail_link
from abtpro_saas.blueprints.pages.frame.preferences import language, local_path
from abtpro_saas.blueprints.pages.frame.readers import brand
from abtpro_saas.blueprints.pages.identity.revoked_keys import revokes_keys
from abtpro_saas.blueprints.pages.identity.signin import host_tenant
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity import audit, people
from abtpro_saas.identity.access import credentials, tokens
from abtpro_saas.identity.keys import live
from abtpro_saas.identity.tables import MailToken, User
from abtpro_saas.identity.words import ActorKind, Locale, Purpose
from abtpro_saas.notifications import account

LONGEST_PATH = 500
"""How long the address may be that a mailed link leads back to."""

blp = Blueprint("links_page", __name__)


@blp.get("/sign-up")
def sign_up() -> Response:
    """Show the form for newcomers, or say that one is invited here."""
    return _sign_up_form(EMPTY)


@blp.post("/sign-up")
def submit_sign_up() -> Response:
    """Mail a link; the page says the same whether or not the address is known."""
    now, tenant_id = utc_now(), host_tenant()
    try:
        limits.spend_address(now)
        with tenant_transaction(house().engine, tenant_id) as session:
            issued = credentials.sign_up(
                session,
                tenant_id,
                email=text("email"),
                name=text("name"),
                locale=Locale(language()),
                now=now,
            )
            if issued is not None:
                mail_link(session, issued, now, back=_next())
    except AT_THE_DOOR as error:
        return _sign_up_form(refused(error))
    return _mailed()


@blp.get("/forgot")
def forgot() -> Response:
    """Ask for the address that a new password's link goes to."""
    return render("signin/forgot.html", form=EMPTY)


@blp.post("/forgot")
def submit_forgot() -> Response:
    """Mail a link; the page says the same whether or not the address is known."""
    now, tenant_id = utc_now(), host_tenant()
    try:
        limits.spend_address(now)
        with tenant_transaction(house().engine, tenant_id) as session:
            issued = credentials.request_reset(session, tenant_id, text("email"), now)
            if issued is not None:
                mail_link(session, issued, now)
    except AT_THE_DOOR as error:
        form = refused(error)
        return render("signin/forgot.html", status=form.status, form=form)
    return _mailed()


@blp.get("/link/<link>")
def open_link(link: str) -> Response:
    """Show what a mailed link is for; scanners open links, so only its form uses it."""
    return _link_form(link, EMPTY)


@blp.post("/link/<link>")
def submit_link(link: str) -> Response:
    """Set the password, or take over the address, that the link was mailed for."""
    now, tenant_id = utc_now(), host_tenant()
    try:
        with tenant_transaction(house().engine, tenant_id) as session:
            if "password" in request.form:
                _choose_password(session, link, now)
            else:
                _verify_email(session, link, now)
    except AT_THE_DOOR as error:
        return _link_form(link, refused(error))
    return redirect(url_for("signin_page.show", done="1", next=_next()))


def _next() -> str | None:
    """Return the page that a newcomer was on the way to, if there is one."""
    path = local_path(request.values.get("next"))
    return path if path != "/" and len(path) <= LONGEST_PATH else None


def _mailed() -> Response:
    mailbox = "mailbox_page.show"
    there = mailbox in current_app.view_functions
    url = url_for(mailbox) if there else None
    return render(
        "signin/mailed.html", email=text("email"), mailbox_url=url, next_path=_next()
    )


def _choose_password(session: Session, link: str, now: datetime) -> None:
    tenant_id, password = host_tenant(), request.form["password"]
    token = tokens.peek(session, tenant_id, link, now)
    new = credentials.choose_password(
        session,
        tenant_id,
        link,
        password,
        now,
        revoke_keys=revokes_keys(unasked=True),
    )
    _record(
        session,
        new.user,
        "account.choose_password",
        now,
        keys_revoked=new.keys_revoked,
        keys_left=new.keys_left,
    )
    if token is None or token.purpose != Purpose.RESET_PASSWORD:
        return  # a first password has replaced none
    account.tell_new_password(session, new, callers.origin().address, now)


def _verify_email(session: Session, link: str, now: datetime) -> None:
    proven = credentials.verify_email(session, host_tenant(), link, now)
    changed = proven.former is not None
    _record(session, proven.user, "account.verify_email", now, changed=changed)
    account.tell_new_email(session, proven, callers.origin().address, now)


def _record(
    session: Session, user: User, action: str, now: datetime, **detail: object
) -> None:
    where = callers.origin()
    audit.record(
        session,
        tenant_id=user.tenant_id,
        actor_kind=ActorKind.USER,
        actor_id=user.user_id,
        action=action,
        detail=detail,
        address=where.address,
        request_id=where.request_id,
        now=now,
    )


def _link_form(link: str, form: Form) -> Response:
    now, tenant_id = utc_now(), host_tenant()
    with tenant_transaction(house().engine, tenant_id) as session:
        token = tokens.peek(session, tenant_id, link, now)
        chooses = token is not None and _chooses_password(session, token)
        keys = token and live.count_live(session, tenant_id, token.user_id, now)
    if token is None:
        status = max(form.status, HTTPStatus.NOT_FOUND)
        return render("signin/link_ended.html", status=status)
    page = "signin/choose_password.html" if chooses else "signin/verify_email.html"
    return render(
        page,
        status=form.status,
        form=form,
        link=link,
        email=token.email,
        keys=keys,
        next_path=_next(),
    )


def _chooses_password(session: Session, token: MailToken) -> bool:
    if token.purpose != Purpose.VERIFY_EMAIL:
        return True
    user = people.get_user(session, token.tenant_id, token.user_id)
    return user.password_hash is None


def _sign_up_form(form: Form) -> Response:
    return render(
        "signin/sign_up.html",
        status=form.status,
        form=form,
        open=brand().sign_up,
        next_path=_next(),
    )
