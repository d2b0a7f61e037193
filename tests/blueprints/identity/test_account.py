"""One's own account, over the API."""

import pytest

from abtpro_saas.identity.roles import SCOPES, Role

ACCOUNT = "/api/v1/account"


def test_a_stranger_has_no_account(client):
    assert client().get(ACCOUNT).status_code == 401
    assert client().patch(ACCOUNT, json={"name": "X"}).status_code == 401


def test_a_key_says_whose_it_is_and_what_it_may_do(client, api_key, user):
    user_id = user()
    shown = client(key=api_key(user_id)).get(ACCOUNT).json

    assert shown["id"] == str(user_id)
    assert (shown["role"], shown["locale"], shown["theme"]) == (
        "trader",
        "th",
        "system",
    )
    assert shown["scopes"] == sorted(SCOPES[Role.TRADER])


def test_a_profile_changes_where_something_is_given(client, api_key, trail):
    mine = client(key=api_key())
    before = mine.get(ACCOUNT).json
    after = mine.patch(ACCOUNT, json={"locale": "en", "theme": "dark"}).json

    assert after == before | {"locale": "en", "theme": "dark"}
    assert [each.action for each in trail()] == ["account.change"]


@pytest.mark.parametrize("body", [{"role": "admin"}, {"locale": "fr"}, {"name": ""}])
def test_nobody_promotes_themselves(client, api_key, body):
    assert client(key=api_key()).patch(ACCOUNT, json=body).status_code == 422


def test_a_key_that_only_reads_changes_nothing(client, api_key):
    mine = client(key=api_key(scopes=["wallet:read"]))
    answer = mine.patch(ACCOUNT, json={"name": "X"})

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
