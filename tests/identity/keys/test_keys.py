"""API keys in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity import people, tenants
from abtpro_saas.identity.keys import service as keys
from abtpro_saas.identity.keys.keytext import TENANT_PREFIX, new_key_text
from abtpro_saas.identity.keys.limits import KeyLimits, ScopeError
from abtpro_saas.identity.keys.service import KeyEndedError, TooManyKeysError
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.tables import ApiKey
from abtpro_saas.ids import new_id
from tests.identity.keys.conftest import ALL


@pytest.fixture
def rotate(inside, tenant, trader, now):
    """Return a function that rotates a key of the trader's."""

    def run(key_id, limits=ALL, at=now):
        with inside() as session:
            return keys.rotate_key(
                session, tenant, trader, key_id, limits=limits, now=at
            )

    return run


def test_a_key_speaks_for_its_owner(mint, asks, tenant, trader):
    minted = mint()
    caller = asks(minted.plain)

    assert (caller.tenant_id, caller.user_id) == (tenant, trader)
    assert (caller.via, caller.credential_id) == ("key", minted.row.key_id)
    assert (caller.role, caller.scopes) == (Role.TRADER, {"wallet:read"})


def test_the_secret_is_stored_as_a_hash_alone(mint):
    minted = mint()

    assert minted.plain not in repr(minted)
    assert len(minted.row.secret_hash) == 32


def test_an_unknown_key_is_refused(mint, asks):
    mint()

    assert asks(new_key_text(TENANT_PREFIX).plain) == "invalid_key"


def test_a_known_id_with_another_secret_is_refused(mint, asks):
    known = mint().row.public_id
    forged = new_key_text(TENANT_PREFIX)
    forged = type(forged)(TENANT_PREFIX, known, forged.secret)

    assert asks(forged.plain) == "invalid_key"


def test_a_key_ends_at_its_expiry(mint, asks, now):
    plain = mint(expires_at=now + timedelta(days=1)).plain

    assert asks(plain, at=now + timedelta(days=1)) == "key_expired"


def test_a_key_is_good_in_its_networks_alone(mint, asks):
    plain = mint(allowed_networks=["203.0.113.0/24"]).plain

    assert asks(plain).via == "key"
    assert asks(plain, "198.51.100.1") == "address_not_allowed"


def test_a_revoked_key_ends_at_once(mint, asks, inside, tenant, trader, now):
    minted = mint()
    for _ in range(2):
        with inside() as session:
            keys.revoke_key(session, tenant, trader, minted.row.key_id, now)

    assert asks(minted.plain) == "key_revoked"


def test_the_keys_of_who_is_disabled_end(mint, asks, inside, tenant, trader, now):
    plain = mint().plain
    with inside() as session:
        people.disable_user(session, tenant, trader, now)

    assert asks(plain) == "key_revoked"


def test_the_keys_of_a_suspended_tenant_rest(mint, asks, as_operator, tenant, now):
    plain = mint().plain
    with as_operator() as session:
        tenants.suspend_tenant(session, tenant, "unpaid", now)
    assert asks(plain) == "tenant_suspended"
    with as_operator() as session:
        tenants.resume_tenant(session, tenant)

    assert asks(plain).via == "key"


def test_a_key_cannot_do_more_than_its_owner(mint):
    with pytest.raises(ScopeError):
        mint(scopes=["members:read"])


def test_a_demoted_owner_demotes_the_key(mint, asks, inside, tenant, trader):
    plain = mint(scopes=["wallet:read", "wallet:write"]).plain
    with inside() as session:
        people.change_role(session, tenant, trader, Role.VIEWER)

    assert asks(plain).scopes == {"wallet:read"}


def test_a_key_begets_none_mightier(mint, asks, inside, now):
    plain = mint(
        scopes=["wallet:read", "keys:write"],
        expires_at=now + timedelta(days=1),
        allowed_networks=["203.0.113.0/24"],
    ).plain
    with inside() as session:
        limits = keys.limits_of(session, asks(plain))
    child = mint(limits=limits).row

    assert child.expires_at == now + timedelta(days=1)
    assert child.allowed_networks == ["203.0.113.0/24"]
    with pytest.raises(ScopeError):
        mint(scopes=["wallet:write"], limits=limits)


def test_use_is_noted_once_a_minute(mint, asks, inside, tenant, now):
    minted = mint()

    def used(at, address):
        asks(minted.plain, address, at)
        with inside() as session:
            row = session.get(ApiKey, (tenant, minted.row.key_id))
            return row.last_used_at, row.last_used_address

    assert used(now, "192.0.2.1") == (now, "192.0.2.1")
    assert used(now + timedelta(seconds=59), "192.0.2.2") == (now, "192.0.2.1")
    later = now + timedelta(minutes=1)
    assert used(later, "192.0.2.2") == (later, "192.0.2.2")


def test_two_keys_live_while_one_is_rotated(mint, rotate, asks, now):
    old = mint(scopes=["wallet:read", "wallet:write"])
    new = rotate(old.row.key_id)

    assert asks(old.plain).scopes == asks(new.plain).scopes
    after = now + keys.GRACE
    assert asks(old.plain, at=after) == "key_expired"
    assert asks(new.plain, at=after).via == "key"


def test_three_keys_of_a_line_never_live(mint, rotate, asks):
    first = mint()
    second = rotate(first.row.key_id)
    third = rotate(second.row.key_id)

    assert asks(first.plain) == "key_revoked"
    assert asks(second.plain).via == asks(third.plain).via == "key"


def test_a_key_has_one_successor(mint, rotate):
    key_id = mint().row.key_id

    def turn(_):
        try:
            return rotate(key_id)
        except KeyEndedError:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(turn, range(4)))
    assert len([each for each in made if each]) == 1


def test_an_ended_key_is_not_rotated(mint, rotate, inside, tenant, trader, now):
    key_id = mint().row.key_id
    with inside() as session:
        keys.revoke_key(session, tenant, trader, key_id, now)

    with pytest.raises(KeyEndedError):
        rotate(key_id)


def test_rotation_keeps_the_expiry(mint, rotate, now):
    ends = now + timedelta(hours=1)
    old = mint(expires_at=ends)

    assert rotate(old.row.key_id).row.expires_at == ends


def test_a_lesser_key_rotates_no_mightier_one(mint, rotate):
    mighty = mint(scopes=["wallet:read", "wallet:write"])

    with pytest.raises(ScopeError):
        rotate(mighty.row.key_id, KeyLimits(frozenset({"wallet:read"})))


def test_nobody_touches_the_key_of_somebody_else(mint, user, inside, tenant, now):
    key_id, other = mint().row.key_id, user()

    for asked in (key_id, new_id()):
        with inside() as session, pytest.raises(NotFoundError):
            keys.revoke_key(session, tenant, other, asked, now)


def test_keys_are_listed_newest_first(mint, inside, tenant, trader):
    minted = [mint().row.key_id for _ in range(3)]

    with inside() as session:
        listed = [each.key_id for each in keys.list_keys(session, tenant, trader)]
    assert sorted(listed) == sorted(minted)
    assert listed == sorted(listed, reverse=True)


def test_live_keys_are_limited(mint, inside, tenant, trader, now):
    minted = [mint() for _ in range(keys.MOST_LIVE)]
    with pytest.raises(TooManyKeysError):
        mint()
    with inside() as session:
        keys.revoke_key(session, tenant, trader, minted[0].row.key_id, now)

    mint()
