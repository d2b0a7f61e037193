"""Host names."""

import pytest

from abtpro_saas.identity.hosts import (
    HostError,
    HostRules,
    check_host,
    is_host_line,
    plain_host,
)

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


LONGEST = ".".join(["a" * 63] * 3 + ["b" * 61])


@pytest.mark.parametrize(
    "line",
    [
        *(
            "a",
            "A.example:8000",
            "a.example.",
            "web_1:80",
            "127.0.0.1",
            "[::1]:0",
            "a:",
        ),
        LONGEST + ".:65535",
    ],
)
def test_a_host_line_names_a_host_and_perhaps_a_port(line):
    assert is_host_line(line)


@pytest.mark.parametrize(
    "line",
    [
        *("", " ", "a b", "a,a", "a..b", ".a", "a/b", "u@a", "http://a", "ไทย", "a\n"),
        *("a:b", "a:-1", "a:65536", "a:1:2", "a:٣", "[::1", "::1", "[]"),
        *("a" * 64, LONGEST + "b"),
    ],
)
def test_what_names_no_host_is_no_host_line(line):
    assert not is_host_line(line)
