"""API keys, over the API."""

from datetime import timedelta

import pytest

from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.clock import utc_now

KEYS = "/api/v1/keys"
BOT = {"name": "Bot", "scopes": ["wallet:read"]}


@pytest.fixture
def trader(user):
    return user()


@pytest.fixture
def mine(client, api_key, trader):
    """A client with a key of the trader's."""
    return client(key=api_key(trader))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", KEYS),
        ("post", KEYS),
        ("delete", f"{KEYS}/0199c0de-0000-7000-8000-000000000000"),
        ("post", f"{KEYS}/0199c0de-0000-7000-8000-000000000000/rotate"),
    ],
)
def test_a_stranger_has_no_keys(client, method, path):
    assert getattr(client(), method)(path).status_code == 401


def test_a_key_is_shown_once_and_opens(client, mine, trail):
    made = mine.post(KEYS, json=BOT)
    listed = mine.get(KEYS).json

    assert made.status_code == 201
    assert client(key=made.json["key"]).get("/api/v1/account").status_code == 200
    assert made.json["id"] in {each["id"] for each in listed["keys"]}
    assert not any("key" in each or "secret_hash" in each for each in listed["keys"])
    assert made.json["key"] not in str([each.detail for each in trail()])


def test_a_repeat_under_one_key_shows_the_same_secret(client, api_key, trader):
    asked = client(key=api_key(trader), **{"Idempotency-Key": "one-bot"})

    assert asked.post(KEYS, json=BOT).json == asked.post(KEYS, json=BOT).json
    assert asked.get(KEYS).json["count"] == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"scopes": ["members:read"]}, "invalid_scope"),
        ({"scopes": []}, "invalid"),
        ({"allowed_networks": ["everywhere"]}, "invalid_network"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid_expiry"),
        ({"expires_at": "tomorrow"}, "invalid"),
    ],
)
def test_what_a_key_cannot_be_is_refused(mine, wrong, code):
    answer = mine.post(KEYS, json=BOT | wrong)

    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_a_key_begets_none_that_outlives_it(client, api_key, trader):
    ends = utc_now() + timedelta(days=1)
    short = client(key=api_key(trader, expires_at=ends))

    assert short.post(KEYS, json=BOT).json["expires_at"] == utc_text(ends)


def test_a_key_that_only_reads_makes_none(client, api_key, trader):
    reader = client(key=api_key(trader, scopes=["keys:read"]))

    assert reader.get(KEYS).status_code == 200
    assert reader.post(KEYS, json=BOT).json["code"] == "missing_scope"


def test_a_revoked_key_ends(client, mine):
    made = mine.post(KEYS, json=BOT).json
    for _ in range(2):
        answer = mine.delete(f"{KEYS}/{made['id']}")

    assert (answer.status_code, answer.json["revoked_at"] is None) == (200, False)
    refused = client(key=made["key"]).get("/api/v1/account")
    assert (refused.status_code, refused.json["code"]) == (401, "key_revoked")


def test_a_rotated_key_works_on_for_a_while(client, mine):
    old = mine.post(KEYS, json=BOT).json
    new = mine.post(f"{KEYS}/{old['id']}/rotate", json={"grace_hours": 1})

    assert (new.status_code, new.json["replaces"]) == (201, old["id"])
    for each in (old, new.json):
        assert client(key=each["key"]).get("/api/v1/account").status_code == 200
    again = mine.post(f"{KEYS}/{old['id']}/rotate", json={})
    assert (again.status_code, again.json["code"]) == (409, "key_ended")


def test_somebody_elses_key_is_not_there(client, mine, api_key, user, new_tenant):
    elsewhere = new_tenant()
    others = [
        client(key=api_key(user())),
        client(key=api_key(user(tenant_id=elsewhere), tenant_id=elsewhere)),
    ]
    for other in others:
        key_id = other.get(KEYS).json["keys"][0]["id"]
        assert mine.delete(f"{KEYS}/{key_id}").status_code == 404
        assert mine.post(f"{KEYS}/{key_id}/rotate", json={}).status_code == 404


def test_no_cache_keeps_what_a_key_reads(client, api_key):
    asked = client(key=api_key())

    made = asked.post(KEYS, json={"name": "it", "scopes": ["wallet:read"]})

    for answer in (made, asked.get(KEYS), asked.get("/api/v1/payment/wallet")):
        assert answer.headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client().get("/api/v1/health").headers


def test_a_session_makes_no_key_at_the_api(browser, mine, trader):
    made = mine.post(KEYS, json=BOT).json["id"]
    thief = browser(trader)

    for path, body in ((KEYS, BOT), (f"{KEYS}/{made}/rotate", {})):
        answer = thief.post(path, json=body)
        assert (answer.status_code, answer.json["code"]) == (403, "key_required")
    assert mine.get(KEYS).json["count"] == 2
