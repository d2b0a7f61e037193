"""What holds for every operation, found in the API's own description."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlalchemy import text

from abtpro_saas.database import Base, tenant_transaction
from abtpro_saas.identity.roles import Role
from tests import contracts_for

METHODS = ("get", "put", "post", "patch", "delete")
PLAIN_POSTS = {
    "webhook_prompt_pay_webhook_post": "the notice's event id is its key",
    "notices_reading_post": "a repeat finds nothing left to mark",
    "live_tickets_post": "a ticket ends by itself within a minute",
    "backtest_compare_comparison_post": "it changes nothing",
}
WHY = {"reason": "as asked"}
BACKTEST = {
    "strategy_name": "SMA_CROSS",
    "symbol": "BTC/USDT",
    "timeframe": "1h",
    "parameters": {"fast": 2, "slow": 5},
}
SEARCH = {"search": {"method": "grid", "space": {"fast": [2, 3]}}}
WORDS = {"plan", "feature_name"}
"""What means something at every tenant: no id."""
BODIES = {
    "keys_keys_post": {"name": "a program", "scopes": ["wallet:read"]},
    "keys_key_rotation_post": {},
    "payment_topup_list_post": {"amount": "5", "replaces": "?"},
    "live_tickets_post": {"topup_id": "?"},
    "rental_rental_contract_post": {"plan": "BASIC"},
    "rental_rental_contract_patch": {"auto_renew": True},
    "rental_renewal_post": {},
    "rental_change_post": {"plan": "BASIC"},
    "rental_cancellation_post": {"when": "period_end"},
    "admin_payment_topup_refund_post": {"amount": "1", **WHY},
    "admin_payment_topup_confirmation_post": {
        "sending_bank": "014",
        "slip_reference": "20261122000001",
        "amount": "5",
        "paid_at": "2026-11-22T05:00:00Z",
    },
    "admin_payment_suspense_resolution_post": {
        "gateway_account_id": "?",
        "transaction_id": "?",
        "user_id": "?",
        "action": "credit",
        **WHY,
    },
    "admin_gateway_gateway_secret_post": {"secret": "whsec_of_every_operation"},
    "admin_contracts_forced_renewal_post": WHY,
    "admin_contracts_extension_post": {"duration": "P1D", **WHY},
    "admin_contracts_contract_suspension_post": WHY,
    "admin_contracts_suspension_end_post": WHY,
    "admin_contracts_rental_refunds_post": {
        "document_id": "?",
        "amount": "1.00",
        **WHY,
    },
    "admin_plans_admin_plans_post": {
        "code": "GOLD",
        "name": {"th": "ทอง", "en": "Gold"},
        "price": "10.00",
        "features": {"max_bots": 1},
    },
    "admin_plans_coupons_post": {"code": "NOV-26", "percent_off": 50},
    "admin_plans_grants_post": {
        "user_id": "?",
        "amount": "1.00",
        "expires_at": "2126-11-22T05:00:00Z",
        **WHY,
    },
    "market_imports_new_import_post": {
        "exchange": "binance",
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "start": "2023-01-01",
        "end": "2023-01-31",
    },
    "backtest_new_run_post": BACKTEST,
    "backtest_studies_new_optimisation_post": BACKTEST | SEARCH,
    "backtest_studies_new_walk_forward_post": BACKTEST | SEARCH,
    "backtest_studies_new_monte_carlo_post": {
        "backtest_id": "?",
        "method": "trade_shuffle",
    },
    "members_members_post": {"email": "a@b.example", "name": "Nid", "role": "viewer"},
    "members_member_patch": {"role": "viewer"},
    "operator_tenants_tenants_post": {"slug": "every-operation", "name": "Isan"},
    "operator_tenants_suspension_post": WHY,
}
"""A body that each can use; ``?`` is the id of what is there."""


@dataclass(frozen=True)
class Operation:
    """One operation of the document, and how to ask for it."""

    id: str
    method: str
    path: str
    about: frozenset[str]
    """The names of what its path and body may be about."""
    has_body: bool
    takes_key: bool
    is_open: bool

    def send(self, client, things, **headers):
        """Ask for the first of ``things`` under each name."""
        ids = {name: found[0] for name, found in things.items()}
        given = BODIES[self.id] if self.has_body else {}
        body = {name: ids[name] if v == "?" else v for name, v in given.items()}
        return client.open(
            self.path.format_map(ids),
            method=self.method,
            json=body if self.has_body else None,
            headers=headers,
        )


@pytest.fixture(scope="module")
def operations(app):
    """Every operation that the document describes."""
    document = app.extensions["openapi"]
    return [
        _operation(document, path, method)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _operation(document, path, method):
    item = document["paths"][path]
    told = item[method]
    parameters = told.get("parameters", []) + item.get("parameters", [])
    content = told.get("requestBody", {}).get("content", {})
    name = (
        content["application/json"]["schema"]["$ref"].split("/")[-1] if content else ""
    )
    body = document["components"]["schemas"][name]["properties"] if name else {}
    return Operation(
        told["operationId"],
        method.upper(),
        path,
        about=frozenset(body) | {p["name"] for p in parameters if p["in"] == "path"},
        has_body=bool(content),
        takes_key="Idempotency-Key" in {each["name"] for each in parameters},
        is_open=told["security"] == [],
    )


@pytest.fixture
def key(api_key):
    """The key of the admin whose things are there."""
    return api_key(role=Role.ADMIN)


@pytest.fixture
def things(furnish, key, new_tenant):
    """The ids of one of everything, by the names under which requests take them."""
    slug = f"t{uuid4().hex[:12]}"
    new_tenant(slug)
    return furnish(key) | {"slug": [slug]}


@pytest.fixture
def stranger(api_key, engine, new_tenant, user, open_merchant):
    """The key of another tenant's admin, whose own contract gives everything."""
    elsewhere = new_tenant()
    open_merchant(elsewhere)
    admin = user(Role.ADMIN, elsewhere)
    with tenant_transaction(engine, elsewhere) as session:
        contracts_for.give(session, elsewhere, admin)
    return api_key(admin, tenant_id=elsewhere)


@pytest.fixture
def rows(engine, tenant):
    """Return a function that digests each table's rows of the tenant."""

    def digest(session, table):
        query = f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t"
        return session.scalar(text(query))

    def read():
        with tenant_transaction(engine, tenant) as session:
            return {
                name: digest(session, name)
                for name, table in Base.metadata.tables.items()
                if "tenant_id" in table.c and name not in WRITTEN_BY_OTHERS
            }

    return read


WRITTEN_BY_OTHERS = {"outbox"}
"""Tables that the application may write into, but not read."""


def test_each_post_takes_an_idempotency_key_or_says_why_not(operations):
    plain = {o.id for o in operations if o.method == "POST" and not o.takes_key}

    assert plain == set(PLAIN_POSTS)


def test_each_post_is_done_once_under_one_key(
    operations, things, client, key, operator_key
):
    for operation in (each for each in operations if each.takes_key):
        asked = client(key=operator_key if "/operator/" in operation.path else key)
        mark = {"Idempotency-Key": operation.id}

        first = operation.send(asked, things, **mark)
        again = operation.send(asked, things, **mark)

        assert first.status_code in {200, 201, 202, 409}, first.text
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers.get("Idempotency-Replayed") == "true", operation
        assert (again.status_code, again.data) == (first.status_code, first.data)


def test_nobody_unknown_is_answered(operations, things, client, rows):
    before = rows()

    for operation in operations:
        if not operation.is_open:
            path = operation.path.format_map({n: ids[0] for n, ids in things.items()})
            answer = client().open(path, method=operation.method)
            assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")

    assert rows() == before


def test_what_is_another_tenants_is_not_there(
    operations, things, client, stranger, host_of, tenant, rows
):
    before = rows()
    tried = 0

    for operation in operations:
        if operation.is_open or not operation.about & (set(things) - WORDS):
            continue
        there = operation.send(client(host_of(tenant), stranger), things)
        elsewhere = operation.send(client(key=stranger), things)
        expected = (
            (403, "wrong_door")
            if "/operator/" in operation.path
            else (404, "not_found")
        )
        tried += 1

        assert (there.status_code, there.json["code"]) == (401, "invalid_key")
        assert (elsewhere.status_code, elsewhere.json["code"]) == expected, operation

    assert tried > 10
    assert rows() == before


def test_no_list_shows_what_is_another_tenants(
    operations, things, client, stranger, rows
):
    before = rows()
    ids = [each for found in things.values() for each in found if len(each) == 36]
    asked = client(key=stranger)

    for operation in operations:
        if operation.method == "GET" and not operation.is_open:
            for query in ({}, {"user_id": things["user_id"][0]}, {"format": "json"}):
                answer = asked.get(operation.path, query_string=query)
                assert not [each for each in ids if each in answer.text], operation

    assert rows() == before


def test_no_request_sets_what_is_not_its_to_set(
    operations, things, client, key, operator_key, rows
):
    before = rows()
    alien = {"tenant_id": str(uuid4()), "credited_amount": "1000000", "is_admin": True}
    tried = 0

    for operation in operations:
        if not operation.has_body or operation.is_open:
            continue
        asked = client(key=operator_key if "/operator/" in operation.path else key)
        ids = {name: found[0] for name, found in things.items()}
        answer = asked.open(
            operation.path.format_map(ids), method=operation.method, json=alien
        )
        tried += 1

        refused = {each["pointer"] for each in answer.json["errors"]}
        assert answer.status_code == 422, operation
        assert refused >= {f"/{name}" for name in alien}, operation

    changed = {name for name, digest in rows().items() if digest != before[name]}
    assert changed <= {"audit_entries", "api_keys"}  # refusals, and a key's last use
    assert tried > 10
