"""Refunds that an admin asks for: never more than came in, never out of nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.identity.roles import Role


def test_a_refund_leaves_the_wallet_and_is_owed(paid, refund, standing, sums, look_up):
    made = paid()

    answer = refund(made, "199.00")

    assert (answer.status_code, answer.json["state"]) == (201, "REQUESTED")
    assert standing(made)["refunded_amount"] == "199.00"
    assert sums() == {
        "WALLET": 30_000,
        "REFUNDS_PAYABLE": 19_900,
        "CLEARING": -49_900,
    }
    assert "REFUNDED" in look_up("SELECT kind FROM notices")


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ("499.01", 409, "refund_too_large"),
        ("0.00", 422, "invalid_amount"),
        ("-1.00", 422, "invalid"),
        ("1e2", 422, "invalid"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(paid, refund, sums, amount, status, code):
    answer = refund(paid(), amount)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert sums()["WALLET"] == 49_900


def test_what_was_refunded_is_not_refunded_again(paid, refund, topup, pay, sums):
    made = paid()
    pay(topup("100.00"))
    refund(made, "399.00")

    answer = refund(made, "100.01")

    assert (answer.status_code, answer.json["code"]) == (409, "refund_too_large")
    assert sums()["WALLET"] == 20_000


def test_a_refund_says_why(paid, refund):
    assert refund(paid(), reason="   ").json["code"] == "reason_needed"


def test_of_two_full_refunds_at_once_one_is_made(paid, refund, sums):
    for _ in range(4):
        made = paid("10.00")
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _, m=made: refund(m, "10.00"), range(2)))
        assert sorted(each.status_code for each in answers) == [201, 409]

    assert sums() == {"REFUNDS_PAYABLE": 4_000, "CLEARING": -4_000}


def test_a_refund_of_spent_money_is_refused(paid, refund, spend, sums):
    made = paid()
    spend(100)

    answer = refund(made)

    assert (answer.status_code, answer.json["code"]) == (409, "insufficient_funds")
    assert sums()["WALLET"] == 49_800


def test_a_repeated_request_refunds_once(paid, refund, sums):
    made = paid()
    key = {"Idempotency-Key": "refund-1"}

    answers = [refund(made, "100.00", **key) for _ in range(2)]
    other = refund(made, "100.01", **key)

    assert answers[0].data == answers[1].data
    assert other.json["code"] == "idempotency_key_reused"
    assert sums()["WALLET"] == 39_900


def test_only_an_admin_of_the_same_tenant_refunds(paid, client, api_key, new_tenant):
    path = f"/api/v1/admin/topups/{paid()['id']}/refund"
    body = {"amount": "1.00", "reason": "x"}
    stranger = new_tenant()

    def ask(role, tenant_id=None):
        key = api_key(role=role, tenant_id=tenant_id)
        return client(key=key).post(path, json=body).status_code

    assert ask(Role.TRADER) == ask(Role.VIEWER) == 403
    assert ask(Role.ADMIN, stranger) == 404
