"""What the contract's page offers and warns of, and how exactly it tells the time."""

import re

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.formats import format_instant
from tests.blueprints.pages.contracts.conftest import words_of
from tests.blueprints.pages.contracts.test_contract_page import (
    AUTO,
    CANCEL,
    PAGE,
    block,
    in_state,
    rents,
)


def test_a_contract_that_an_admin_suspended_offers_nothing_but_whom_to_ask(renter):
    block(in_state(renter, "active"))
    page = renter.reader.html(PAGE)

    assert AUTO not in page
    assert CANCEL not in page
    names = "SELECT u.name, t.name FROM users u JOIN tenants t USING (tenant_id)"
    ((admin, brand),) = renter.ask(f"{names} WHERE u.user_id = :id", id=renter.admin)
    asked = f"Ask {admin}, an administrator of {brand}, to lift it."
    assert asked in words_of(page)


def test_when_the_suspension_is_lifted_everything_is_offered_again(renter):
    block(in_state(renter, "blocked"), blocked=False)
    page = renter.reader.html(PAGE)

    assert AUTO in page
    assert CANCEL in page
    assert "to lift it" not in page


def test_who_has_paid_ahead_is_warned_before_cancelling_at_once(renter):
    rents(renter, days=26)
    assert "None of it is paid back either" not in renter.reader.text(PAGE)
    contract = renter.renew(renter.ago(hours=1))

    page = renter.reader.text(PAGE)

    begins, ends = contract.period_start, contract.period_end
    dates = [format_instant(each, "en").replace("\xa0", " ") for each in (begins, ends)]
    warning = f"You have paid ฿499.00 ahead, for {dates[0]} to {dates[1]}."
    assert warning in page


def test_a_period_paid_ahead_that_never_began_is_said_to_be_so(renter):
    rents(renter, days=26)
    renter.renew(renter.ago(hours=1))
    renter.reader.browser.post(CANCEL, data={"when": "now"})

    assert "never began" in renter.reader.text(PAGE)


def test_a_plan_of_less_than_a_day_is_shown_to_the_second(renter):
    renter.sell("BRIEF", period="PT1H", grace_period="PT1H", price=100)
    contract = renter.buy("BRIEF", utc_now())
    end = format_instant(contract.period_end, "en", seconds=True)
    day = end.replace("\xa0", " ")

    page = renter.reader.text(PAGE)
    assert f"Paid until {day}." in page
    assert page.count(day) >= 4  # the answer, the next charge, cancelling, the period
    assert f"until {day}." in renter.reader.text("/contract/change")
    renter.cancel(utc_now())
    assert f"Cancelled; access until {day}" in renter.reader.text(PAGE)


def test_a_renewal_of_seconds_shows_them_before_it_is_paid(renter):
    renter.sell("BRIEF", period="PT20S", grace_period="PT1H", price=100)
    renter.buy("BRIEF", renter.ago(minutes=1))
    page = renter.reader.html("/contract/renewal")

    assert re.search(r"From \d+ \w+ \d+ \d\d:\d\d:\d\d Paid until", words_of(page))


@pytest.mark.parametrize(
    ("locale", "said"), [("en", "฿1.00 every 20 seconds"), ("th", "฿1.00 ทุก 20 วินาที")]
)
def test_a_price_says_how_often_it_is_paid(new_renter, locale, said):
    renter = new_renter(locale=locale)
    renter.sell("BRIEF", period="PT20S", price=100)

    assert said in renter.reader.text("/pricing")
