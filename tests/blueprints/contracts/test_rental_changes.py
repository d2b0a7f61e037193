"""Another plan over the API: its price to the satang, now or at the period's end."""

from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.deals.buying import Purchase, buy
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.offers.plans import NewPlan, publish
from abtpro_saas.contracts.words import Billing

PRICES = {"BASIC": 49_900, "PREMIUM": 149_900}


@pytest.fixture
def ten_days_in(renter):
    """A trader on BASIC, whose period of 30 days began ten days ago."""
    began = utc_now() - timedelta(days=10)
    for code, price in PRICES.items():
        features = {"max_bots": 1}
        plan = NewPlan(code, code, code, price, features, "P30D", yearly_price=500_000)
        renter.office.run(publish, plan, by=renter.user_id, now=began)
    renter.office.run(buy, renter.user_id, Purchase("BASIC"), began)
    return renter


def amounts(answer):
    return {name: answer[name] for name in ("credit", "charge", "due")}


def test_an_upgrade_is_shown_to_the_satang_before_it_is_paid(ten_days_in):
    before = ten_days_in.held()

    shown = ten_days_in.done(
        ten_days_in.get("/change/preview", plan="PREMIUM", when="now")
    )

    assert amounts(shown) == {"credit": "332.67", "charge": "999.33", "due": "666.66"}
    assert (shown["balance"], shown["balance_after"]) == ("9501.00", "8834.34")
    assert (shown["plan"], shown["price"]) == ("PREMIUM", "1499.00")
    assert ten_days_in.held() == before
    assert ten_days_in.contract()["plan"] == "BASIC"


def test_the_figures_of_a_change_are_shown(ten_days_in):
    shown = ten_days_in.done(
        ten_days_in.get("/change/preview", plan="PREMIUM", when="now")
    )

    part = {"left": "20", "whole": "30", "unit": "days"}
    assert shown["credit_share"] == part | {"price": "499.00"}
    assert shown["charge_share"] == part | {"price": "1499.00"}


def test_a_whole_price_is_no_share(ten_days_in):
    later = {"plan": "PREMIUM", "when": "period_end"}
    yearly = {"plan": "PREMIUM", "when": "now", "billing_period": "YEARLY"}

    shown = ten_days_in.done(ten_days_in.get("/change/preview", **later))
    assert (shown["credit_share"], shown["charge_share"]) == (None, None)
    shown = ten_days_in.done(ten_days_in.get("/change/preview", **yearly))
    assert shown["credit_share"]["left"] == "20"
    assert shown["charge_share"] is None


def test_the_documents_of_a_change_are_shown_each_with_its_vat(ten_days_in):
    ten_days_in.office.register()

    shown = ten_days_in.done(
        ten_days_in.get("/change/preview", plan="PREMIUM", when="now")
    )

    note, invoice = shown["documents"]
    assert (note["kind"], note["plan"], note["amount"]) == (
        "CREDIT_NOTE",
        "BASIC",
        "332.67",
    )
    # The invoice was issued before the tenant was registered, so its note has no VAT.
    assert (note["net"], note["vat"]) == ("332.67", "0.00")
    assert (invoice["kind"], invoice["amount"]) == ("INVOICE", "999.33")
    assert (invoice["net"], invoice["vat"]) == ("933.95", "65.38")
    assert note["to"] == invoice["to"] == shown["ends_at"]


def test_an_upgrade_takes_what_was_shown(ten_days_in):
    shown = ten_days_in.get("/change/preview", plan="PREMIUM", when="now").json

    changed = ten_days_in.done(ten_days_in.post("/change", plan="PREMIUM", when="now"))

    assert (changed["plan"], changed["price"]) == ("PREMIUM", "1499.00")
    assert changed["expiry"] == shown["ends_at"]
    assert ten_days_in.held() == 883_434
    totals = ten_days_in.office.column("SELECT total FROM documents ORDER BY total")
    assert totals == [33_267, 49_900, 99_933]


def test_a_change_under_one_key_is_paid_once(ten_days_in):
    first, again = (
        ten_days_in.post("/change", mark="k1", plan="PREMIUM", when="now") for _ in "ab"
    )

    assert (first.status_code, again.data) == (200, first.data)
    assert ten_days_in.held() == 883_434


def test_at_the_periods_end_nothing_is_paid_now(ten_days_in):
    shown = ten_days_in.done(ten_days_in.get("/change/preview", plan="premium"))
    planned = ten_days_in.done(ten_days_in.post("/change", plan="PREMIUM"))

    assert amounts(shown) == {"credit": "0.00", "charge": "0.00", "due": "0.00"}
    assert (shown["when"], shown["documents"]) == ("period_end", [])
    assert shown["starts_at"] == planned["expiry"]
    assert planned["plan"] == "BASIC"
    assert planned["next_plan"] == {
        "plan": "PREMIUM",
        "billing_period": "MONTHLY",
        "at": planned["expiry"],
    }
    assert ten_days_in.held() == 950_100


def test_the_present_plan_drops_a_planned_change(ten_days_in):
    ten_days_in.post("/change", plan="PREMIUM")

    dropped = ten_days_in.done(ten_days_in.post("/change", plan="BASIC"))

    assert dropped["next_plan"] is None


def test_a_change_to_the_year_is_asked_for_in_any_case(ten_days_in):
    planned = ten_days_in.done(
        ten_days_in.post("/change", plan="BASIC", billing_period="yearly")
    )

    assert planned["next_plan"]["billing_period"] == Billing.YEARLY


def test_a_cheaper_plan_comes_at_the_periods_end(ten_days_in):
    ten_days_in.post("/change", plan="PREMIUM", when="now")

    for refused in (
        ten_days_in.post("/change", plan="BASIC", when="now"),
        ten_days_in.get("/change/preview", plan="BASIC", when="now"),
    ):
        assert ten_days_in.code(refused, 409) == "cheaper_at_period_end"


def test_the_same_plan_is_no_change(ten_days_in):
    refused = ten_days_in.post("/change", plan="BASIC", when="now")

    assert ten_days_in.code(refused, 409) == "same_plan"


def test_what_has_ended_is_renewed_and_not_changed(ten_days_in):
    ten_days_in.post("/cancel", when="now")

    refused = ten_days_in.post("/change", plan="PREMIUM", when="now")

    assert ten_days_in.code(refused, 409) == "not_running"


def test_a_change_that_cannot_be_paid_says_what_is_missing(ten_days_in, asker):
    poor = asker(paid_in=49_900)
    poor.office.run(
        buy, poor.user_id, Purchase("BASIC"), utc_now() - timedelta(days=10)
    )

    shown = poor.done(poor.get("/change/preview", plan="PREMIUM", when="now"))
    refused = poor.post("/change", plan="PREMIUM", when="now")

    assert shown["balance_after"] == "-666.66"
    assert poor.code(refused, 402) == "balance_short"
    assert refused.json["missing"] == "666.66"
    assert poor.contract()["plan"] == "BASIC"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"when": "now"}, "/plan"),
        ({"plan": "PREMIUM", "when": "NOW"}, "/when"),
        ({"plan": "PREMIUM", "when": "yesterday"}, "/when"),
        ({"plan": "PREMIUM", "billing_period": "DAILY"}, "/billing_period"),
        ({"plan": "GOLD"}, "/plan"),
    ],
)
def test_what_is_no_change_is_named(ten_days_in, body, pointer):
    for refused in (
        ten_days_in.post("/change", **body),
        ten_days_in.get("/change/preview", **body),
    ):
        assert refused.status_code == 422
        assert [each["pointer"] for each in refused.json["errors"]] == [pointer]


def test_what_a_refund_gave_back_is_not_given_back_again(ten_days_in, admin):
    (invoice,) = ten_days_in.get("/invoices").json["invoices"]
    order = {"document_id": invoice["id"], "amount": "400.00", "reason": "a bad week"}
    contract = ten_days_in.contract()["id"]
    admin.done(admin.post(f"/contracts/{contract}/refund", **order), 201)

    shown = ten_days_in.get("/change/preview", plan="PREMIUM", when="now")
    changed = ten_days_in.post("/change", plan="PREMIUM", when="now")

    assert ten_days_in.done(shown)["credit"] == "99.00"
    assert ten_days_in.done(changed)["plan"] == "PREMIUM"
    assert ten_days_in.held() == 950_100 + 40_000 + 9_900 - 99_933


def test_without_a_contract_there_is_nothing_to_change(renter):
    for refused in (
        renter.post("/change", plan="PREMIUM"),
        renter.get("/change/preview", plan="PREMIUM"),
    ):
        assert renter.code(refused, 404) == "no_contract"


def test_the_preview_names_what_is_taken_then_and_the_coupon(ten_days_in, user):
    terms = NewCoupon("HALF", percent_off=50, periods=3)
    by = ten_days_in.user_id
    ten_days_in.office.run(make_coupon, terms, by=by, now=utc_now())
    ten_days_in.done(ten_days_in.post("/cancel", when="now"))
    body = {"plan": "BASIC", "coupon": "HALF", "auto_renew": True}
    ten_days_in.done(ten_days_in.post("/contract", **body), 201)
    lowered = {"amount": "749.50", "price": "1499.00", "discount": "749.50"}
    lowered |= {"coupon": "HALF", "plan": "PREMIUM", "billing_period": "MONTHLY"}
    lowered |= {"reason": None}

    for when in ("period_end", "now"):
        wish = {"plan": "PREMIUM", "when": when}
        shown = ten_days_in.done(ten_days_in.get("/change/preview", **wish))

        assert shown["price"] == "1499.00"
        assert (shown["discount"], shown["coupon"]) == ("0.00", None)
        assert shown["next_charge"] == lowered | {"at": shown["next_charge"]["at"]}
        changed = ten_days_in.done(ten_days_in.post("/change", **wish))["next_charge"]
        assert changed == shown["next_charge"]


@pytest.fixture
def near_the_end(renter):
    """A trader, whose month of BASIC ends within a week."""
    began = utc_now() - timedelta(days=27)
    renter.office.run(buy, renter.user_id, Purchase("BASIC"), began)
    return renter


@pytest.mark.parametrize("plan", ["BASIC", "PREMIUM"])
def test_who_renews_ahead_still_sees_the_period_that_runs(near_the_end, plan):
    before = near_the_end.contract()
    assert before["current_period"]["end"] == before["expiry"]

    near_the_end.done(near_the_end.post("/renew", plan=plan))
    after = near_the_end.contract()

    assert after["current_period"] == before["current_period"]
    assert after["period_start"] == before["period_start"]
    assert after["expiry"] > before["expiry"]
    for name in ("plan", "price", "billing_period"):
        assert after[name] == before[name]


def test_where_nothing_runs_there_is_no_current_period(ten_days_in):
    ended = ten_days_in.done(ten_days_in.post("/cancel", when="now"))

    assert ended["current_period"] is None
    assert ended["period_start"] <= ended["expiry"]
