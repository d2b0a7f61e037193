"""The page that scans and pays like a bank's app."""

import re
import time
from datetime import timedelta

import pytest

from abtpro_saas.billing.gateways.port import QrOrder
from abtpro_saas.billing.qr.emvco import bill_payment, credit_transfer
from abtpro_saas.billing.qr.promptpay import IdKind, promptpay_id
from abtpro_saas.clock import utc_now
from abtpro_saas.money import Satang
from abtpro_saas.simulators.gateway.texts import texts

from .conftest import BILLER

BILL = bill_payment(BILLER, "REF1", Satang(49_900))
TRANSFER = credit_transfer(promptpay_id(IdKind.PHONE, "0812345678"), Satang(49_900))

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture
def press(http):
    """Return a function that presses a button of the payment page."""

    def post(fault="", payload=BILL, amount="499.00"):
        form = {"payload": payload, "amount": amount, "fault": fault, "lang": "en"}
        return http.post("/pay", data=form, follow_redirects=True)

    return post


def test_a_scan_shows_whom_what_and_for_what_one_pays(http):
    page = http.get("/", params={"payload": BILL, "lang": "en"}).text

    for part in ("สยามเทรด", "499.00", "REF1", BILLER, "Pay now"):
        assert part in page


def test_a_registered_qr_waits_to_be_picked_until_it_is_paid(
    http, sim, generic, account
):
    assert "No QR waits" in http.get("/?lang=en").text
    expires_at = utc_now() + timedelta(minutes=15)
    generic.register(account(), QrOrder("REF9", Satang(149_900), expires_at, "r"))

    assert "฿1,499.00" in http.get("/?lang=en").text

    sim("pay", reference_id="REF9")
    assert "No QR waits" in http.get("/?lang=en").text


def test_a_qr_that_expired_or_was_paid_unheard_waits_no_longer(
    http, sim, generic, account
):
    ends_at = utc_now() + timedelta(seconds=2)
    generic.register(account(), QrOrder("REF10", Satang(100), ends_at, "r"))
    later = utc_now() + timedelta(minutes=15)
    generic.register(account(), QrOrder("REF11", Satang(200), later, "r"))

    sim("pay", reference_id="REF11", transaction_id="txn_by_hand", deliver=False)
    page = http.get("/?lang=en").text
    assert "฿1.00" in page.partition("Latest events")[0]
    assert "REF11" not in page.partition("Latest events")[0]

    while utc_now() < ends_at:
        time.sleep(0.1)
    assert "No QR waits" in http.get("/?lang=en").text


@pytest.mark.parametrize(
    ("fault", "amounts"),
    [
        ("", ["499.00"]),
        ("pay_twice", ["499.00", "499.00"]),
        ("repeat", ["499.00"] * 5),
        ("less", ["498.99"]),
        ("more", ["500.00"]),
        ("lost", []),
    ],
)
def test_each_button_does_what_it_says(press, merchant, fault, amounts):
    page = press(fault)

    assert page.status_code == 200
    assert [each["amount"] for each in merchant.wait_for(len(amounts))] == amounts


def test_paying_twice_makes_two_transactions(press, merchant):
    press("pay_twice")

    assert len({each["transaction_id"] for each in merchant.wait_for(2)}) == 2


def test_a_failed_payment_is_told_as_failed(press, merchant):
    press("fail")

    assert merchant.wait_for(1)[0]["event_type"] == "payment.failed"


def test_the_receipt_shows_what_became_of_the_notice(press, merchant):
    merchant.statuses.append(403)

    page = press().text

    assert "Refused" in page
    assert "HTTP 403" in page


def test_a_transfer_leads_to_a_slip_with_its_qr(press):
    page = press(payload=TRANSFER).text

    assert "Transfer slip" in page
    assert "data:image/png;base64," in page


@pytest.mark.parametrize(
    ("payload", "amount"), [("nonsense", "1.00"), (BILL, "1e3"), (BILL, "")]
)
def test_what_cannot_be_paid_is_explained_on_the_page(press, payload, amount):
    page = press(payload=payload, amount=amount)

    assert page.status_code == 422
    assert 'role="alert"' in page.text


def test_a_scanned_text_is_shown_as_text(http):
    page = http.get("/", params={"payload": "<script>alert(1)</script>"})

    assert page.status_code == 422
    assert "<script>" not in page.text


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("path", ["/", f"/?payload={BILL}"])
def test_pages_speak_both_languages_and_load_nothing_from_elsewhere(
    http, path, language
):
    page = http.get(
        path,
        params={"lang": language, "payload": BILL}
        if "?" in path
        else {"lang": language},
    )

    assert f'<html lang="{language}">' in page.text
    assert not re.search(r"https?://", page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_every_text_is_there_in_both_languages():
    assert texts("th").keys() == texts("en").keys()
    assert all(texts("th").values())
    assert all(texts("en").values())
