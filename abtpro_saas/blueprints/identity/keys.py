"""The caller's API keys."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import KeyRequiredError, tenant_access
from abtpro_saas.blueprints.guard.idempotency import idempotent
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.identity.schemas import (
    KeyIn,
    KeyOut,
    KeysOut,
    NewKeyOut,
    RotationIn,
)
from abtpro_saas.identity import people
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.limits import KeyExpiryError, ScopeError
from abtpro_saas.identity.keys.networks import NetworkError
from abtpro_saas.identity.keys.service import MintedKey

blp = Blueprint(
    "keys", __name__, url_prefix="/api/v1/keys", description="Your API keys"
)


@blp.route("")
class Keys(MethodView):
    """All keys of whoever asks."""

    @blp.response(200, KeysOut)
    def get(self) -> dict[str, Any]:
        """List one's keys, ended ones too, the newest first."""
        with tenant_access(scope="keys:read") as access:
            rows = keys.list_keys(access.session, access.tenant_id, access.user_id)
            return {"keys": rows, "count": len(rows)}

    @blp.arguments(KeyIn)
    @idempotent()
    @blp.response(201, NewKeyOut)
    @blp.alt_response(409, description="There are too many live keys.")
    @refuses(
        ScopeError,
        KeyExpiryError,
        NetworkError,
        people.PersonNameError,
        keys.TooManyKeysError,
        KeyRequiredError,
    )
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a key with some of what the caller may do; it is shown this once."""
        with tenant_access(scope="keys:write", by_key=True) as access:
            minted = keys.mint_key(
                access.session,
                access.tenant_id,
                access.user_id,
                limits=keys.limits_of(access.session, access.caller),
                now=access.now,
                **body,
            )
            access.note(
                action="key.create", subject=minted.row.key_id, scopes=minted.row.scopes
            )
            return _answer(minted)


@blp.route("/<uuid:key_id>")
class Key(MethodView):
    """One key of the caller's."""

    @blp.response(200, KeyOut)
    def delete(self, key_id: UUID) -> object:
        """End a key now."""
        with tenant_access(scope="keys:write") as access:
            access.note(action="key.revoke", subject=key_id)
            return keys.revoke_key(
                access.session, access.tenant_id, access.user_id, key_id, access.now
            )


@blp.route("/<uuid:key_id>/rotate")
class KeyRotation(MethodView):
    """A key's successor."""

    @blp.arguments(RotationIn)
    @idempotent()
    @blp.response(201, NewKeyOut)
    @blp.alt_response(409, description="The key has ended, or has a successor.")
    @refuses(
        ScopeError,
        KeyExpiryError,
        NetworkError,
        keys.TooManyKeysError,
        keys.KeyEndedError,
        KeyRequiredError,
    )
    def post(self, body: dict[str, Any], key_id: UUID) -> dict[str, Any]:
        """Make a successor with the same rights; the old key works on for a while."""
        with tenant_access(scope="keys:write", by_key=True) as access:
            minted = keys.rotate_key(
                access.session,
                access.tenant_id,
                access.user_id,
                key_id,
                limits=keys.limits_of(access.session, access.caller),
                now=access.now,
                grace=timedelta(hours=body["grace_hours"]),
            )
            access.note(
                action="key.rotate", subject=key_id, successor=str(minted.row.key_id)
            )
            return _answer(minted)


def _answer(minted: MintedKey) -> dict[str, Any]:
    shown = {name: getattr(minted.row, name) for name in _SHOWN}
    return shown | {"key": minted.plain}


_SHOWN = tuple(
    each.attribute or name for name, each in KeyOut().fields.items() if name != "key"
)
