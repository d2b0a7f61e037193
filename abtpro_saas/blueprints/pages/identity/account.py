"""Where somebody arrives: what they have and what happened; and their profile."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.billing import grants, listing, wallets
from abtpro_saas.billing.wallets import MovementFilter
from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.guard.access import Access, events_url, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.blueprints.pages.billing.purposes import purposes
from abtpro_saas.blueprints.pages.contracts.outlook import find_outlook
from abtpro_saas.blueprints.pages.frame.forms import (
    AT_THE_DOOR,
    EMPTY,
    Form,
    text,
)
from abtpro_saas.blueprints.pages.frame.mails import mail_link
from abtpro_saas.blueprints.pages.frame.preferences import (
    LANGUAGE_COOKIE,
    keep,
    language,
)
from abtpro_saas.blueprints.pages.identity.present_password import (
    confirm,
    refused_form,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.database import tenant_transaction
from abtpro_saas.formats import LOCALES
from abtpro_saas.identity import people
from abtpro_saas.identity.access import credentials
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.words import Locale, Rising
from abtpro_saas.notifications.service import list_notices

RECENT = 5

blp = Blueprint("account_page", __name__)


@blp.get("/")
def overview() -> Response:
    """Show the balance, what waits, and what happened last."""
    if current_host().kind is HostKind.OPERATORS:
        return redirect(url_for("operators_page.show"))
    with tenant_access(renewed=True) as access:
        page = _figures(access)
    return render("account/overview.html", **page)


def _figures(access: Access) -> dict[str, Any]:
    session, tenant_id, user_id = access.session, access.tenant_id, access.user_id
    owns = access.caller.role is not Role.VIEWER
    staff = access.caller.role is not Role.TRADER
    newest = wallets.movements(
        session, tenant_id, user_id, MovementFilter(), limit=RECENT
    )
    recent = [movement for _, movement in newest]
    return {
        "owns": owns,
        "balance": wallets.balance(session, tenant_id, user_id),
        "granted": grants.granted_balance(session, tenant_id, user_id, access.now),
        "live_url": events_url(access.caller, "wallet", user_id),
        "outlook": find_outlook(session, tenant_id, user_id, access.now),
        "rents": access.caller.role is Role.TRADER,
        "movements": recent,
        "purposes": purposes(session, tenant_id, recent, language()),
        "attention": listing.attention(session, tenant_id) if staff else None,
        "notices": list_notices(session, tenant_id, user_id, limit=RECENT),
    }


@blp.get("/profile")
def profile() -> Response:
    """Show what somebody says about themselves."""
    return _profile_form(EMPTY)


@blp.post("/profile")
def change_profile() -> Response:
    """Change name, language and colours; a new e-mail address must be proven first.

    It also takes the password: whoever has the address can have the account.
    """
    asked = text("language")
    locale = Locale(asked) if asked in LOCALES else None
    rising = Rising(text("rising")) if text("rising") in set(Rising) else None
    try:
        if _names_another_address():
            confirm()
        with tenant_access() as access:
            session, tenant_id = access.session, access.tenant_id
            user = people.update_profile(
                session,
                tenant_id,
                access.user_id,
                name=text("name"),
                locale=locale,
                rising=rising,
            )
            email = people.normal_email(text("email"))
            if email != user.email:
                issued = credentials.request_email_change(
                    session, tenant_id, access.user_id, email, access.now
                )
                mail_link(session, issued, access.now)
                flash(_("We sent a link to %(email)s. Open it there.", email=email))
            access.note(action="profile.change", email_change=email != user.email)
    except AT_THE_DOOR as error:
        return _profile_form(refused_form(error, beside={"email_taken": "email"}))
    flash(_("Saved."))
    response = redirect(url_for("account_page.profile"))
    keep(response, LANGUAGE_COOKIE, user.locale)
    return response


def _names_another_address() -> bool:
    who = callers.caller()
    with tenant_transaction(house().engine, who.tenant_id) as session:
        person = people.get_user(session, who.tenant_id, who.user_id)
    return people.normal_email(text("email")) != person.email


def _profile_form(form: Form) -> Response:
    with tenant_access() as access:
        person = people.get_user(access.session, access.tenant_id, access.user_id)
    return render("account/profile.html", status=form.status, form=form, person=person)
