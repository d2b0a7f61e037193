"""Notices out of order, for unknown references, about other people's top-ups."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.blueprints.payments import ago


def test_money_for_an_unknown_reference_is_parked_for_a_person(
    topup, pay, sums, look_up, admin
):
    answer = pay(topup(), reference_id="NOBODYKNOWSTHIS")

    assert (answer.status_code, answer.json["outcome"]) == (200, "SUSPENSE")
    assert sums() == {"SUSPENSE": 49_900, "CLEARING": -49_900}
    assert look_up("SELECT kind FROM incidents") == ["UNKNOWN_REFERENCE"]
    listed = admin.get("/api/v1/admin/suspense").json
    assert [each["reference_id"] for each in listed["payments"]] == ["NOBODYKNOWSTHIS"]


def test_a_notice_of_one_tenant_never_credits_another(
    topup, open_merchant, client, new_tenant, balance, standing, sums, look_up
):
    made = topup("499.00")
    attacker = open_merchant(new_tenant())

    answer = attacker.send(client(), attacker.event(made))

    assert answer.json["outcome"] == "SUSPENSE"
    assert (balance(), standing(made)["status"]) == ("0.00", "PENDING")
    assert sums(attacker.tenant_id) == {"SUSPENSE": 49_900, "CLEARING": -49_900}
    assert look_up("SELECT kind FROM incidents") == []


def test_a_secret_of_one_merchant_does_not_open_another(
    topup, merchant, open_merchant, client, new_tenant, balance
):
    attacker = open_merchant(new_tenant())
    made = merchant.event(topup())
    stolen = type(attacker)(
        attacker.tenant_id, attacker.account_id, merchant.merchant_id, "their_own"
    )

    assert stolen.send(client(), made).json["code"] == "signature_mismatch"
    assert balance() == "0.00"


@pytest.mark.parametrize("kind", ["payment.expired", "payment.failed"])
def test_what_is_paid_stays_paid(topup, pay, standing, sums, look_up, kind):
    made = topup("499.00")
    pay(made)

    answer = pay(made, event_type=kind, transaction_id="txn_other")

    failed = kind == "payment.failed"
    assert answer.json["outcome"] == ("FLAGGED" if failed else "IGNORED")
    assert standing(made)["status"] == "SUCCESS"
    assert standing(made)["flags"] == (["FAILED_AFTER_PAID"] if failed else [])
    assert look_up("SELECT kind FROM incidents") == ["FAILED_AFTER_PAID"] * failed
    assert sums()["WALLET"] == 49_900


def test_a_failure_that_is_told_again_after_the_payment_changes_nothing(
    topup, merchant, gateway, standing
):
    made = topup()
    failure = merchant.event(made, event_type="payment.failed")
    outcomes = [
        gateway(body).json["outcome"]
        for body in (failure, merchant.event(made, created_at=ago(60).isoformat(),
                                             paid_at=ago(60).isoformat()), failure)
    ]  # fmt: skip

    assert outcomes == ["FAILED", "CREDITED", "DUPLICATE"]
    assert (standing(made)["status"], standing(made)["flags"]) == ("SUCCESS", [])


@pytest.mark.parametrize("kind", ["payment.failed", "payment.expired"])
def test_what_is_paid_after_it_failed_or_expired_is_credited(
    topup, pay, standing, balance, kind
):
    made = topup("499.00")
    pay(made, event_type=kind)
    before = standing(made)["status"]

    assert pay(made).json["outcome"] == "CREDITED"
    assert before == kind.removeprefix("payment.").upper()
    assert (standing(made)["status"], balance()) == ("SUCCESS", "499.00")


def test_a_refund_before_its_payment_waits_for_it(
    topup, merchant, gateway, standing, sums, look_up, trader
):
    made = topup("499.00")
    refund = merchant.event(made, event_type="payment.refunded", transaction_id="txn_1")
    paid = merchant.event(made, transaction_id="txn_1")

    outcomes = [gateway(body).json["outcome"] for body in (refund, paid, refund)]

    assert outcomes == ["PARKED", "CREDITED", "DUPLICATE"]
    assert sums() == {}
    found = standing(made)
    assert (found["status"], found["refunded_amount"]) == ("SUCCESS", "499.00")
    moved = trader.get("/api/v1/payment/transactions").json["transactions"]
    assert [(each["type"], each["amount"]) for each in moved] == [
        ("REFUND", "-499.00"),
        ("TOP_UP", "499.00"),
    ]
    assert {each["reference_id"] for each in moved} == {made["reference_id"]}
    assert look_up("SELECT closed_at IS NULL FROM incidents") == [False]


def test_a_refund_and_its_payment_at_once_come_to_nothing(
    topup, merchant, client, sums, look_up
):
    for turn in range(6):
        made = topup("10.00")
        both = [
            merchant.event(made, event_type=kind, transaction_id=f"txn_{turn}")
            for kind in ("payment.refunded", "payment.succeeded")
        ]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda body: merchant.send(client(), body), both))

    assert sums() == {}
    assert look_up("SELECT DISTINCT state FROM refunds") == ["DONE"]


def test_a_refund_and_its_payment_at_once_for_nobody_known_come_to_nothing(
    topup, merchant, client, sums, look_up
):
    made = topup() | {"reference_id": "NOBODYKNOWSTHIS"}
    for turn in range(6):
        both = [
            merchant.event(made, event_type=kind, transaction_id=f"txn_{turn}")
            for kind in ("payment.refunded", "payment.succeeded")
        ]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda body: merchant.send(client(), body), both))

    assert sums() == {}
    assert look_up("SELECT DISTINCT state FROM refunds") == ["DONE"]


def test_a_refund_without_its_payment_is_seen_by_a_person(topup, pay, look_up):
    pay(topup(), event_type="payment.refunded")

    assert look_up("SELECT kind FROM incidents WHERE closed_at IS NULL") == [
        "PARKED_REFUND"
    ]


def test_an_older_event_than_the_last_is_ignored(topup, pay, standing):
    made = topup()
    pay(made)

    answer = pay(made, event_type="payment.failed", created_at=ago(3600).isoformat())

    assert (answer.status_code, answer.json["outcome"]) == (200, "IGNORED")
    assert standing(made)["flags"] == []


def test_an_older_payment_does_not_make_older_news_count(topup, pay, standing):
    made = topup()
    pay(made)
    pay(made, created_at=ago(600).isoformat(), paid_at=ago(600).isoformat())

    answer = pay(made, event_type="payment.failed", created_at=ago(300).isoformat())

    assert answer.json["outcome"] == "IGNORED"
    assert standing(made)["flags"] == ["PAID_TWICE"]


def test_a_failure_from_before_the_notice_of_payment_is_no_alarm(topup, pay, standing):
    made = topup()
    pay(made, paid_at=ago(50).isoformat(), created_at=ago(10).isoformat())

    pay(made, event_type="payment.failed", created_at=ago(30).isoformat())

    assert standing(made)["flags"] == []
