"""Idempotency-Key: one effect, however often it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from abtpro_saas.blueprints.guard.idempotency import idempotent, is_idempotent
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.tables import IdempotencyKey

MARKS = "/api/v1/probe/marks"
SECRETS = "/api/v1/probe/secrets"


@pytest.fixture
def trader(user):
    return user()


@pytest.fixture
def post(client, api_key, probe_app, trader):
    """Return a function that posts as one trader, under a key if one is given."""
    plain = api_key(trader)

    def send(mark=None, *, key=None, path=MARKS, **body):
        headers = {} if mark is None else {"Idempotency-Key": mark}
        asked = client(key=key or plain, at=probe_app)
        return asked.post(path, json={"amount": "1"} | body, headers=headers)

    return send


@pytest.fixture
def marks(trail):
    """Return a function that counts what really happened."""
    return lambda: len([e for e in trail() if e.action == "mark" and e.code is None])


@pytest.fixture
def stored(engine, tenant):
    def read():
        with tenant_transaction(engine, tenant) as session:
            return list(session.scalars(select(IdempotencyKey)))

    return read


def test_without_a_key_each_request_counts(post, marks):
    post()
    post()

    assert marks() == 2


def test_a_repeat_gets_the_first_answer_and_no_second_effect(post, marks):
    first = post("k1", text="hello")
    again = post("k1", text="hello")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.mimetype == "application/json"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert marks() == 1


def test_spaces_and_the_order_of_members_make_no_other_body(client, api_key, probe_app):
    asked = client(key=api_key(), at=probe_app, **{"Idempotency-Key": "k1"})
    bodies = [b'{"amount": 1.0, "text": "a"}', b'{"text":"a","amount":1.0}']

    first, again = (
        asked.post(MARKS, data=body, content_type="application/json") for body in bodies
    )

    assert again.data == first.data


def test_another_body_under_the_same_key_is_refused(post, marks):
    post("k1", amount="1")

    answer = post("k1", amount="2")

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert marks() == 1


def test_another_users_key_is_another_key(post, api_key, marks):
    post("k1")

    assert post("k1", key=api_key()).status_code == 201
    assert marks() == 2


def test_a_key_lasts_as_long_as_its_user_not_as_the_api_key(
    post, api_key, trader, marks
):
    post("k1")

    assert post("k1", key=api_key(trader)).headers["Idempotency-Replayed"]
    assert marks() == 1


def test_a_repeat_by_who_may_not_do_it_gets_no_answer(post, api_key, trader, marks):
    post("k1")

    answer = post("k1", key=api_key(trader, scopes=["wallet:read"]))

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
    assert marks() == 1


def test_what_is_shown_once_is_not_shown_to_a_lesser_key(post, api_key, trader):
    post("k1", path=SECRETS)

    answer = post("k1", path=SECRETS, key=api_key(trader, scopes=["wallet:read"]))

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_another_address_is_another_key(post):
    post("k1")

    assert "Idempotency-Replayed" not in post("k1", path=SECRETS).headers


@pytest.mark.parametrize("mark", ["", "x" * 256, "k\u00e9y"])
def test_what_is_no_key_is_refused(post, marks, mark):
    answer = post(mark)

    assert answer.json["code"] == "invalid_idempotency_key"
    assert marks() == 0


@pytest.mark.parametrize("body", [b"{", b"[" * 5000, b'{"a": 1, "a": 2}', b"\xff"])
def test_where_no_body_is_taken_any_may_come(client, api_key, probe_app, body):
    asked = client(key=api_key(), at=probe_app, **{"Idempotency-Key": "k1"})

    first, again = (
        asked.post(SECRETS, data=body, content_type="application/json") for _ in "ab"
    )

    assert first.status_code == 201
    assert again.data == first.data


def test_failed_checks_are_not_stored(post, stored):
    assert post("k1", amount="x").status_code == 422

    assert stored() == []
    assert post("k1", amount="1").status_code == 201


def test_a_refusal_by_the_present_state_is_stored_and_undone(post, marks, trail):
    first = post("k1", text="conflict")
    again = post("k1", text="conflict")

    assert (first.status_code, first.json["code"]) == (409, "conflict")
    assert again.data == first.data
    assert again.mimetype == "application/problem+json"
    assert marks() == 0
    assert [entry.code for entry in trail()] == ["conflict"]


def test_an_outage_is_not_stored(post, stored):
    assert post("k1", text="unavailable").status_code == 503

    assert stored() == []


def test_a_twin_in_flight_is_refused_and_may_ask_again(post, marks):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post("k1", text="slow"), range(20)))

    codes = {answer.status_code for answer in answers}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert codes == {201, 409}
    assert {each.json["code"] for each in refused} == {"idempotency_key_in_flight"}
    assert all(each.headers["Retry-After"] for each in refused)
    assert marks() == 1
    assert post("k1", text="slow").headers["Idempotency-Replayed"]


def test_different_keys_do_not_wait_for_each_other(post, marks):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(str(uuid4())), range(8)))

    assert {answer.status_code for answer in answers} == {201}
    assert marks() == 8


@pytest.fixture
def age(owner_engine, tenant):
    """Return a function that makes the tenant's stored answers older."""

    def run(hours):
        with owner_engine.begin() as connection:
            bind = text("SELECT set_config('app.tenant_id', :id, true)")
            connection.execute(bind, {"id": str(tenant)})
            connection.execute(
                text("UPDATE idempotency_keys SET created_at = :then"),
                {"then": utc_now() - timedelta(hours=hours)},
            )

    return run


def test_what_moves_money_is_kept_for_ever(post, stored, age, marks):
    first = post("k1")
    age(hours=24 * 3650)

    assert [row.keep_forever for row in stored()] == [True]
    assert (post("k1").data, marks()) == (first.data, 1)


def test_what_is_shown_once_is_stored_sealed(post, stored):
    shown = post("k1", path=SECRETS)

    row = stored()[0]
    assert shown.json["text"].encode() not in row.body
    assert post("k1", path=SECRETS).data == shown.data
    assert not row.keep_forever


def test_other_answers_are_forgotten_after_a_day(post, stored, age):
    first = post("k1", path=SECRETS)
    age(hours=25)

    assert post("k1", path=SECRETS).data != first.data
    assert len(stored()) == 1


def test_the_decorator_stands_above_the_response():
    def view():
        return {}

    with pytest.raises(TypeError, match="above"):
        idempotent()(view)


PLAIN_POSTS = {
    "webhook.PromptPayWebhook": "the notice's event id is its key",
    "notices.Reading": "a repeat finds nothing left to mark",
    "backtest_compare.Comparison": "it changes nothing",
    "live.Tickets": "a ticket ends by itself within a minute",
}


def test_every_post_takes_a_key_or_says_why_not(app):
    plain = set()
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or not rule.rule.startswith("/api/v1/"):
            continue
        view = app.view_functions[rule.endpoint]
        if not is_idempotent(getattr(view.view_class, "post", None)):
            plain.add(rule.endpoint)

    assert plain == set(PLAIN_POSTS)
