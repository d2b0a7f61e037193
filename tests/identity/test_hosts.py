"""Host names."""

import pytest

from abtpro_saas.identity.hosts import HostError, HostRules, check_host, plain_host

RULES = HostRules("abtpro.example", "ops.abtpro.example")


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("Siam.LOCALHOST:8000", "siam.localhost"),
        ("siam.localhost.", "siam.localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "[::1]"),
        ("", ""),
    ],
)
def test_a_request_s_host_loses_port_case_and_dot(host, plain):
    assert plain_host(host) == plain


@pytest.mark.parametrize(
    "host",
    ["", "a b", "https://a.example", "a.example/x", "a..b", "-a.example", "a_b", "ไทย"],
)
def test_what_is_no_host_name_is_refused(host):
    with pytest.raises(HostError):
        check_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "abtpro.example",
        "ops.abtpro.example",
        "lanna.abtpro.example",
        "203.0.113.7",
        "10.0.0.5",
    ],
)
def test_a_tenant_cannot_take_the_platforms_names_nor_addresses(host):
    with pytest.raises(HostError):
        RULES.check(host, "siam")


@pytest.mark.parametrize("host", ["siam.abtpro.example", "Trade.Siam.example"])
def test_a_tenant_may_take_its_own_name_and_its_own_domain(host):
    assert RULES.check(host, "siam") == host.lower()
