"""The caller's own account."""

from typing import Any

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.identity.schemas import AccountIn, AccountOut
from abtpro_saas.identity import people
from abtpro_saas.identity.tables import User

blp = Blueprint(
    "account", __name__, url_prefix="/api/v1/account", description="Your own account"
)


@blp.route("")
class Account(MethodView):
    """Whoever asks."""

    @blp.response(200, AccountOut)
    def get(self) -> dict[str, Any]:
        """Say who asks, and what this key may do."""
        with tenant_access() as access:
            user = people.get_user(access.session, access.tenant_id, access.user_id)
            return _answer(access, user)

    @blp.arguments(AccountIn)
    @blp.response(200, AccountOut)
    @refuses(people.PersonNameError)
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change one's name, language, theme or the colour of gains."""
        with tenant_access(scope="account:write") as access:
            user = people.update_profile(
                access.session, access.tenant_id, access.user_id, **body
            )
            access.note(action="account.change", fields=sorted(body))
            return _answer(access, user)


def _answer(access: Access, user: User) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "locale": user.locale,
        "theme": user.theme,
        "rising": user.rising,
        "second_factor": user.has_second_factor,
        "tenant": access.caller.tenant_slug,
        "scopes": sorted(access.caller.scopes),
    }
