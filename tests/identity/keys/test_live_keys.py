"""Keys that end together with a password."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from abtpro_saas.errors import UnauthenticatedError
from abtpro_saas.identity.access import credentials, passwords, sessions
from abtpro_saas.identity.caller import Caller
from abtpro_saas.identity.keys import live
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.roles import SCOPES, Role
from abtpro_saas.identity.tables import User
from tests.identity.keys.conftest import ADDRESS, ALL


@pytest.fixture
def signed_in(inside, tenant, trader, origin, now):
    """The trader, signed in with a browser."""
    with inside() as session:
        person = session.get(User, (tenant, trader))
        opened = sessions.open_session(session, person, origin, now)
    return Caller(
        tenant_id=tenant,
        tenant_slug="siam",
        user_id=trader,
        role=Role.TRADER,
        scopes=SCOPES[Role.TRADER],
        via="session",
        credential_id=opened.session_id,
        address=ADDRESS,
    )


@pytest.fixture(params=["session", "key"])
def caller(request, mint, asks, signed_in):
    """The trader, by a browser's session or by a key that may make others."""
    by_key = request.param == "key"
    return asks(mint(scopes=["keys:write"]).plain) if by_key else signed_in


def test_what_ended_meanwhile_makes_no_key(caller, inside, tenant, trader, now):
    def ask():
        with inside() as session:
            return keys.limits_of(session, caller)

    with ThreadPoolExecutor(1) as pool:
        with inside() as session:
            credentials.set_password(
                session,
                tenant,
                trader,
                "another horse entirely",
                now,
                revoke_keys=True,
                profile=passwords.QUICK,
            )
            asked = pool.submit(ask)
            assert not wait([asked], timeout=0.3).done
        assert isinstance(asked.exception(), UnauthenticatedError)


def test_all_keys_end_at_once_and_only_their_owners(
    mint, asks, api_keys_of_others, inside, tenant, trader, now
):
    mine = [mint().plain, mint().plain]
    ended = mint(expires_at=now + timedelta(minutes=1)).plain
    later = now + timedelta(hours=1)
    with inside() as session:
        assert live.count_live(session, tenant, trader, later) == 2
        assert live.revoke_all(session, tenant, trader, later) == 2
        assert live.revoke_all(session, tenant, trader, later) == 0

    assert [asks(plain, at=later) for plain in mine] == ["key_revoked"] * 2
    assert asks(ended, at=later) == "key_expired"
    assert {asks(plain, at=later).via for plain in api_keys_of_others} == {"key"}


@pytest.fixture
def api_keys_of_others(inside, tenant, user, new_tenant, now):
    """A key of somebody else here, and one of somebody elsewhere."""
    elsewhere = new_tenant()
    plains = []
    for at in (tenant, elsewhere):
        owner = user(tenant_id=at)
        with inside(at) as session:
            minted = keys.mint_key(
                session,
                at,
                owner,
                name="x",
                scopes=["wallet:read"],
                limits=ALL,
                now=now,
            )
            plains.append(minted.plain)
    return plains
