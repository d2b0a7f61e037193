from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.clock import bangkok_date, utc_now
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.words import When
from abtpro_saas.formats import format_day
from tests.blueprints.pages.contracts.conftest import words_of

PAGE, WITHDRAW = "/contract/change", "/contract/change/withdrawal"
PREMIUM = {"plan": "PREMIUM", "billing": "MONTHLY"}
BASIC = {"plan": "BASIC", "billing": "MONTHLY"}


@pytest.fixture
def basic(renter):
    renter.buy("BASIC", renter.ago(days=10), auto_renew=True)
    return renter


@pytest.fixture
def premium(renter):
    renter.buy("PREMIUM", renter.ago(days=10))
    return renter


def test_the_plans_are_shown_before_any_is_chosen(basic):
    page = basic.reader.html(PAGE)

    assert "Your plan" in page
    assert "/contract/change?plan=PREMIUM&amp;billing=MONTHLY" in page
    assert 'name="agreed"' not in page


def test_the_preview_is_the_change_to_the_satang(basic):
    planned = basic.preview("PREMIUM", utc_now())
    page = basic.reader.text(PAGE, **PREMIUM)
    for satang in (planned.charge, planned.due, planned.balance_after):
        assert f"฿{satang // 100:,}.{satang % 100:02d}" in page

    answer = basic.reader.send(PAGE, PAGE, query=PREMIUM)

    assert answer.location == "/contract"
    assert basic.balance() == planned.balance_after
    assert basic.has("telegram_notifications", utc_now())


@pytest.mark.parametrize(
    ("locale", "basic_price", "premium_price"),
    [
        ("en", "of {n} days, at ฿499.00 for {n} days", "at ฿1,499.00 for {n} days"),
        ("th", "จาก {n} วัน ในราคา ฿499.00 ต่อ {n} วัน", "ในราคา ฿1,499.00 ต่อ {n} วัน"),
    ],
)
def test_the_preview_says_how_its_amounts_are_reckoned(
    new_renter, locale, basic_price, premium_price
):
    renter = new_renter(locale=locale)
    contract = renter.buy("BASIC", renter.ago(days=10))
    n = (contract.period_end - contract.period_start).days

    page = renter.reader.text(PAGE, **PREMIUM)

    assert basic_price.format(n=n) in page
    assert premium_price.format(n=n) in page


def test_what_was_refunded_is_said_to_lower_what_comes_back(basic):
    contract_id = basic.contract().contract_id
    query = "SELECT document_id FROM documents WHERE tenant_id = :tenant"
    ((invoice_id,),) = basic.ask(query)
    order = acts.RentalRefund(invoice_id, 40_000, "an outage", "key")
    by = {"by": basic.admin, "now": utc_now()}
    basic.office.run(acts.refund, contract_id, order, **by)

    assert "less what was refunded" in basic.reader.text(PAGE, **PREMIUM)


def test_time_that_was_given_is_said_to_follow(basic):
    contract_id, by = basic.contract().contract_id, {"by": basic.admin}
    basic.office.run(
        acts.give_time, contract_id, "P7D", "an outage", **by, now=utc_now()
    )
    planned = basic.preview("PREMIUM", utc_now())

    page = basic.reader.text(PAGE, **PREMIUM)

    # Seven days of ฿499.00 are worth two days and some hours of ฿1,499.00.
    assert "the time that you were given, 2 days, follows" in page
    day = format_day(bangkok_date(planned.end + planned.given), "en")
    assert f"From {day} on it costs".replace("\xa0", " ") in page


def test_a_change_at_the_periods_end_costs_nothing_today(basic, trail):
    answer = basic.reader.send(PAGE, PAGE, number=1, query=PREMIUM)

    assert answer.location == "/contract"
    assert basic.balance() == 1_000_000 - 49_900
    assert basic.contract().next_plan_id is not None
    noted = trail(action="rental.change")[0]
    assert noted.detail == {"plan": "PREMIUM", "when": "period_end"}
    page = basic.reader.text("/contract")
    assert "From then on: Premium, monthly." in page
    assert "฿1,499.00" in page


def test_a_planned_change_can_be_dropped(basic):
    basic.change("PREMIUM", basic.ago(days=1), When.PERIOD_END)
    answer = basic.reader.send("/contract", WITHDRAW)

    assert answer.location == "/contract"
    assert basic.contract().next_plan_id is None
    basic.reader.browser.post(WITHDRAW)
    assert basic.events().count("CHANGE_DROPPED") == 1


def test_a_cheaper_plan_comes_when_the_paid_period_ends(premium):
    page = premium.reader.text(PAGE, **BASIC)

    assert "This would cost less than what you have paid for" in page
    premium.reader.send(PAGE, PAGE, query=BASIC)
    assert premium.contract().next_plan_id is not None
    assert premium.balance() == 1_000_000 - 149_900


@pytest.mark.parametrize("number", [0, 1], ids=["now", "later"])
def test_a_form_that_is_sent_twice_changes_once(basic, number):
    shown = basic.reader.form(PAGE, PAGE, number, **PREMIUM)
    sent = [basic.reader.browser.post(PAGE, data=shown) for _ in range(2)]

    assert {each.location for each in sent} == {"/contract"}
    kind = ("CHANGED", "CHANGE_PLANNED")[number]
    assert basic.events().count(kind) == 1


def test_forms_sent_at_once_change_once(basic):
    after = basic.preview("PREMIUM", utc_now()).balance_after
    shown, browser = basic.reader.form(PAGE, PAGE, **PREMIUM), basic.reader.browser
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(browser.post, PAGE, data=shown) for _ in range(4)]

    assert {each.result().location for each in sent} == {"/contract"}
    assert basic.balance() == after


def test_nobody_pays_a_difference_that_they_did_not_see(basic):
    shown = basic.reader.form(PAGE, PAGE, **PREMIUM)
    basic.sell("PREMIUM", price=300_000, now=utc_now())

    answer = basic.reader.browser.post(PAGE, data=shown)

    assert answer.status_code == 409
    assert "The amount has changed" in words_of(answer.text)
    assert basic.balance() == 1_000_000 - 49_900


def test_a_short_wallet_is_led_to_the_difference_and_back(new_renter):
    poor = new_renter(60_000)
    poor.buy("BASIC", poor.ago(days=10))
    page = poor.reader.html(PAGE, **PREMIUM)
    missing = -poor.preview("PREMIUM", utc_now()).balance_after

    assert (
        f"amount={missing // 100}.{missing % 100:02d}&amp;next=/contract/change" in page
    )
    # What begins later can be planned all the same.
    assert poor.reader.form(PAGE, PAGE, **PREMIUM)["when"] == "period_end"


def test_a_year_begins_now_and_is_paid_whole(basic):
    basic.pay_in(1_000_000)
    query = {"plan": "BASIC", "billing": "YEARLY"}
    assert "฿4,990.00" in basic.reader.text(PAGE, **query)

    basic.reader.send(PAGE, PAGE, query=query)

    assert basic.contract().billing == "YEARLY"


@pytest.mark.parametrize("query", [{"plan": "GOLD"}, {"plan": "BASIC"}, {}])
def test_a_plan_that_cannot_be_chosen_shows_the_list(basic, query):
    page = basic.reader.html(PAGE, **query)
    assert "Premium" in page
    if query.get("plan") == "BASIC":
        assert "This is your plan already." in page


@pytest.mark.parametrize("state", ["none", "grace", "cancelled", "blocked"])
def test_what_does_not_run_is_not_changed(renter, state):
    if state != "none":
        made = renter.buy("BASIC", renter.ago(days=32 if state == "grace" else 3))
    if state == "cancelled":
        renter.cancel(renter.ago(days=1))
    if state == "blocked":
        told = {"blocked": True, "by": renter.admin, "now": utc_now()}
        renter.office.run(acts.set_blocked, made.contract_id, "why", **told)
    there = "/pricing" if state == "none" else "/contract"

    assert renter.reader.get(PAGE).location == there


def test_nobody_else_changes_it(basic, viewer, stranger, new_renter):
    shown = basic.reader.form(PAGE, PAGE, **PREMIUM)

    assert viewer.browser.post(PAGE, data=shown).status_code == 403
    assert viewer.get(PAGE).status_code == 403
    assert stranger.get(PAGE).location.startswith("/sign-in")
    assert new_renter().reader.browser.post(PAGE, data=shown).status_code == 404
    assert basic.balance() == 1_000_000 - 49_900


def test_a_coupon_that_still_lowers_is_a_line_and_what_is_agreed_to(renter):
    terms = NewCoupon("HALF", percent_off=50, periods=2)
    renter.office.run(make_coupon, terms, by=renter.admin, now=renter.ago(days=11))
    renter.buy("BASIC", renter.ago(days=10), coupon="HALF", auto_renew=True)

    page = renter.reader.text(PAGE, **PREMIUM)

    assert "Premium ฿1,499.00 Coupon HALF \N{MINUS SIGN}฿749.50" in page
    assert "does not lower a change at once, and is not used up by it" in page
    assert "The next charge is ฿749.50: your coupon HALF takes off ฿749.50." in page
    shown = renter.reader.form(PAGE, PAGE, 1, **PREMIUM)
    assert (shown["when"], shown["agreed"]) == ("period_end", "749.50")
    renter.reader.send(PAGE, PAGE, 1, query=PREMIUM)
    before = renter.balance()
    renter.review(renter.contract().period_end)
    assert before - renter.balance() == 74_950


def test_granted_credit_is_named_where_it_pays_too(basic):
    basic.office.grant(200_000, now=utc_now())
    page = basic.reader.text(PAGE, **PREMIUM)

    assert "Wallet and granted credit now ฿2,000.00 of it is granted credit" in page
    assert "Wallet and granted credit afterwards" in page
    assert "In your wallet" not in page


def test_a_wallet_that_is_short_shows_what_is_missing_and_no_rest_below_zero(
    new_renter,
):
    renter = new_renter(60_000)
    renter.buy("BASIC", renter.ago(days=10))
    page = renter.reader.text(PAGE, **PREMIUM)

    assert "Missing ฿" in page
    assert "afterwards" not in page
    assert "\N{MINUS SIGN}฿1" not in page.partition("In your wallet now")[2]
