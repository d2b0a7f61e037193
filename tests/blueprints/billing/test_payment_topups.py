"""A user's own top-ups over the API: whose they are, cancelled, replaced, repeated."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from abtpro_saas.identity.roles import Role

CREATE = "/api/v1/payment/promptpay/create"


def test_the_body_of_version_1_is_accepted_and_answered(trader):
    body = {"amount": 1499.5, "currency": "THB", "description": "Account Top-up"}

    made = trader.post(CREATE, json=body)

    assert made.status_code == 201
    assert {"transaction_id", "reference_id", "amount", "currency", "qr_code_url",
            "status", "created_at"} <= made.json.keys()  # fmt: skip
    assert made.json["id"] == made.json["transaction_id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "1.00", "amont": "1.00"}, "/amont"),
        ({"amount": "1.00", "currency": "USD"}, "/currency"),
        ({"amount": "1.00", "description": "x" * 201}, "/description"),
        ({}, "/amount"),
    ],
)
def test_what_cannot_be_used_is_named(trader, body, field):
    answer = trader.post(CREATE, json=body)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [field]


def test_a_viewer_reads_and_cannot_top_up(client, api_key, merchant):
    viewer = client(key=api_key(role=Role.VIEWER))

    assert viewer.post(CREATE, json={"amount": "1.00"}).status_code == 403
    assert viewer.get("/api/v1/payment/wallet").json["balance"] == "0.00"


@pytest.mark.parametrize("method", ["get", "delete"])
def test_another_users_topup_is_not_there(topup, client, api_key, new_tenant, method):
    path = f"/api/v1/payment/topups/{topup()['id']}"

    for key in (api_key(), api_key(role=Role.ADMIN), api_key(tenant_id=new_tenant())):
        assert getattr(client(key=key), method)(path).status_code == 404


def test_a_paid_topup_cannot_be_cancelled(topup, pay, trader, balance):
    made = topup("10.00")
    pay(made)

    answer = trader.delete(f"/api/v1/payment/topups/{made['id']}")

    assert (answer.status_code, answer.json["code"]) == (409, "topup_not_pending")
    assert balance() == "10.00"


def test_cancelling_twice_is_the_same_as_once(topup, trader):
    path = f"/api/v1/payment/topups/{topup()['id']}"

    answers = [trader.delete(path) for _ in range(2)]

    assert [each.json["status"] for each in answers] == ["CANCELLED", "CANCELLED"]
    assert answers[0].json["qr_payload"] is None


def test_a_cancellation_and_a_payment_at_once_keep_the_money(
    topup, trader, merchant, client, standing, sums
):
    for _ in range(5):
        made = topup("10.00")
        event = merchant.event(made)
        with ThreadPoolExecutor(2) as pool:
            paid = pool.submit(merchant.send, client(), event)
            pool.submit(trader.delete, f"/api/v1/payment/topups/{made['id']}")
        assert paid.result().json["outcome"] == "CREDITED"
        assert standing(made)["status"] == "SUCCESS"

    assert sums()["WALLET"] == 5_000


def test_a_new_qr_cancels_the_one_that_it_replaces(topup, standing):
    old = topup("499.00")

    new = topup("499.00", replaces=old["id"])

    assert standing(old)["status"] == "CANCELLED"
    assert (new["status"], new["reference_id"] != old["reference_id"]) == (
        "PENDING",
        True,
    )


def test_the_old_qr_paid_after_all_is_credited_beside_the_new(
    topup, pay, standing, sums
):
    old = topup("499.00")
    new = topup("499.00", replaces=old["id"])

    for each in (old, new):
        assert pay(each).json["outcome"] == "CREDITED"

    assert standing(old)["flags"] == ["PAID_LATE"]
    assert standing(new)["flags"] == []
    assert sums()["WALLET"] == 99_800


def test_a_paid_qr_is_not_replaced(topup, pay, trader, client, api_key):
    old = topup("499.00")
    pay(old)
    body = {"amount": "499.00", "replaces": old["id"]}

    assert trader.post(CREATE, json=body).json["code"] == "topup_not_pending"
    assert client(key=api_key()).post(CREATE, json=body).status_code == 404


def test_too_many_unpaid_topups_are_refused(trader, topup):
    for _ in range(20):
        topup("1.00")

    answer = trader.post(CREATE, json={"amount": "1.00"})

    assert (answer.status_code, answer.json["code"]) == (409, "too_many_open_topups")


def test_a_key_repeats_the_first_answer_and_makes_nothing_new(trader, look_up):
    def ask(amount):
        headers = {"Idempotency-Key": "topup-1"}
        return trader.post(CREATE, json={"amount": amount}, headers=headers)

    first, again, other = ask("10.00"), ask("10.00"), ask("11.00")

    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert look_up("SELECT count(*) FROM topups") == [1]


def test_a_key_of_another_tenant_is_another_key(
    trader, client, api_key, new_tenant, open_merchant
):
    stranger = new_tenant()
    open_merchant(stranger)
    callers = (trader, client(key=api_key(tenant_id=stranger)))

    made = [
        each.post(CREATE, json={"amount": "1.00"}, headers={"Idempotency-Key": "k"})
        for each in callers
    ]

    assert [each.status_code for each in made] == [201, 201]
    assert made[0].json["id"] != made[1].json["id"]


def test_twins_in_flight_make_one_topup(client, api_key, merchant, look_up):
    key = api_key()
    headers = {"Idempotency-Key": str(uuid4())}

    def ask(_):
        caller = client(key=key)
        return caller.post(CREATE, json={"amount": "1.00"}, headers=headers)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(12)))

    assert {each.status_code for each in answers} <= {201, 409}
    assert len({each.json["id"] for each in answers if each.status_code == 201}) == 1
    assert look_up("SELECT count(*) FROM topups") == [1]


def test_the_qr_link_lives_as_long_as_the_qr(topup, client, trader):
    made = topup("10.00")
    stranger = client()
    path = made["qr_svg_url"].removeprefix("http://127.0.0.1")

    shown = stranger.get(path)
    trader.delete(f"/api/v1/payment/topups/{made['id']}")

    assert (shown.status_code, shown.mimetype) == (200, "image/svg+xml")
    assert stranger.get(path).status_code == 404
    assert stranger.get(path[:-6] + "x.svg").status_code == 404


def test_without_a_gateway_there_is_no_topup(client, api_key):
    answer = client(key=api_key()).post(CREATE, json={"amount": "1.00"})

    assert (answer.status_code, answer.json["code"]) == (503, "no_payment_gateway")
