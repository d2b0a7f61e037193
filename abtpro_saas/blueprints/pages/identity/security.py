"""What keeps an account its owner's: password, second factor, devices."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from abtpro_saas.billing.qr.image import png_data_uri
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.pages.frame.forms import (
    AT_THE_DOOR,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.readers import brand
from abtpro_saas.blueprints.pages.identity.present_password import (
    confirm,
    refused_form,
)
from abtpro_saas.blueprints.pages.identity.revoked_keys import revokes_keys
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.identity import people
from abtpro_saas.identity.access import credentials, second_factor, sessions
from abtpro_saas.identity.access.second_factor import Enrolment
from abtpro_saas.identity.keys import live
from abtpro_saas.notifications import account

NEW_CODES, SWITCH_ON, SWITCH_OFF = "new-codes", "second-on", "second-off"

blp = Blueprint("security_page", __name__, url_prefix="/security")


@blp.get("")
def show() -> Response:
    """Show how the account is kept, and where it is signed in."""
    return _page(EMPTY)


@blp.post("/password")
def change_password() -> Response:
    """Set a new password; other devices are signed out, and keys end if asked."""
    try:
        confirm()
        with tenant_access() as access:
            new = credentials.set_password(
                access.session,
                access.tenant_id,
                access.user_id,
                request.form.get("password", ""),
                access.now,
                keep=access.caller.credential_id,
                revoke_keys=revokes_keys(unasked=False),
            )
            account.tell_new_password(
                access.session, new, access.caller.address, access.now
            )
            access.note(
                action="account.change_password",
                keys_revoked=new.keys_revoked,
                keys_left=new.keys_left,
            )
    except AT_THE_DOOR as error:
        return _page(refused_form(error))
    flash(_("Password changed. All other devices have been signed out."))
    if new.keys_revoked:
        ended = ngettext(
            "%(num)d API key was revoked.",
            "%(num)d API keys were revoked.",
            new.keys_revoked,
        )
        flash(ended)
    return redirect(url_for("security_page.show"))


@blp.post("/second-factor")
def enrol() -> Response:
    """Show the QR that an authenticator app scans.

    The password is asked for: who stole a session must not lock the owner out.
    """
    try:
        confirm()
        with tenant_access() as access:
            enrolment = second_factor.begin(
                access.session,
                house().keyring,
                access.tenant_id,
                access.user_id,
                brand().name,
            )
            access.note(action="second_factor.begin")
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=SWITCH_ON))
    return _enrolment(enrolment.secret, enrolment.uri, EMPTY)


@blp.post("/second-factor/confirmation")
def confirm_enrolment() -> Response:
    """Switch the second step on with a first code; show the recovery codes once."""
    try:
        with tenant_access() as access:
            codes = second_factor.confirm(
                access.session,
                house().keyring,
                access.tenant_id,
                access.user_id,
                code=text("code"),
                now=access.now,
            )
            access.note(action="second_factor.confirm")
    except second_factor.WrongCodeError as error:
        enrolment = _enrolment_again()
        return _enrolment(enrolment.secret, enrolment.uri, refused(error))
    except AT_THE_DOOR as error:
        return _page(refused(error))
    return render("security/codes.html", codes=codes)


@blp.post("/second-factor/removal")
def switch_off() -> Response:
    """Sign in with the password alone again."""
    try:
        confirm()
        with tenant_access() as access:
            account.switch_second_factor_off(
                access.session,
                access.tenant_id,
                access.user_id,
                access.caller.address,
                access.now,
            )
            access.note(action="second_factor.switch_off")
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=SWITCH_OFF))
    flash(_("The second step is off."))
    return redirect(url_for("security_page.show"))


@blp.post("/recovery-codes")
def renew_codes() -> Response:
    """Show new recovery codes once; the old ones end."""
    try:
        confirm()
        with tenant_access() as access:
            codes = second_factor.renew_codes(
                access.session, access.tenant_id, access.user_id
            )
            access.note(action="second_factor.renew_codes")
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=NEW_CODES))
    return render("security/codes.html", codes=codes)


@blp.post("/sessions/<uuid:session_id>/end")
def end_session(session_id: UUID) -> Response:
    """Sign one device out."""
    with tenant_access() as access:
        sessions.revoke_session(
            access.session, access.tenant_id, access.user_id, session_id, access.now
        )
        access.note(action="session.end", subject=session_id)
    flash(_("Signed out on that device."))
    return redirect(url_for("security_page.show"))


@blp.post("/sessions/end")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    with tenant_access() as access:
        ended = sessions.revoke_all(
            access.session,
            access.tenant_id,
            access.user_id,
            access.now,
            keep=access.caller.credential_id,
        )
        access.note(action="session.end_others", ended=ended)
    flash(_("Signed out on all other devices."))
    return redirect(url_for("security_page.show"))


def _enrolment_again() -> Enrolment:
    """Return what was scanned already: a mistyped code must not mean a new scan."""
    with tenant_access() as access:
        return second_factor.begun(
            access.session,
            house().keyring,
            access.tenant_id,
            access.user_id,
            brand().name,
        )


def _enrolment(secret: str, uri: str, form: Form) -> Response:
    return render(
        "security/enrol.html",
        status=form.status,
        form=form,
        secret=secret,
        image=png_data_uri(uri),
    )


def _page(form: Form) -> Response:
    with tenant_access() as access:
        session, tenant_id, user_id = access.session, access.tenant_id, access.user_id
        context: dict[str, Any] = {
            "person": people.get_user(session, tenant_id, user_id),
            "codes_left": second_factor.codes_left(session, tenant_id, user_id),
            "keys": live.count_live(session, tenant_id, user_id, access.now),
            "devices": sessions.list_sessions(session, tenant_id, user_id, access.now),
            "here": access.caller.credential_id,
        }
    form = form.among(
        {NEW_CODES, SWITCH_OFF} if context["person"].has_second_factor else ()
    )
    return render("security/show.html", status=form.status, form=form, **context)
