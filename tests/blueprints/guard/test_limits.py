"""How often one may ask: per key, per address, for all processes together."""

import secrets
import time

import pytest

from abtpro_saas.blueprints.guard.limits import (
    SIGNATURE_FAILURES,
    SignatureFailuresError,
    count_signature_failure,
    reset_s,
)
from abtpro_saas.clock import utc_now

MARKS = "/api/v1/probe/marks"


@pytest.fixture(autouse=True)
def within_one_minute():
    """Begin early enough in a minute to end in the same one."""
    left = reset_s(utc_now())
    if left <= 4:
        time.sleep(left)


@pytest.fixture
def narrow(probed):
    return probed(
        ABTPRO_KEY_REQUESTS_PER_MINUTE="3", ABTPRO_ADDRESS_REQUESTS_PER_MINUTE="6"
    )


@pytest.fixture
def from_address(client, api_key, narrow):
    """Return a function that makes a client that comes from an address."""

    def make(address, key="mint"):
        made = client(key=api_key() if key == "mint" else key, at=narrow)
        made.environ_base["REMOTE_ADDR"] = address
        return made

    return make


@pytest.fixture
def address():
    """Return an address that no other test comes from."""
    return f"2001:db8::{secrets.randbits(16):x}:{secrets.randbits(16):x}"


def statuses(client, times, path=MARKS):
    return [client.get(path).status_code for _ in range(times)]


def test_answers_tell_what_is_left(from_address, address):
    asked = from_address(address)

    left = [asked.get(MARKS).headers["RateLimit-Remaining"] for _ in range(3)]

    answer = asked.get(MARKS)
    assert left == ["2", "1", "0"]
    assert answer.headers["RateLimit-Limit"] == "3"
    assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 60


def test_a_key_that_asks_too_often_waits(from_address, address):
    asked = from_address(address)

    assert statuses(asked, 4) == [200, 200, 200, 429]
    answer = asked.get(MARKS)
    assert answer.json["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_another_key_of_the_same_user_has_a_budget_of_its_own(from_address, address):
    statuses(from_address(address), 3)

    assert statuses(from_address(address), 1) == [200]


def test_an_address_shares_one_budget_among_its_keys(from_address, address):
    statuses(from_address(address), 3)
    statuses(from_address(address), 3)

    assert statuses(from_address(address), 1) == [429]


def test_guessing_keys_uses_the_addresss_budget_up(from_address, address):
    guesses = from_address(address, key="abt_live_guess")

    assert statuses(guesses, 7) == [401] * 6 + [429]


def test_open_resources_count_the_address(from_address, address):
    anybody = from_address(address, key=None)

    assert statuses(anybody, 7, "/api/v1/probe/open") == [200] * 6 + [429]


def test_processes_count_together(client, api_key, probed):
    few = {"ABTPRO_KEY_REQUESTS_PER_MINUTE": "3"}
    key = api_key()
    one, other = (client(key=key, at=probed(**few)) for _ in range(2))

    assert [statuses(one, 2), statuses(other, 2)] == [[200, 200], [200, 429]]


def test_a_flood_writes_one_line_into_the_trail(from_address, address, trail):
    statuses(from_address(address), 6)

    assert [entry.code for entry in trail()] == ["rate_limited"]


def test_wrong_signatures_are_counted_by_address(app, address):
    with app.test_request_context():
        for _ in range(SIGNATURE_FAILURES):
            count_signature_failure(address)

        with pytest.raises(SignatureFailuresError):
            count_signature_failure(address)
        count_signature_failure(address + "0")
