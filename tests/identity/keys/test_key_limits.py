"""A key begets none mightier than itself."""

from datetime import timedelta

import pytest

from abtpro_saas.identity.keys.limits import KeyExpiryError, KeyLimits, ScopeError
from abtpro_saas.identity.keys.networks import NetworkError

SCOPES = frozenset({"wallet:read", "keys:write"})


def test_a_persons_key_has_what_was_chosen(now):
    limits = KeyLimits(SCOPES)

    assert limits.bound_scopes(["wallet:read", "wallet:read"]) == ["wallet:read"]
    assert limits.bound_expiry(None, now) is None
    assert limits.bound_networks(["10.0.0.0/8"]) == ["10.0.0.0/8"]


@pytest.mark.parametrize("scopes", [[], ["wallet:write"], ["no:such"]])
def test_scopes_beyond_the_minters_are_refused(scopes):
    with pytest.raises(ScopeError):
        KeyLimits(SCOPES).bound_scopes(scopes)


def test_a_keys_key_ends_with_it(now):
    limits = KeyLimits(SCOPES, expires_at=now + timedelta(days=1))

    assert limits.bound_expiry(None, now) == now + timedelta(days=1)
    with pytest.raises(KeyExpiryError):
        limits.bound_expiry(now + timedelta(days=2), now)


def test_an_expiry_lies_in_the_future(now):
    with pytest.raises(KeyExpiryError):
        KeyLimits(SCOPES).bound_expiry(now, now)


def test_a_keys_key_stays_in_its_networks():
    limits = KeyLimits(SCOPES, allowed_networks=("10.0.0.0/8",))

    assert limits.bound_networks([]) == ["10.0.0.0/8"]
    with pytest.raises(NetworkError):
        limits.bound_networks(["0.0.0.0/0"])
