"""Refunds that the gateway tells of: each counts once, whoever began it."""

from concurrent.futures import ThreadPoolExecutor

import pytest


def test_the_gateway_confirms_a_refund_that_was_asked_for(
    paid, refund, told, standing, sums, look_up
):
    made = paid(transaction_id="txn_1")
    refund(made, "199.00")

    assert told(made, "199.00") == "REFUNDED"
    assert standing(made)["refunded_amount"] == "199.00"
    assert sums() == {"WALLET": 30_000, "CLEARING": -30_000}
    assert look_up("SELECT DISTINCT state FROM refunds") == ["DONE"]


def test_a_refund_paid_out_in_parts_is_taken_once(
    paid, refund, told, standing, sums, look_up
):
    made = paid(transaction_id="txn_1")
    refund(made, "100.00")

    assert [told(made, part) for part in ("60.00", "40.00")] == ["REFUNDED"] * 2
    assert standing(made)["refunded_amount"] == "100.00"
    assert sums() == {"WALLET": 39_900, "CLEARING": -39_900}
    assert look_up("SELECT DISTINCT state FROM refunds") == ["DONE"]


def test_more_paid_out_than_was_asked_for_comes_out_of_the_wallet(
    paid, refund, told, standing, sums
):
    made = paid(transaction_id="txn_1")
    refund(made, "100.00")

    assert told(made, "150.00") == "REFUNDED"
    assert standing(made)["refunded_amount"] == "150.00"
    assert sums() == {"WALLET": 34_900, "CLEARING": -34_900}


def test_of_two_refunds_that_are_owed_the_older_is_paid_out_first(
    paid, refund, told, look_up
):
    made = paid(transaction_id="txn_1")
    for amount in ("100.00", "50.00"):
        refund(made, amount)

    told(made, "110.00")

    assert look_up(
        "SELECT paid_out FROM refunds WHERE source = 'ADMIN' ORDER BY refund_id"
    ) == [10_000, 1_000]


def test_what_the_gateway_takes_from_a_spent_wallet_is_a_receivable(
    paid, told, spend, standing, sums, look_up
):
    made = paid(transaction_id="txn_1")
    spend(40_000)

    assert told(made, "499.00") == "REFUNDED"
    found = sums()
    assert (found["RECEIVABLE"], found.get("WALLET", 0)) == (-40_000, 0)
    assert standing(made)["refunded_amount"] == "499.00"
    assert look_up("SELECT kind FROM incidents") == ["REFUND_SHORTFALL"]


def test_spending_and_a_gateways_refund_at_once_never_overdraw(
    paid, merchant, client, spend, sums, look_up
):
    for turn in range(4):
        made = paid("10.00", transaction_id=f"txn_{turn}")
        event = merchant.event(
            made, event_type="payment.refunded", transaction_id=f"txn_{turn}"
        )
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(merchant.send, client(), event)
            spent = pool.submit(spend, 700)
        assert answer.result().json["outcome"] == "REFUNDED"
        found = sums()
        taken = 0 if spent.exception() else 700
        assert found.get("RECEIVABLE", 0) <= 0
        assert found.get("WALLET", 0) == 0 or not taken


def test_the_gateway_cannot_refund_more_than_one_payment_brought(
    topup, pay, told, sums, look_up
):
    made = topup("100.00")
    for txn in ("txn_1", "txn_2"):
        pay(made, transaction_id=txn)

    assert [told(made, amount) for amount in ("100.01", "100.00", "0.01")] == [
        "MISMATCH",
        "REFUNDED",
        "MISMATCH",
    ]
    assert sums() == {"WALLET": 10_000, "CLEARING": -10_000}
    assert set(look_up("SELECT kind FROM incidents")) == {"AMOUNT_MISMATCH"}


def test_a_refund_in_other_money_takes_nothing(paid, told, sums):
    made = paid(transaction_id="txn_1")

    assert told(made, "10.00", currency="USD") == "MISMATCH"
    assert sums()["WALLET"] == 49_900


def test_one_refund_told_twice_counts_once(paid, merchant, gateway, sums):
    made = paid(transaction_id="txn_1")
    event = merchant.event(
        made, event_type="payment.refunded", transaction_id="txn_1", amount="100.00"
    )

    assert [gateway(event).json["outcome"] for _ in range(2)] == [
        "REFUNDED",
        "DUPLICATE",
    ]
    assert sums()["WALLET"] == 39_900


def test_one_refund_under_two_events_counts_once(paid, told, sums, look_up):
    made = paid(transaction_id="txn_1")

    outcomes = [told(made, "100.00", refund_id="rfd_1") for _ in range(2)]

    assert (outcomes, sums()["WALLET"]) == (["REFUNDED", "DUPLICATE"], 39_900)
    assert look_up("SELECT kind FROM incidents") == []


def test_two_refunds_of_other_amounts_need_no_number(paid, told, sums, look_up):
    made = paid(transaction_id="txn_1")

    assert [told(made, part) for part in ("100.00", "50.00")] == ["REFUNDED"] * 2
    assert sums()["WALLET"] == 34_900
    assert look_up("SELECT kind FROM incidents") == []


def test_two_refunds_of_equal_amounts_count_twice(paid, told, sums, look_up):
    made = paid(transaction_id="txn_1")

    outcomes = [told(made, "100.00", refund_id=each) for each in ("rfd_1", "rfd_2")]

    assert (outcomes, sums()["WALLET"]) == (["REFUNDED"] * 2, 29_900)
    assert look_up("SELECT kind FROM incidents") == []


@pytest.mark.parametrize("numbers", [(None, None), ("rfd_1", None), (None, "rfd_1")])
def test_equal_refunds_without_a_number_wait_for_a_person(
    paid, told, refund, merchant, gateway, sums, look_up, numbers
):
    made = paid(transaction_id="txn_1")
    first, second = (
        merchant.event(
            made, event_type="payment.refunded", transaction_id="txn_1",
            amount="100.00", refund_id=number,
        )
        for number in numbers
    )  # fmt: skip
    outcomes = [gateway(each).json["outcome"] for each in (first, second, second)]

    assert (outcomes, sums()["WALLET"]) == (["REFUNDED", "PARKED", "PARKED"], 39_900)
    is_open = "SELECT kind FROM incidents WHERE closed_at IS NULL"
    assert look_up(is_open) == ["REFUND_TOLD_AGAIN"]

    refund(made, "100.00")

    assert gateway(second).json["outcome"] == "REFUNDED"
    assert sums() == {"WALLET": 29_900, "CLEARING": -29_900}
    assert look_up(is_open) == []


def test_one_refund_with_two_amounts_is_an_incident(paid, told, sums, look_up):
    made = paid(transaction_id="txn_1")

    outcomes = [told(made, each, refund_id="rfd_1") for each in ("100.00", "50.00")]

    assert (outcomes, sums()["WALLET"]) == (["REFUNDED", "MISMATCH"], 39_900)
    assert look_up("SELECT kind FROM incidents") == ["AMOUNT_MISMATCH"]


def test_equal_refunds_that_were_asked_for_are_paid_out(paid, refund, told, sums):
    made = paid(transaction_id="txn_1")
    for _ in range(2):
        refund(made, "100.00")

    assert [told(made, "100.00") for _ in range(2)] == ["REFUNDED"] * 2
    assert sums() == {"WALLET": 29_900, "CLEARING": -29_900}


def test_one_refund_before_its_payment_under_two_events_counts_once(
    topup, pay, told, sums, look_up
):
    made = topup()
    outcomes = [told(made, "100.00") for _ in range(2)]
    pay(made, transaction_id="txn_1")

    assert (outcomes, sums()["WALLET"]) == (["PARKED"] * 2, 39_900)
    is_open = "SELECT kind FROM incidents WHERE closed_at IS NULL"
    assert look_up(is_open) == ["REFUND_TOLD_AGAIN"]
