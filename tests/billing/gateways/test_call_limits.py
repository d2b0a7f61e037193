"""A call ends in its time, whatever a gateway sends, and reads only so much."""

from datetime import date

import pytest

from abtpro_saas.billing.gateways.calling.bulkhead import Bulkhead
from abtpro_saas.billing.gateways.calling.client import GatewayClient
from abtpro_saas.billing.gateways.calling.limits import while_somebody_waits
from abtpro_saas.billing.gateways.generic import GenericGateway
from abtpro_saas.billing.gateways.port import (
    GatewaySilentError,
    GatewayUnavailableError,
)
from tests.billing.gateways.slow import (
    WELL,
    SlowGateway,
    drip,
    hush,
    late,
    say,
    seconds_of,
)

TODAY = date(2026, 11, 22)
TOTAL_S = 1.0
OK = b"HTTP/1.1 200 OK\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: "


@pytest.fixture
def ask(account):
    """Return a function that asks a gateway which answers so; how long, and what."""
    driver = GenericGateway(GatewayClient(total_s=TOTAL_S, bulkhead=Bulkhead()))
    servers = []

    def run(answer, *, reads=True, scheme="http", days=(TODAY,)):
        server = SlowGateway(answer, reads=reads)
        servers.append(server)
        at = account(base_url=server.url.replace("http", scheme, 1))
        return seconds_of(lambda: driver.inquire(at, "REF1", days))

    yield run
    driver.close()
    for each in servers:
        each.close()


def test_an_answer_in_time_is_read(ask):
    assert ask(say(WELL))[1] == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(hush, id="silence"),
        pytest.param(drip(OK, b"X-A: 1\r\n"), id="headers"),
        pytest.param(drip(b"", b"H"), id="first line"),
        pytest.param(drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="hints"),
        pytest.param(drip(OK + b"Content-Length: 9999\r\n\r\n", b" "), id="body"),
        pytest.param(
            drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), id="chunks"
        ),
    ],
)
def test_whoever_drips_or_is_silent_is_given_up_in_time(ask, answer):
    seconds, result = ask(answer)

    assert isinstance(result, GatewaySilentError)
    assert TOTAL_S * 0.9 < seconds < TOTAL_S + 0.5


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(hush, id="silence"),
        pytest.param(drip(b"\x16\x03\x03\x40\x00", b"\x02"), id="dripping"),
    ],
)
def test_a_tls_handshake_that_does_not_end_is_given_up_in_time(ask, answer):
    seconds, result = ask(answer, scheme="https")

    assert isinstance(result, GatewayUnavailableError)
    assert seconds < TOTAL_S + 0.5


def test_several_questions_of_one_request_share_its_time(ask, monkeypatch):
    monkeypatch.setattr(
        "abtpro_saas.billing.gateways.calling.limits.HURRIED_S", TOTAL_S
    )
    days = [date(2026, 11, day) for day in range(1, 6)]

    with while_somebody_waits():
        seconds, result = ask(late(0.4), days=days)

    assert isinstance(result, GatewaySilentError)
    assert seconds < TOTAL_S + 0.5


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK + b"X-A: " + b"a" * 400_000, id="one header"),
        pytest.param(OK + b"X-A: aaaaaaaa\r\n" * 40_000, id="headers"),
        pytest.param((HINT + b"a" * 9_000 + b"\r\n\r\n") * 100, id="hints"),
        pytest.param(
            OK + b"Content-Length: 3000000\r\n\r\n" + b" " * 3_000_000, id="body"
        ),
    ],
)
def test_what_is_too_large_is_not_read_to_its_end(ask, answer):
    seconds, result = ask(say(answer))

    assert isinstance(result, GatewayUnavailableError)
    assert not isinstance(result, GatewaySilentError)
    assert seconds < TOTAL_S
