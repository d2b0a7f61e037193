"""The people of a tenant: listed, invited, given roles, shut out."""

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.frame.forms import (
    ANSWERABLE,
    AT_THE_DOOR,
    EMPTY,
    Form,
    refused,
    text,
)
from abtpro_saas.blueprints.pages.frame.mails import mail_link
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.blueprints.pages.frame.readers import reader
from abtpro_saas.blueprints.pages.identity.present_password import (
    confirmed_access,
    refused_form,
)
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity import people
from abtpro_saas.identity.access import credentials
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import User
from abtpro_saas.identity.words import Locale
from abtpro_saas.ids import UserId
from abtpro_saas.notifications import account

ON_A_PAGE = 50

blp = Blueprint("members_page", __name__, url_prefix="/members")


@blp.get("")
def show() -> Response:
    """Show the tenant's people by e-mail."""
    return _page(EMPTY)


@blp.post("")
def invite() -> Response:
    """Add somebody, and mail them a link behind which they choose a password.

    One's own password is asked for where they are to see or do more than a trader.
    """
    user = reader()
    try:
        role = _role()
        opened = confirmed_access if role.is_staff else tenant_access
        with opened(scope="members:write") as access:
            member, issued = credentials.invite(
                access.session,
                access.tenant_id,
                email=text("email"),
                name=text("name"),
                role=role,
                locale=Locale(language()),
                now=access.now,
            )
            mail_link(access.session, issued, access.now, user.name if user else "")
            access.note(
                action="member.invite", subject=member.user_id, role=member.role
            )
    except AT_THE_DOOR as error:
        return _page(refused_form(error, beside={"email_taken": "email"}))
    flash(_("The invitation is on its way."))
    return redirect(url_for("members_page.show"))


@blp.post("/<uuid:user_id>/role")
def change_role(user_id: UUID) -> Response:
    """Give a member another role; the admin's own password is asked for."""
    try:
        role = _role()
        with confirmed_access(scope="members:write") as access:
            people.change_role(access.session, access.tenant_id, UserId(user_id), role)
            access.note(action="member.change_role", subject=user_id, role=role)
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=f"role-{user_id}"))
    flash(_("Saved."))
    return redirect(url_for("members_page.show"))


@blp.post("/<uuid:user_id>/disabling")
def disable(user_id: UUID) -> Response:
    """Shut a member out, now and on every device."""
    try:
        with tenant_access(scope="members:write") as access:
            people.disable_user(
                access.session, access.tenant_id, UserId(user_id), access.now
            )
            access.note(action="member.disable", subject=user_id)
    except ANSWERABLE as error:
        return _page(refused(error))
    flash(_("This member can no longer sign in."))
    return redirect(url_for("members_page.show"))


@blp.post("/<uuid:user_id>/enabling")
def enable(user_id: UUID) -> Response:
    """Let a member in again; the admin's own password is asked for."""
    try:
        with confirmed_access(scope="members:write") as access:
            people.enable_user(access.session, access.tenant_id, UserId(user_id))
            access.note(action="member.enable", subject=user_id)
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=f"enable-{user_id}"))
    flash(_("This member can sign in again."))
    return redirect(url_for("members_page.show"))


@blp.post("/<uuid:user_id>/second-factor/removal")
def remove_second_factor(user_id: UUID) -> Response:
    """Take away what a member has lost; the admin's own password is asked for."""
    try:
        with confirmed_access(scope="members:write") as access:
            was_on = account.remove_second_factor(
                access.session,
                access.tenant_id,
                UserId(user_id),
                access.now,
                by=access.user_id,
            )
            access.note(
                action="member.remove_second_factor", subject=user_id, was_on=was_on
            )
    except AT_THE_DOOR as error:
        return _page(refused_form(error, at=f"second-off-{user_id}"))
    flash(_("The second step of this member is off."))
    return redirect(url_for("members_page.show"))


def _role() -> Role:
    try:
        return Role(text("role"))
    except ValueError:
        raise InvalidError("there is no such role", "role") from None


def _dialogs(row: User) -> Iterator[str]:
    """Name the dialogs about a member that ask for the password."""
    yield f"role-{row.user_id}"
    if row.disabled_at:
        yield f"enable-{row.user_id}"
    elif row.has_second_factor:
        yield f"second-off-{row.user_id}"


def _page(form: Form) -> Response:
    with tenant_access(scope="members:read") as access:
        cursor = request.args.get("cursor")
        pager = Pager(access.tenant_id, "pages.members", ON_A_PAGE, {}, cursor)
        after = pager.after
        rows = people.list_members(
            access.session,
            access.tenant_id,
            after=(after[0], UserId(after[1])) if after else None,
            limit=pager.fetch,
        )
        page = pager.close(rows, lambda row: (row.email, row.user_id))
        may_write = "members:write" in access.caller.scopes
        me = access.user_id
    form = form.among({each for row in page.rows for each in _dialogs(row)})
    return render(
        "members/show.html",
        fragment="members/_list.html",
        status=form.status,
        form=form,
        page=page,
        may_write=may_write,
        me=me,
        roles=list(Role),
    )
