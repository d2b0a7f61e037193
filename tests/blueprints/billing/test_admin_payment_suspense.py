"""Parked money: seen, given to whose it is, or sent back; once, whoever is faster."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.identity.roles import Role

RESOLVE = "/api/v1/admin/suspense/resolve"


@pytest.fixture
def parked(topup, pay, merchant):
    """Return a function that parks money and gives the start of its resolution."""

    def make(**changes):
        body = {"reference_id": "NOBODYKNOWSTHIS", "transaction_id": "txn_1"}
        assert pay(topup(), **body | changes).json["outcome"] == "SUSPENSE"
        return {
            "gateway_account_id": str(merchant.account_id),
            "transaction_id": "txn_1",
            "reason": "the payer sent a slip",
        }

    return make


@pytest.fixture
def trader_id(look_up, trader):
    return str(look_up("SELECT user_id FROM users WHERE role = 'trader'")[0])


def test_parked_money_is_credited_to_its_owner(
    parked, admin, trader_id, balance, sums, look_up
):
    body = parked() | {"action": "credit", "user_id": trader_id}

    answer = admin.post(RESOLVE, json=body)

    assert (answer.status_code, answer.json["state"]) == (200, "RESOLVED")
    assert balance() == "499.00"
    assert sums() == {"WALLET": 49_900, "CLEARING": -49_900}
    assert look_up("SELECT kind FROM incidents WHERE closed_at IS NULL") == []


def test_parked_money_is_sent_back(parked, admin, sums, gateway, merchant, topup):
    body = parked() | {"action": "return"}

    assert admin.post(RESOLVE, json=body).status_code == 200
    assert sums() == {}
    confirmed = merchant.event(
        topup(), event_type="payment.refunded", transaction_id="txn_1"
    )
    assert gateway(confirmed).json["outcome"] == "REFUNDED"
    assert sums() == {}


@pytest.mark.parametrize("action", ["credit", "return"])
def test_what_was_credited_is_not_given_again(
    topup, pay, merchant, admin, trader_id, sums, action
):
    pay(topup(), transaction_id="txn_1")
    body = {
        "gateway_account_id": str(merchant.account_id),
        "transaction_id": "txn_1",
        "reason": "a mistake",
        "action": action,
    }
    user = {"user_id": trader_id} if action == "credit" else {}

    answer = admin.post(RESOLVE, json=body | user)

    assert (answer.status_code, answer.json["code"]) == (409, "suspense_resolved")
    assert sums() == {"WALLET": 49_900, "CLEARING": -49_900}


def test_of_many_admins_one_resolves(parked, client, api_key, trader_id, sums):
    keys = [api_key(role=Role.ADMIN) for _ in range(4)]
    body = parked()

    def resolve(n):
        how = {"action": "credit", "user_id": trader_id} if n % 2 else {}
        asked = body | ({"action": "return"} | how)
        return client(key=keys[n % 4]).post(RESOLVE, json=asked)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(resolve, range(8)))

    statuses = sorted(each.status_code for each in answers)
    assert statuses == [200] + [409] * 7
    assert sums() in ({}, {"WALLET": 49_900, "CLEARING": -49_900})


def test_an_admin_and_the_gateway_at_once_do_not_give_it_twice(
    parked, admin, trader_id, merchant, client, topup, sums
):
    body = parked() | {"action": "credit", "user_id": trader_id}
    refund = merchant.event(
        topup(), event_type="payment.refunded", transaction_id="txn_1"
    )

    with ThreadPoolExecutor(2) as pool:
        pool.submit(admin.post, RESOLVE, json=body)
        told = pool.submit(merchant.send, client(), refund)

    assert told.result().json["outcome"] == "REFUNDED"
    assert sums() == {}


def test_what_was_given_to_a_user_and_then_refunded_is_taken_back(
    parked, admin, trader_id, gateway, merchant, topup, sums, balance
):
    admin.post(RESOLVE, json=parked() | {"action": "credit", "user_id": trader_id})
    refund = merchant.event(
        topup(), event_type="payment.refunded", transaction_id="txn_1"
    )

    assert gateway(refund).json["outcome"] == "REFUNDED"
    assert (balance(), sums()) == ("0.00", {})


def test_what_the_gateway_gave_back_of_it_is_not_given_again(
    parked, admin, trader_id, gateway, merchant, topup, balance, sums
):
    body = parked() | {"action": "credit", "user_id": trader_id}
    part = merchant.event(
        topup(),
        event_type="payment.refunded",
        transaction_id="txn_1",
        amount="100.00",
    )

    gateway(part)
    admin.post(RESOLVE, json=body)

    assert balance() == "399.00"
    assert sums() == {"WALLET": 39_900, "CLEARING": -39_900}


def test_other_money_goes_back_and_to_no_wallet(parked, admin, trader_id, sums):
    body = parked(currency="USD")

    credited = admin.post(
        RESOLVE, json=body | {"action": "credit", "user_id": trader_id}
    )
    returned = admin.post(RESOLVE, json=body | {"action": "return"})

    assert (credited.status_code, credited.json["code"]) == (422, "foreign_currency")
    assert (returned.status_code, sums()) == (200, {})


def test_other_money_that_was_sent_back_takes_no_baht_when_confirmed(
    topup, pay, parked, admin, gateway, merchant, balance
):
    pay(topup("10.00"))
    made = topup("499.00")
    pay(made, currency="USD", transaction_id="txn_1")
    body = {"gateway_account_id": str(merchant.account_id), "transaction_id": "txn_1"}
    admin.post(RESOLVE, json=body | {"action": "return", "reason": "dollars"})
    refund = merchant.event(
        made, event_type="payment.refunded", transaction_id="txn_1", currency="USD"
    )

    assert gateway(refund).json["outcome"] == "REFUNDED"
    assert balance() == "10.00"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"action": "credit"}, 422),
        ({"action": "keep"}, 422),
        ({"action": "return", "reason": " "}, 422),
        ({"action": "return", "transaction_id": "txn_2"}, 404),
        (
            {
                "action": "credit",
                "user_id": "00000000-0000-7000-8000-000000000000",
            },
            404,
        ),
    ],
)
def test_what_cannot_be_resolved_is_refused(parked, admin, sums, changes, status):
    answer = admin.post(RESOLVE, json=parked() | changes)

    assert answer.status_code == status
    assert sums()["SUSPENSE"] == 49_900


def test_a_repeated_request_resolves_once(parked, admin, trader_id, sums):
    body = parked() | {"action": "credit", "user_id": trader_id}
    key = {"Idempotency-Key": "resolve-1"}

    answers = [admin.post(RESOLVE, json=body, headers=key) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert sums()["WALLET"] == 49_900


def test_parked_money_is_listed_by_pages(topup, pay, admin):
    for n in range(5):
        pay(topup(), reference_id="NOBODYKNOWSTHIS", transaction_id=f"txn_{n}")
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/api/v1/admin/suspense", query_string=query).json
        seen += [each["transaction_id"] for each in page["payments"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [f"txn_{n}" for n in (4, 3, 2, 1, 0)]


def test_incidents_are_listed_and_closed(parked, admin):
    parked()
    (incident,) = admin.get("/api/v1/admin/incidents").json["incidents"]

    closed = admin.post(f"/api/v1/admin/incidents/{incident['id']}/close")

    assert closed.json["closed_at"] is not None
    assert admin.get("/api/v1/admin/incidents").json["count"] == 0
    query = {"open": "false"}
    assert admin.get("/api/v1/admin/incidents", query_string=query).json["count"] == 1


def test_only_staff_sees_it_and_only_admins_resolve(parked, client, api_key):
    body = parked() | {"action": "return"}
    viewer, trader = (client(key=api_key(role=r)) for r in (Role.VIEWER, Role.TRADER))

    assert viewer.get("/api/v1/admin/suspense").json["count"] == 1
    assert viewer.post(RESOLVE, json=body).status_code == 403
    assert trader.get("/api/v1/admin/suspense").status_code == 403
