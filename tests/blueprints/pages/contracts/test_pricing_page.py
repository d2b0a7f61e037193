import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.blueprints.guard.current import EXTENSION
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.office import acts
from abtpro_saas.contracts.words import Billing, When
from tests.blueprints.pages.contracts.conftest import DAY, Reader, words_of

BASIC = "/pricing/BASIC"


@pytest.fixture
def coupon(renter):
    def make(code="WELCOME", **values):
        new = NewCoupon(code, **{"percent_off": 50} | values)
        run = renter.office.run
        return run(make_coupon, new, by=renter.admin, now=utc_now())

    return make


def buttons(page):
    """Return (address, words) of each plan's button."""
    begins = r'<a class="button button-wide[^"]*" href="([^"]+)">'
    return re.findall(f"{begins}([^<]+)", page)


def test_whoever_is_not_signed_in_sees_what_is_sold_and_how_to_come_in(stranger):
    page = stranger.html("/pricing")

    assert "฿499.00" in page
    assert 'href="/sign-in?next=/pricing' in page
    assert buttons(page)[0][0] == f"{BASIC}?billing=MONTHLY"
    assert stranger.get(BASIC).location.startswith("/sign-in?next=/pricing/BASIC")


def test_a_year_is_shown_with_what_it_costs_a_month_and_saves(stranger):
    page = stranger.text("/pricing", billing="YEARLY")

    assert "฿4,990.00" in page
    assert "฿415.83" in page
    assert "฿1,249.17" in page  # of 1,249.1666…
    assert "16%" in page


def test_a_plan_says_what_it_has_beyond_the_cheaper_one(renter):
    page = renter.reader.text("/pricing")

    assert "Everything in Basic, and: Bots: 10" in page
    assert "Everything in Premium, and: Bots: Unlimited" in page


def test_prices_are_shown_with_the_vat_that_is_charged(renter):
    assert "VAT" not in renter.reader.text("/pricing")
    renter.office.register()

    assert "Prices include 7% VAT." in renter.reader.text("/pricing")


def test_no_host_of_no_tenant_sells(client, settings):
    operators = Reader(client(settings().operators_host))
    assert operators.get("/pricing").status_code == 404


def test_the_confirmation_says_what_is_paid_and_what_is_left(renter):
    page = renter.reader.text(BASIC)

    assert "To pay now ฿499.00" in page
    assert "In your wallet now ฿10,000.00 In your wallet afterwards ฿9,501.00" in page


@pytest.mark.parametrize("renews", [True, False])
def test_a_plan_is_rented_from_the_wallet(renter, trail, renews):
    typed = {"auto_renew": "yes"} if renews else {}
    answer = renter.reader.send(BASIC, BASIC, **typed)

    assert (answer.status_code, answer.location) == (303, "/contract")
    assert renter.balance() == 950_100
    assert renter.contract().auto_renew is renews
    noted = trail(action="rental.rent")[0]
    assert noted.subject == str(renter.contract().contract_id)


def test_a_year_is_rented_at_once(renter):
    query = {"billing": "YEARLY"}
    renter.reader.send(BASIC, BASIC, query=query)

    assert renter.balance() == 1_000_000 - 499_000
    assert renter.contract().billing == Billing.YEARLY


def test_a_form_that_is_sent_twice_rents_once(renter):
    shown = renter.reader.form(BASIC, BASIC)
    send = renter.reader.browser.post

    first, second = send(BASIC, data=shown), send(BASIC, data=shown)

    assert first.location == second.location == "/contract"
    assert renter.balance() == 950_100


def test_forms_sent_at_once_rent_once(renter):
    shown = renter.reader.form(BASIC, BASIC)
    browser = renter.reader.browser

    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(browser.post, BASIC, data=shown) for _ in range(4)]
    assert {each.result().location for each in sent} == {"/contract"}
    assert renter.balance() == 950_100


def test_nobody_pays_a_price_that_they_did_not_see(renter):
    shown = renter.reader.form(BASIC, BASIC)
    renter.sell("BASIC", price=60_000, now=utc_now())

    answer = renter.reader.browser.post(BASIC, data=shown)

    assert answer.status_code == 409
    assert "฿600.00" in answer.text
    assert renter.contract() is None
    assert renter.balance() == 1_000_000


def test_a_form_without_what_it_showed_pays_nothing(renter):
    assert renter.reader.browser.post(BASIC).status_code == 409
    assert renter.contract() is None


def test_a_short_wallet_is_told_what_is_missing_and_led_to_it(new_renter, merchant):
    short = new_renter(10_000)
    page = short.reader.html(BASIC)
    link = re.search(r'href="(/topups/new[^"]+)"', page).group(1)
    link = link.replace("&amp;", "&")

    assert "Missing ฿399.00" in words_of(page)
    assert 'name="agreed"' not in page
    assert 'value="399.00"' in short.reader.html(link)
    begun = short.reader.send(link, "/topups", amount="399.00", description="")
    assert begun.location.endswith("?next=/pricing/BASIC?billing%3DMONTHLY")


def test_the_top_up_leads_back_once_it_is_paid(new_renter, merchant, client):
    short = new_renter(0)
    typed = {"amount": "499", "description": "", "next": "/contract/renewal"}
    begun = short.reader.browser.post("/topups", data=typed)
    reference = re.search(r'class="mono">(\w+)<', short.reader.html(begun.location))
    body = {"reference_id": reference.group(1), "amount": "499.00"}
    merchant.send(client(), merchant.event(body))

    page = short.reader.html(begun.location)
    assert 'class="button button-primary" href="/contract/renewal"' in page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
def test_no_top_up_leads_elsewhere(new_renter, merchant, elsewhere):
    query = {"amount": "5", "next": elsewhere}
    assert "next" not in new_renter(0).reader.form("/topups/new", "/topups", **query)


def test_a_coupon_shows_what_it_takes_off_and_is_used_up(renter, coupon):
    coupon()
    query = {"coupon": "welcome"}
    page = renter.reader.text(BASIC, **query)
    assert "Coupon WELCOME \N{MINUS SIGN}฿249.50" in page
    assert "To pay now ฿249.50" in page

    renter.reader.send(BASIC, BASIC, query=query)

    assert renter.balance() == 1_000_000 - 24_950


@pytest.mark.parametrize(
    "code", ["NOTHING", "used-up", "\N{THAI CHARACTER KO KAI}" * 40]
)
def test_a_coupon_that_does_not_work_is_told_beside_its_field(renter, coupon, code):
    coupon("USED-UP", plans=["PREMIUM"])
    answer = renter.reader.get(BASIC, coupon=code)

    assert answer.status_code == 422
    assert 'id="error-coupon"' in answer.text
    assert "฿499.00" in answer.text


def test_a_coupon_that_ran_out_meanwhile_pays_nothing(renter, new_renter, coupon):
    coupon()
    shown = renter.reader.form(BASIC, BASIC, coupon="WELCOME")
    new_renter().buy(coupon="WELCOME", now=utc_now())

    answer = renter.reader.browser.post(BASIC, data=shown)

    assert answer.status_code == 422
    assert 'id="error-coupon"' in answer.text
    assert renter.balance() == 1_000_000


def test_a_trial_costs_nothing_and_says_what_comes_after(renter):
    renter.sell("TRY", name_en="Tryout", price=20_000, trial_period="P14D")
    assert "Try Tryout free" in renter.reader.text("/pricing")
    page = renter.reader.text("/pricing/TRY")
    assert "To pay now ฿0.00" in page
    assert "฿200.00 per month" in page

    renter.reader.send("/pricing/TRY", "/pricing/TRY")

    assert renter.contract().trial
    assert renter.balance() == 1_000_000


def test_a_plan_that_is_not_sold_is_not_there(renter):
    assert renter.reader.get("/pricing/GOLD").status_code == 404
    renter.sell("OLD", now=utc_now())
    renter.sell("OLD", offered=False, now=utc_now())
    assert renter.reader.get("/pricing/OLD").status_code == 404
    assert "OLD" not in renter.reader.html("/pricing")


@pytest.mark.parametrize(
    ("plan", "days", "basic", "premium"),
    [
        ("BASIC", 3, "/contract", "/contract/change?plan=PREMIUM"),
        ("PREMIUM", 3, "/contract/change?plan=BASIC", "/contract"),
        ("BASIC", 32, "/contract/renewal?plan=BASIC", "/contract/renewal?plan=PREMIUM"),
        ("BASIC", 40, "/contract/renewal?plan=BASIC", "/pricing/PREMIUM"),
    ],
    ids=["upgrade", "later", "grace", "suspended"],
)
def test_each_plan_has_the_one_deed_that_fits(renter, plan, days, basic, premium):
    renter.buy(plan, renter.ago(days=days))
    links = [url for url, _ in buttons(renter.reader.html("/pricing"))]

    assert links[0].startswith(basic)
    assert links[1].startswith(premium)


def test_who_has_cancelled_is_led_to_take_that_back(renter):
    renter.buy("BASIC", renter.ago(days=3))
    renter.cancel(renter.ago(days=1))

    assert buttons(renter.reader.html("/pricing")) == [
        ("/contract", "Take the cancellation back")
    ]


def test_a_contract_that_has_ended_leaves_every_plan_open(renter):
    renter.buy("BASIC", renter.ago(days=3))
    renter.cancel(renter.ago(days=1), When.NOW)

    words = [word for _, word in buttons(renter.reader.html("/pricing"))]
    assert words == ["Choose Basic", "Choose Premium", "Choose Enterprise"]


def test_who_is_suspended_by_an_admin_can_buy_nothing(renter):
    made = renter.buy("BASIC", renter.ago(days=3))
    act = acts.set_blocked
    key = {"blocked": True, "by": renter.admin, "now": utc_now()}
    renter.office.run(act, made.contract_id, "chargeback", **key)

    page = renter.reader.html("/pricing")
    assert "chargeback" in page
    assert buttons(page) == []
    assert renter.reader.get(BASIC).location == "/contract"


def test_who_has_a_contract_is_led_to_the_change(renter):
    renter.buy("BASIC", renter.ago(days=3))
    there = renter.reader.get("/pricing/PREMIUM").location
    assert there == "/contract/change?plan=PREMIUM&billing=MONTHLY"


def test_a_viewer_sees_plans_and_rents_none(viewer):
    assert buttons(viewer.html("/pricing")) == []
    assert viewer.get(BASIC).status_code == 403
    assert viewer.browser.post(BASIC).status_code == 403


def test_another_tenants_plans_are_not_shown(renter, new_tenant, host_of, client, app):
    renter.sell("SECRET", name_th="ลับ", now=utc_now())
    app.extensions[EXTENSION].hosts.clear()
    other = Reader(client(host_of(new_tenant())))

    assert "SECRET" not in other.html("/pricing")
    assert other.get("/pricing/SECRET").status_code == 303


def test_a_present_contract_is_marked_where_it_is_billed(renter):
    renter.buy("BASIC", renter.ago(days=3), billing=Billing.YEARLY)

    assert "Your plan" in renter.reader.text("/pricing", billing="YEARLY")
    assert "Your plan" not in renter.reader.text("/pricing")


def test_after_the_first_contract_nobody_tries_again(renter):
    renter.sell("TRY", price=20_000, trial_period="P14D")
    renter.buy("BASIC", renter.ago(days=80))
    assert renter.contract().grace_ends_at < utc_now() - DAY

    assert "free" not in renter.reader.text("/pricing")


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"period": "PT20S"}, "Billing every 20 seconds"),
        ({"period": "P1M"}, "Billing monthly"),
    ],
)
def test_billing_is_named_by_the_period_that_the_plan_has(renter, terms, says):
    renter.sell("OFTEN", price=1_000, now=utc_now(), **terms)

    assert says in renter.reader.text("/pricing/OFTEN").replace("\xa0", " ")


def test_a_plan_that_adds_nothing_to_a_cheaper_one_says_so(renter):
    renter.sell("TWIN", price=5_000, now=utc_now(), features={"max_bots": 1})
    renter.sell("TWIN2", price=6_000, now=utc_now(), features={"max_bots": 1})

    page = renter.reader.text("/pricing")
    assert "Everything in Plan." in page
    assert "Everything in Plan, and:" not in page.partition("Choose Basic")[0]
