"""Networks from which a key may be used."""

import pytest

from abtpro_saas.identity.keys.networks import (
    NetworkError,
    check_networks,
    contains,
    covers,
)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("203.0.113.9", True),
        ("203.0.114.9", False),
        ("::ffff:203.0.113.9", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("", False),
        ("unknown", False),
    ],
)
def test_an_address_is_in_the_networks_or_not(address, inside):
    assert contains(["203.0.113.0/24", "2001:db8::/32"], address) is inside


def test_no_network_means_everywhere():
    assert contains([], "203.0.113.9")


@pytest.mark.parametrize(
    "networks", [["203.0.113.1/24"], ["example.com"], [""], ["10.0.0.0/8"] * 21]
)
def test_what_is_no_network_is_refused(networks):
    with pytest.raises(NetworkError):
        check_networks(networks)


def test_one_address_is_a_network_too():
    assert check_networks([" 203.0.113.9 "]) == ["203.0.113.9/32"]


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        ([], [], True),
        ([], ["10.0.0.0/8"], True),
        (["10.0.0.0/8"], [], False),
        (["10.0.0.0/8"], ["10.1.0.0/16"], True),
        (["10.1.0.0/16"], ["10.0.0.0/8"], False),
        (["10.0.0.0/8"], ["10.1.0.0/16", "2001:db8::/32"], False),
    ],
)
def test_an_outer_list_covers_an_inner_one(outer, inner, covered):
    assert covers(outer, inner) is covered
