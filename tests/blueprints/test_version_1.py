"""What clients of version 1.x send and read, as docs/migration.md promises it."""

from uuid import UUID

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.database import tenant_transaction
from tests.billing.office import Office

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
    then = {"balance": "0.00", "currency": "THB", "last_updated": None}
    assert fresh == then | {"granted": "0.00"}

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


PLAN = {"name", "price", "currency", "duration_days", "max_bots", "features"}
CONTRACT = {
    "id",
    "plan",
    "status",
    "expiry",
    "grace_period_days",
    "auto_renew",
    "features",
    "created_at",
    "renewed_at",
    "is_expired",
    "days_until_expiry",
}


def test_plans_have_their_fields(trader):
    plans = trader.get("/api/v1/rental/plans").json["plans"]
    plan = trader.get("/api/v1/rental/plans/ENTERPRISE").json["plan"]

    assert [each["name"] for each in plans] == ["BASIC", "PREMIUM", "ENTERPRISE"]
    assert all(set(each) >= PLAN for each in [*plans, plan])
    assert (plan["price"], plan["currency"], plan["max_bots"]) == ("4999.00", "THB", -1)
    assert plan["duration_days"] == 30
    assert {"api_access", "backtesting", "paper_trading"} <= set(plan["features"])


@pytest.fixture
def renter(client, api_key, user, engine, tenant):
    """A client whose trader has ฿1,000.00 and no contract."""
    who = user()
    Office(engine, tenant, who).pay_in(100_000)
    return client(key=api_key(who, plan=None))


def test_who_has_no_contract_is_told_so(renter):
    found = renter.get("/api/v1/rental/contract").json

    assert found["contract"] is None
    assert found["message"]


@pytest.mark.parametrize(
    "body", [{"plan": "BASIC"}, {"plan": "BASIC", "auto_renew": True}]
)
def test_a_contract_of_version_1_is_made_as_it_is(renter, body):
    made = renter.post("/api/v1/rental/contract", json=body)
    found = renter.get("/api/v1/rental/contract").json["contract"]

    assert made.status_code == 201
    assert found == made.json
    assert set(found) >= CONTRACT
    assert (found["plan"], found["status"], found["is_expired"]) == (
        "BASIC",
        "ACTIVE",
        False,
    )
    assert (found["grace_period_days"], found["renewed_at"]) == (3, None)
    assert found["auto_renew"] is body.get("auto_renew", False)
    assert found["features"][:2] == ["basic_strategies", "standard_notifications"]
    assert UUID(found["id"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"plan": None},
        {"plan": "BASIC"},
        {"plan_id": "BASIC", "payment_method": "PROMPTPAY"},
    ],
)
def test_a_renewal_of_version_1_is_taken_as_it_is(renter, engine, tenant, body):
    me = UUID(renter.post("/api/v1/rental/contract", json={"plan": "BASIC"}).json["id"])
    with tenant_transaction(engine, tenant) as session:
        contract = session.get(Contract, (tenant, me))
        contract.period_end = contract.grace_ends_at = utc_now()

    renewed = renter.post("/api/v1/rental/renew", json=body)

    assert renewed.status_code == 200, renewed.text
    assert set(renewed.json) >= CONTRACT
    assert renewed.json["renewed_at"].endswith("Z")


def test_features_have_their_fields(renter):
    renter.post("/api/v1/rental/contract", json={"plan": "BASIC"})

    found = renter.get("/api/v1/rental/features").json
    has = renter.get("/api/v1/rental/has-feature/email_support").json
    lacks = renter.get("/api/v1/rental/has-feature/no_such_thing").json

    assert "email_support" in found["features"]
    assert (has["feature"], has["has_access"]) == ("email_support", True)
    assert (lacks["feature"], lacks["has_access"]) == ("no_such_thing", False)


@pytest.mark.parametrize("path", ["portfolio/summary", "bot/start"])
def test_what_is_to_come_is_not_there_yet(trader, path):
    answer = trader.get(f"/api/v1/{path}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
