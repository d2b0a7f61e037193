"""Payments that happen on demand, and their notices."""

import json
import sqlite3
import threading
import time
from datetime import timedelta

import httpx
import pytest

from abtpro_saas.billing.gateways.port import QrOrder
from abtpro_saas.billing.gateways.signatures import verify, verify_classic
from abtpro_saas.billing.qr.emvco import bill_payment, credit_transfer
from abtpro_saas.billing.qr.promptpay import IdKind, promptpay_id
from abtpro_saas.billing.qr.slips import read_slip
from abtpro_saas.clock import utc_now
from abtpro_saas.money import Satang

from .conftest import BILLER, SECRET, serving

PAY = {"merchant_id": "m-siam", "reference_id": "REF1", "amount": "499.00"}


@pytest.fixture
def pay(sim, registered):
    return lambda **changes: sim("pay", **PAY | changes)


def test_a_payment_is_told_in_a_signed_notice(pay, merchant):
    event = pay()

    [(headers, raw)] = merchant.heard
    assert verify(headers["X-PromptPay-Signature"], raw, [SECRET], utc_now())
    told = json.loads(raw)
    assert told["event_id"] == event["event_id"]
    assert told["amount"] == "499.00"
    assert event["deliveries"][0]["status"] == 200


def test_case_6_a_repeated_event_is_the_same_byte_for_byte(pay, merchant):
    event = pay(times=20)

    assert event["delivered"] == 20
    assert len({raw for _, raw in merchant.heard}) == 1


def test_a_transaction_can_be_told_with_a_second_event(pay, merchant):
    pay(transaction_id="txn-9")
    pay(transaction_id="txn-9", amount="500.00")

    told = merchant.wait_for(2)
    assert {each["transaction_id"] for each in told} == {"txn-9"}
    assert len({each["event_id"] for each in told}) == 2


def test_a_notice_can_be_late(pay, merchant):
    start = time.monotonic()
    event = pay(delay_s=0.5)

    assert event["deliveries"][0]["state"] == "PENDING"
    assert merchant.wait_for(1)
    assert time.monotonic() - start >= 0.5


def test_a_lost_notice_can_be_found_again(pay, merchant, sim):
    lost = pay(deliver=False)
    assert merchant.heard == []

    sim(f"events/{lost['event_id']}/deliver", times=2)

    assert len(merchant.heard) == 2


def test_notices_can_be_re_ordered(pay, merchant, sim):
    paid = pay(deliver=False)
    pay(event_type="payment.refunded")
    sim(f"events/{paid['event_id']}/deliver")

    told = merchant.wait_for(2)

    kinds = [each["event_type"] for each in told]
    assert kinds == ["payment.refunded", "payment.succeeded"]
    assert len({each["transaction_id"] for each in told}) == 1


def test_a_failed_delivery_is_tried_again_with_a_fresh_signature(pay, merchant):
    merchant.statuses += [500, 503]
    event = pay()

    assert event["deliveries"][0]["state"] == "PENDING"
    assert len(merchant.wait_for(3)) == 3
    stamps = {h["X-PromptPay-Signature"] for h, _ in merchant.heard}
    assert len(stamps) == 3


def test_a_refused_notice_is_not_repeated(pay, merchant):
    merchant.statuses.append(401)

    assert pay()["deliveries"][0]["state"] == "REFUSED"


def test_an_outage_holds_notices_back_until_it_ends(pay, merchant, sim):
    sim("outage", seconds=60)
    pay()
    time.sleep(0.2)
    assert merchant.heard == []

    sim("outage", seconds=0)

    assert len(merchant.wait_for(1)) == 1


def test_notices_survive_the_end_of_the_process(database, merchant):
    account = {
        "merchant_id": "m-siam",
        "name": "Siam",
        "secrets": [SECRET],
        "callback_url": merchant.url,
    }
    with serving(database) as url:
        httpx.post(f"{url}/sim/accounts", json=account, trust_env=False)
        httpx.post(f"{url}/sim/outage", json={"seconds": 1}, trust_env=False)
        httpx.post(f"{url}/sim/pay", json=PAY, trust_env=False)
    assert merchant.heard == []
    with serving(database):
        assert len(merchant.wait_for(1)) == 1


def test_what_is_needed_is_known_from_the_registered_qr(pay, generic, account, sim):
    order = QrOrder("REF7", Satang(1234), utc_now() + timedelta(minutes=15), "r")
    paying = threading.Timer(0.3, lambda: generic.register(account(), order))
    paying.start()

    event = sim("pay", reference_id="REF7")  # before the gateway has heard of it

    paying.join()
    assert (event["merchant_id"], event["amount"]) == ("m-siam", "12.34")


def test_a_scanned_payload_is_enough(pay, sim, merchant):
    payload = bill_payment(BILLER, "NEVERREGISTERED", Satang(70_000))

    event = sim("pay", payload=payload)

    assert event["reference_id"] == "NEVERREGISTERED"
    assert merchant.wait_for(1)[0]["amount"] == "700.00"


def test_a_transfer_to_a_promptpay_id_gives_a_slip_and_no_notice(pay, sim, merchant):
    target = promptpay_id(IdKind.PHONE, "0812345678")

    slip = sim("pay", payload=credit_transfer(target, Satang(500)))

    assert read_slip(slip["slip_payload"]).transfer == slip["transaction_id"]
    assert merchant.heard == []


def test_a_classic_merchant_gets_the_classic_callback(pay, sim, merchant):
    sim(
        "accounts",
        merchant_id="m-old",
        name="Old",
        secrets=["s"],
        callback_url=merchant.url.replace("127.0.0.1", "lanna.localhost"),
        form="classic",
    )
    pay(merchant_id="m-old")

    [(headers, raw)] = merchant.heard
    verify_classic(headers["X-Webhook-Signature"], raw, ["s"])
    assert headers["Host"].startswith("lanna.localhost:")
    assert json.loads(raw)["reference_id"] == "REF1"


def test_events_are_listed_with_what_became_of_them(pay, http):
    first, second = pay(), pay(reference_id="REF2")

    assert [e["event_id"] for e in http.get("/sim/events").json()["events"]] == [
        second["event_id"],
        first["event_id"],
    ]
    [only] = http.get("/sim/events?reference_id=REF1").json()["events"]
    assert only["deliveries"][0]["state"] == "DELIVERED"


def test_hundreds_of_payments_are_told_quickly(pay, merchant):
    start = time.monotonic()
    pay(times=300)

    assert len(merchant.heard) == 300
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": True}, "amount"),
        ({"times": 0}, "times"),
        ({"times": 1001}, "times"),
        ({"times": "5"}, "times"),
        ({"delay_s": -1}, "delay_s"),
        ({"delay_s": "soon"}, "delay_s"),
        ({"deliver": "no"}, "deliver"),
        ({"event_type": "payment.imagined"}, "event_type"),
        ({"paid_at": "yesterday"}, "paid_at"),
        ({"currency": "baht"}, "currency"),
        ({"reference_id": ""}, "reference_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_bad_input_is_refused_by_name(http, registered, change, field):
    answer = http.post("/sim/pay", json=PAY | change)

    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reference_id": "GONE", "wait_s": 0}, 404, "reference_unknown"),
        ({"reference_id": "R", "merchant_id": "m-nobody"}, 404, "merchant_unknown"),
        ({"reference_id": "R", "merchant_id": "m-siam"}, 422, "amount_unknown"),
        ({}, 422, "reference_unknown"),
        ({"payload": "000201"}, 422, "invalid_qr_payload"),
        (
            {"payload": bill_payment("1" * 15, "R", Satang(1))},
            404,
            "biller_unknown",
        ),
    ],
)
def test_what_cannot_be_paid_is_refused_with_a_reason(
    http, registered, body, status, code
):
    answer = http.post("/sim/pay", json=body)

    assert (answer.status_code, answer.json()["error"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "raw", "status"),
    [
        ("/sim/pay", b"{", 400),
        ("/sim/pay", b"x" * 300_000, 413),
        ("/sim/outage", b"{}", 422),
        ("/sim/outage", b'{"seconds": 1e9}', 422),
        ("/sim/accounts", b"{}", 422),
        ("/sim/events/none/deliver", b"{}", 404),
        ("/nowhere", b"{}", 404),
        ("/v1/qr", b"[]", 400),
        ("/v1/qr", b'{"merchant_id": "m-siam"}', 401),
    ],
)
def test_every_refusal_is_json(http, registered, path, raw, status):
    answer = http.post(path, content=raw)

    assert answer.status_code == status
    assert {"error", "message"} <= answer.json().keys()


@pytest.mark.parametrize("callback", ["https://bank.example/", "http://10.0.0.1/", "x"])
def test_a_callback_leads_nowhere_but_to_this_machine(http, callback):
    body = {"merchant_id": "m", "name": "M", "secrets": ["s"], "callback_url": callback}

    assert http.post("/sim/accounts", json=body).status_code == 422


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}]
)
def test_other_sites_cannot_make_payments_happen(http, registered, headers):
    answer = http.post("/sim/pay", json=PAY, headers=headers)

    assert answer.is_client_error
    assert http.get("/sim/events").json()["count"] == 0


def test_secrets_are_never_told(http, registered, database):
    assert SECRET not in http.get("/sim/accounts").text
    assert database.stat().st_mode & 0o077 == 0


def test_two_merchants_of_one_reference_must_be_told_apart(
    http, registered, sim, merchant, database
):
    with sqlite3.connect(database) as other:
        for name in ("m-a", "m-b"):
            other.execute(
                "INSERT INTO qrs VALUES (?, 'SAME', 1, 'THB', '', '', NULL, NULL,"
                " 'ACTIVE', '')",
                [name],
            )
    other.close()

    assert http.post("/sim/pay", json={"reference_id": "SAME"}).status_code == 409
