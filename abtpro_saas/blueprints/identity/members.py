"""The people of a tenant, managed by its admins."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import KeyRequiredError, tenant_access
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.identity.invitations import mail_invitation
from abtpro_saas.blueprints.identity.schemas import (
    MemberChangeIn,
    MemberIn,
    MemberOut,
    MembersOut,
)
from abtpro_saas.identity import people
from abtpro_saas.identity.access import credentials
from abtpro_saas.identity.access.second_factor import OwnSecondFactorError
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import User
from abtpro_saas.identity.words import Locale
from abtpro_saas.ids import UserId
from abtpro_saas.notifications import account

blp = Blueprint(
    "members",
    __name__,
    url_prefix="/api/v1/admin/members",
    description="The people of your tenant",
)


@blp.route("")
class Members(MethodView):
    """All people of the tenant."""

    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, MembersOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List the tenant's people by e-mail."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="members:read") as access:
            pager = Pager(
                access.tenant_id, "members", args["limit"], {}, args["cursor"]
            )
            after = pager.after
            rows = people.list_members(
                access.session,
                access.tenant_id,
                after=(after[0], UserId(after[1])) if after else None,
                limit=pager.fetch,
            )
            page = pager.close(rows, lambda row: (row.email, row.user_id))
            return page.under("members", [_answer(row) for row in page.rows])

    @blp.arguments(MemberIn)
    @idempotent()
    @blp.response(201, MemberOut)
    @blp.alt_response(409, description="Somebody here has the e-mail address.")
    @refuses(
        people.EmailError,
        people.PersonNameError,
        people.EmailTakenError,
        KeyRequiredError,
    )
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Invite somebody: a mail lets them choose a password.

        Admins and viewers are invited by an API key, or at the page.
        """
        role = Role(body["role"])
        with tenant_access(
            Role.ADMIN, scope="members:write", by_key=role.is_staff
        ) as access:
            session = access.session
            user, issued = credentials.invite(
                session,
                access.tenant_id,
                email=body["email"],
                name=body["name"],
                role=role,
                locale=Locale(body["locale"]),
                now=access.now,
            )
            inviter = people.get_user(session, access.tenant_id, access.user_id)
            mail_invitation(session, issued, inviter.name, access.now)
            access.note(action="member.invite", subject=user.user_id, role=user.role)
            return _answer(user)


@blp.route("/<uuid:member_id>")
class Member(MethodView):
    """One of the tenant's people."""

    @blp.response(200, MemberOut)
    def get(self, member_id: UUID) -> dict[str, Any]:
        """Show one of the tenant's people."""
        with tenant_access(Role.ADMIN, Role.VIEWER, scope="members:read") as access:
            user_id = UserId(member_id)
            return _answer(people.get_user(access.session, access.tenant_id, user_id))

    @blp.arguments(MemberChangeIn)
    @blp.response(200, MemberOut)
    @blp.alt_response(409, description="Nobody would be left to run the tenant.")
    @refuses(people.LastAdminError, KeyRequiredError)
    def patch(self, body: dict[str, Any], member_id: UUID) -> dict[str, Any]:
        """Give a member another role, or shut them out or in again; takes a key."""
        with tenant_access(Role.ADMIN, scope="members:write", by_key=True) as access:
            session, tenant_id = access.session, access.tenant_id
            user_id = UserId(member_id)
            user = people.get_user(session, tenant_id, user_id)
            if "role" in body:
                people.change_role(session, tenant_id, user_id, Role(body["role"]))
            if body.get("disabled") is True:
                people.disable_user(session, tenant_id, user_id, access.now)
            if body.get("disabled") is False:
                people.enable_user(session, tenant_id, user_id)
            access.note(action="member.change", subject=member_id, **body)
            return _answer(user)

    @blp.response(204)
    @blp.alt_response(409, description="Nobody would be left to run the tenant.")
    @refuses(people.LastAdminError)
    def delete(self, member_id: UUID) -> None:
        """Shut a member out on every device; what they did stays on record."""
        with tenant_access(Role.ADMIN, scope="members:write") as access:
            people.disable_user(
                access.session, access.tenant_id, UserId(member_id), access.now
            )
            access.note(action="member.disable", subject=member_id)


@blp.route("/<uuid:member_id>/second-factor")
class MemberSecondFactor(MethodView):
    """The second factor of somebody who has lost it."""

    @blp.response(204)
    @refuses(OwnSecondFactorError, KeyRequiredError)
    def delete(self, member_id: UUID) -> None:
        """Take it away, sign them out everywhere, and tell them; not one's own."""
        with tenant_access(Role.ADMIN, scope="members:write", by_key=True) as access:
            was_on = account.remove_second_factor(
                access.session,
                access.tenant_id,
                UserId(member_id),
                access.now,
                by=access.user_id,
            )
            access.note(
                action="member.remove_second_factor", subject=member_id, was_on=was_on
            )


def _answer(user: User) -> dict[str, Any]:
    standing = "ACTIVE" if user.password_hash else "INVITED"
    return {
        "id": user.user_id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "status": "DISABLED" if user.disabled_at else standing,
        "second_factor": user.has_second_factor,
        "created_at": user.created_at,
        "last_sign_in_at": user.last_sign_in_at,
    }
