"""What clients of version 1.x send and read, as docs/migration.md promises it."""

from uuid import UUID

import pytest

CREATE = "/api/v1/payment/promptpay/create"
CREATED = {
    "transaction_id",
    "reference_id",
    "amount",
    "currency",
    "qr_code_url",
    "status",
    "created_at",
}
LISTED = {
    "id",
    "type",
    "amount",
    "currency",
    "status",
    "payment_method",
    "reference_id",
    "created_at",
    "completed_at",
}


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount": 100.0, "currency": "THB", "description": "Account Top-up"}',
        b'{"amount": 100}',
        b'{"amount": 100.00, "description": "November"}',
    ],
)
def test_a_topup_of_version_1_is_taken_as_it_is(trader, body):
    answer = trader.post(CREATE, data=body, content_type="application/json")

    assert answer.status_code == 201
    assert set(answer.json) >= CREATED
    assert (answer.json["amount"], answer.json["status"]) == ("100.00", "PENDING")
    assert answer.json["qr_code_url"].startswith("data:image/png;base64,")
    assert UUID(answer.json["transaction_id"])
    assert answer.json["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"amount": 0.30000000000000004}', "/amount"),
        (b'{"amount": 1e2}', "/amount"),
        (b'{"amount": 100, "currency": "USD"}', "/currency"),
        (b'{"amount": 100, "user_id": 1}', "/user_id"),
    ],
)
def test_what_is_refused_unlike_then_is_named(trader, body, pointer):
    answer = trader.post(CREATE, data=body, content_type="application/json")

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_a_wallet_has_its_fields(trader, topup, pay):
    fresh = trader.get("/api/v1/payment/wallet").json
    assert fresh == {"balance": "0.00", "currency": "THB", "last_updated": None}

    pay(topup("499.00"))

    paid = trader.get("/api/v1/payment/wallet").json
    assert paid["balance"] == "499.00"
    assert paid["last_updated"].endswith("Z")


@pytest.mark.parametrize("query", ["", "?limit=50&offset=0", "?page=1&limit=50"])
def test_transactions_have_their_fields(trader, topup, pay, query):
    made = topup("499.00")
    pay(made)

    found = trader.get(f"/api/v1/payment/transactions{query}").json

    (row,) = found["transactions"]
    assert found["count"] == 1
    assert set(row) >= LISTED
    assert (row["type"], row["status"]) == ("TOP_UP", "SUCCESS")
    assert row["payment_method"] == "PROMPTPAY"
    assert row["reference_id"] == made["reference_id"]


def test_somebody_elses_topup_is_not_there(client, api_key, topup):
    other = client(key=api_key())

    assert other.get(f"/api/v1/payment/topups/{topup()['id']}").status_code == 404


@pytest.mark.parametrize("path", ["rental/plans", "portfolio/summary", "backtest/runs"])
def test_what_is_to_come_is_not_there_yet(trader, path):
    answer = trader.get(f"/api/v1/{path}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
