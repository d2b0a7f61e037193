from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.words import Billing
from tests.blueprints.pages.contracts.conftest import words_of

PAGE = "/contract/renewal"


@pytest.fixture
def due(renter):
    """A trader whose period ended two days ago, unpaid."""
    renter.buy("BASIC", renter.ago(days=32))
    return renter


def test_the_page_says_what_the_next_period_costs_and_leaves(due):
    page = due.reader.text(PAGE)

    assert "To pay now ฿499.00" in page
    assert "In your wallet now ฿9,501.00 In your wallet afterwards ฿9,002.00" in page


def test_the_next_period_is_paid_from_the_wallet(due, trail):
    end = due.contract().period_end
    answer = due.reader.send(PAGE, PAGE)

    assert (answer.status_code, answer.location) == (303, "/contract")
    assert due.contract().period_start == end
    assert due.balance() == 1_000_000 - 2 * 49_900
    assert trail(action="rental.renew")


def test_a_form_that_is_sent_twice_pays_once(due):
    shown = due.reader.form(PAGE, PAGE)
    sent = [due.reader.browser.post(PAGE, data=shown) for _ in range(2)]

    assert {each.location for each in sent} == {"/contract"}
    assert due.balance() == 1_000_000 - 2 * 49_900


def test_forms_sent_at_once_pay_once(due):
    shown, browser = due.reader.form(PAGE, PAGE), due.reader.browser
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(browser.post, PAGE, data=shown) for _ in range(4)]

    assert {each.result().location for each in sent} == {"/contract"}
    assert due.balance() == 1_000_000 - 2 * 49_900


def test_a_renewal_may_take_another_plan_and_billing(due):
    due.pay_in(1_000_000)
    query = {"plan": "PREMIUM", "billing": "YEARLY"}
    assert "To pay now ฿14,990.00" in due.reader.text(PAGE, **query)

    due.reader.send(PAGE, PAGE, query=query)

    assert due.contract().billing == Billing.YEARLY
    assert due.has("telegram_notifications", utc_now())


def test_nobody_pays_a_price_that_they_did_not_see(due):
    shown = due.reader.form(PAGE, PAGE)
    due.sell("BASIC", price=60_000, now=utc_now())

    answer = due.reader.browser.post(PAGE, data=shown)

    assert answer.status_code == 409
    assert "To pay now ฿600.00" in words_of(answer.text)
    assert due.balance() == 1_000_000 - 49_900


def test_a_short_wallet_is_led_to_what_is_missing_and_back(new_renter):
    poor = new_renter(60_000)
    poor.buy("BASIC", poor.ago(days=32))
    page = poor.reader.html(PAGE)

    assert "Missing ฿398.00" in words_of(page)
    assert "amount=398.00&amp;next=/contract/renewal" in page
    assert 'name="agreed"' not in page


def test_money_that_left_meanwhile_pays_nothing(new_renter):
    poor = new_renter(100_000)
    poor.buy("BASIC", poor.ago(days=32))
    shown = poor.reader.form(PAGE, PAGE)
    poor.office.charge(30_000)

    answer = poor.reader.browser.post(PAGE, data=shown)

    assert answer.status_code == 402
    assert "Missing" in words_of(answer.text)
    assert poor.balance() == 100_000 - 49_900 - 30_000


@pytest.mark.parametrize("prepare", ["early", "cancelled", "none"])
def test_what_cannot_be_renewed_leads_elsewhere(renter, prepare):
    if prepare != "none":
        renter.buy("BASIC", renter.ago(days=3))
    if prepare == "cancelled":
        renter.cancel(renter.ago(days=1))
    there = "/pricing" if prepare == "none" else "/contract"

    assert renter.reader.get(PAGE).location == there
    assert renter.balance() >= 1_000_000 - 49_900


def test_nobody_else_renews(due, viewer, stranger, new_renter):
    shown = due.reader.form(PAGE, PAGE)

    assert viewer.browser.post(PAGE, data=shown).status_code == 403
    assert stranger.browser.post(PAGE, data=shown).status_code in {302, 303, 403}
    assert new_renter().reader.browser.post(PAGE, data=shown).status_code == 404
    assert due.balance() == 1_000_000 - 49_900
