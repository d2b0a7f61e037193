"""How much was paid, in what money, and when: all that arrives is credited."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from tests.billing import books
from tests.blueprints.payments import ago

REFUSED = [
    "499.001", "-1.00", "1e3", "NaN", "Infinity", "", " 499", "499 ", "4,99.00",
    "๔๙๙", "0", "0.00", "+499", "0x1F3", "499.", ".5", "9" * 30,
]  # fmt: skip
ACCEPTED = [("499", 49_900), ("499.0", 49_900), ("499.00", 49_900), ("0.01", 1)]


@pytest.mark.parametrize(("paid", "satang", "flag"), [
    ("498.99", 49_899, "UNDERPAID"), ("500.00", 50_000, "OVERPAID"),
])  # fmt: skip
def test_what_was_paid_is_credited_and_a_difference_flagged(
    topup, pay, standing, sums, paid, satang, flag
):
    made = topup("499.00")

    assert pay(made, amount=paid).json["outcome"] == "CREDITED"
    assert (standing(made)["flags"], standing(made)["status"]) == ([flag], "SUCCESS")
    assert standing(made)["credited_amount"] == paid
    assert sums()["WALLET"] == satang


def test_money_wakes_the_process_of_its_topup(topup, pay, look_up):
    made = topup()
    left = "SELECT count(*) FROM outbox WHERE process_id LIKE '%' || :topup"
    (before,) = look_up(left, topup=made["id"])

    pay(made)

    assert look_up(left, topup=made["id"]) == [before + 1]


def test_one_qr_paid_twice_credits_both_and_is_flagged(topup, pay, standing, sums):
    made = topup("499.00")

    outcomes = [pay(made).json["outcome"]]
    completed = standing(made)["completed_at"]
    outcomes += [pay(made).json["outcome"]]

    assert outcomes == ["CREDITED", "CREDITED"]
    assert standing(made)["completed_at"] == completed
    assert standing(made)["flags"] == ["PAID_TWICE"]
    assert standing(made)["credited_amount"] == "998.00"
    assert sums()["WALLET"] == 99_800


@pytest.mark.parametrize("currency", ["USD", "840"])
def test_other_money_than_baht_is_parked(
    topup, pay, standing, engine, tenant, look_up, currency
):
    made = topup("499.00")

    assert pay(made, currency=currency).json["outcome"] == "SUSPENSE"
    assert standing(made)["status"] == "PENDING"
    assert books.check(engine, tenant) == {
        ("SUSPENSE", currency): 49_900,
        ("CLEARING", currency): -49_900,
    }
    assert look_up("SELECT kind FROM incidents") == ["WRONG_CURRENCY"]


@pytest.mark.parametrize("currency", ["THB", "thb", "764"])
def test_all_names_of_the_baht_are_equal(topup, pay, balance, currency):
    assert pay(topup("5.00"), currency=currency).json["outcome"] == "CREDITED"
    assert balance() == "5.00"


def test_a_currency_that_is_a_number_is_a_field_error(topup, trader, pay, balance):
    asked = trader.post(
        "/api/v1/payment/promptpay/create", json={"amount": "5.00", "currency": 764}
    )
    told = pay(topup("5.00"), currency=764)

    for answer in (asked, told):
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/currency"
    assert balance() == "0.00"


@pytest.mark.parametrize(("written", "satang"), [*ACCEPTED, (499, 49_900)])
def test_exact_amounts_are_read_alike_everywhere(
    topup, pay, trader, sums, written, satang
):
    made = trader.post("/api/v1/payment/promptpay/create", json={"amount": written})

    assert made.status_code == 201
    assert pay(made.json, amount=written).json["outcome"] == "CREDITED"
    assert sums()["WALLET"] == satang


@pytest.mark.parametrize("written", REFUSED)
def test_other_amounts_are_refused_and_move_nothing(topup, pay, trader, sums, written):
    asked = trader.post("/api/v1/payment/promptpay/create", json={"amount": written})
    told = pay(topup(), amount=written)

    assert (asked.status_code, told.status_code) == (422, 422)
    assert "invalid" in asked.json["code"]
    assert told.json["code"] == "invalid_amount"
    assert sums() == {}


@pytest.mark.parametrize(
    "written", ["1e3", "499.001", "-1", "0", "NaN", "true", "null", "[]", '{"a": 1}']
)
def test_json_that_is_no_exact_amount_is_refused(trader, written):
    answer = trader.post(
        "/api/v1/payment/promptpay/create",
        data=f'{{"amount": {written}}}',
        content_type="application/json",
    )

    assert answer.status_code == (400 if written == "NaN" else 422)


@pytest.mark.parametrize("written", ["499.5", "499.50", "499"])
def test_a_json_number_with_two_places_is_exact(trader, written):
    answer = trader.post(
        "/api/v1/payment/promptpay/create",
        data=f'{{"amount": {written}}}',
        content_type="application/json",
    )

    assert answer.status_code == 201
    assert answer.json["amount"] in {"499.50", "499.00"}


def test_limits_are_the_accounts_own(open_merchant, client, api_key):
    open_merchant(least=2_000, most=150_000_00)
    trader = client(key=api_key())

    statuses = {
        amount: trader.post(
            "/api/v1/payment/promptpay/create", json={"amount": amount}
        ).status_code
        for amount in ("19.99", "20.00", "150000.00", "150000.01")
    }

    assert list(statuses.values()) == [422, 201, 201, 422]


@pytest.mark.parametrize(
    "amount", ["10000000.00", "92233720368547758.08", "99999999999999999.99"]
)
def test_more_than_the_limit_is_refused_and_looked_at(
    topup, pay, sums, look_up, amount
):
    answer = pay(topup(), amount=amount)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_amount")
    assert look_up("SELECT kind FROM incidents") == ["UNREADABLE_NOTICE"]
    assert sums() == {}


def test_money_a_second_after_the_end_is_credited_as_late(topup, pay, standing, sums):
    made = topup("499.00")
    late = datetime.fromisoformat(made["expires_at"]) + timedelta(seconds=1)

    pay(made, paid_at=late.isoformat())

    assert standing(made)["flags"] == ["PAID_LATE"]
    assert sums()["WALLET"] == 49_900


def test_money_at_the_very_end_is_in_time(topup, pay, standing):
    made = topup()

    pay(made, paid_at=made["expires_at"])

    assert standing(made)["flags"] == []


def test_money_three_days_after_the_cancellation_is_credited(
    topup, pay, standing, trader, sums
):
    made = topup("499.00")
    cancelled = trader.delete(f"/api/v1/payment/topups/{made['id']}")

    pay(made, paid_at=ago(-3 * 86_400).isoformat())

    assert (cancelled.status_code, cancelled.json["status"]) == (200, "CANCELLED")
    assert standing(made)["status"] == "SUCCESS"
    assert standing(made)["flags"] == ["PAID_LATE"]
    assert sums()["WALLET"] == 49_900


def test_one_qr_paid_twice_at_the_same_moment_is_flagged(
    topup, merchant, client, standing, sums
):
    for _ in range(8):
        made = topup("10.00")
        both = [merchant.event(made) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda event: merchant.send(client(), event), both))

        assert standing(made)["flags"] == ["PAID_TWICE"]
    assert sums()["WALLET"] == 16_000
