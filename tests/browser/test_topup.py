import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    assert_accessible,
    assert_fits,
    sign_in,
)


class Gateway:
    """Sends signed notices to the running site, as the merchant's gateway would."""

    def __init__(self, site, merchant):
        self._url = f"http://127.0.0.1:{site.port}"
        self._merchant = merchant

    def post(self, path, *, data, content_type, headers):
        headers = headers | {"Content-Type": content_type}
        return httpx.post(self._url + path, content=data, headers=headers)

    def pay(self, reference, amount, **changes):
        topup = {"reference_id": reference, "amount": amount}
        sent = self._merchant.send(self, self._merchant.event(topup, **changes))
        assert sent.status_code == 200, sent.text


def begin_topup(page, amount):
    page.click('a.button-primary[href="/topups/new"]')
    page.fill("#amount", amount)
    page.keyboard.press("Enter")
    page.wait_for_selector('#topup[data-status="PENDING"]')
    return page.inner_text("#topup dl .mono")


@pytest.mark.parametrize(
    ("size", "language", "paid"),
    [("desk", "en", "Paid"), ("phone", "th", "ชำระแล้ว")],
)
def test_the_page_turns_to_paid_by_itself(
    page, person, merchant, site, size, language, paid
):
    shown = page(size, "light", language)
    sign_in(shown, person(locale=language))
    reference = begin_topup(shown, "499")
    assert shown.locator(".qr-paper img").evaluate("image => image.naturalWidth") > 0
    assert_fits(shown)
    assert_accessible(shown)

    Gateway(site, merchant).pay(reference, "499.00")

    # Well under the five seconds after which a page without a stream would ask.
    shown.wait_for_selector('#topup[data-status="SUCCESS"]', timeout=4000)
    assert shown.inner_text("#topup h2") == paid
    assert shown.get_attribute("#topup", "data-live") is None
    shown.click('#topup a[href="/wallet"]')
    assert shown.inner_text("#balance .answer-figure") == "฿499.00"
    assert_fits(shown)


def test_without_the_stream_the_page_asks_and_turns_to_paid(
    page, person, merchant, site_without_events
):
    shown = page(at=site_without_events)
    sign_in(shown, person(locale="en"))
    reference = begin_topup(shown, "20.50")

    Gateway(site_without_events, merchant).pay(reference, "20.50")

    paid = shown.locator('#topup[data-status="SUCCESS"]')
    expect(paid).to_be_visible(timeout=30_000)


def test_the_countdown_runs(page, person, merchant):
    shown = page()
    sign_in(shown, person(locale="en"))
    begin_topup(shown, "100")
    before = shown.inner_text("[data-countdown]")
    assert before.startswith("14:")

    shown.wait_for_function(
        "before => document.querySelector('[data-countdown]').textContent < before",
        arg=before,
    )


def test_an_amount_that_cannot_be_paid_is_told_beside_its_field(page, person, merchant):
    shown = page(language="th")
    sign_in(shown, person(locale="th"))
    shown.visit("/topups/new")
    shown.fill("#amount", "1e3")
    shown.keyboard.press("Enter")

    assert "วงเงิน" in shown.inner_text("#error-amount")
    assert shown.input_value("#amount") == "1e3"
    assert shown.get_attribute("#amount", "aria-invalid") == "true"


def test_a_cancelled_qr_says_not_to_pay_it_and_late_money_still_counts(
    page, person, merchant, site
):
    shown = page()
    sign_in(shown, person(locale="en"))
    reference = begin_topup(shown, "75")
    shown.click("#topup form button")
    shown.wait_for_selector('#topup[data-status="CANCELLED"]')
    assert "Do not pay" in shown.inner_text("#topup")

    Gateway(site, merchant).pay(reference, "75.00")

    shown.wait_for_selector('#topup[data-status="SUCCESS"]', timeout=4000)
    assert "It is credited" in shown.inner_text("#topup .banner")


def test_too_little_is_credited_and_explained(page, person, merchant, site):
    shown = page()
    sign_in(shown, person(locale="en"))
    reference = begin_topup(shown, "499")

    Gateway(site, merchant).pay(reference, "498.99")

    shown.wait_for_selector('#topup[data-status="SUCCESS"]', timeout=4000)
    assert shown.inner_text("#topup .qr-amount") == "฿498.99"
    assert "Less was paid" in shown.inner_text("#topup .banner")
