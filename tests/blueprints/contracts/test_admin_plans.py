"""What admins sell: plans in versions, coupons, and credit that they give."""

from datetime import timedelta
from uuid import uuid4

import pytest

from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.clock import utc_now
from abtpro_saas.identity.roles import Role

GOLD = {
    "code": "GOLD",
    "name": {"th": "ทอง", "en": "Gold"},
    "price": "990.00",
    "yearly_price": 9900,
    "features": {"max_bots": 5, "api_access": True, "backtesting": False},
}
OFF = {"code": "nov-26", "percent_off": 50, "periods": 2, "max_redemptions": 1}


def later(**life):
    return utc_text(utc_now() + timedelta(**life))


@pytest.fixture
def sell(admin):
    """Return a function that publishes a plan and gives the answer's body."""
    return lambda **terms: admin.done(admin.post("/plans", **GOLD | terms), 201)


def test_a_plan_is_on_offer_from_then_on(sell, renter):
    made = sell()

    assert (made["code"], made["version"], made["price"]) == ("GOLD", 1, "990.00")
    assert (made["yearly_price"], made["list_price"]) == ("9900.00", "990.00")
    assert made["names"] == GOLD["name"]
    assert (made["period"], made["grace_period"]) == ("P1M", "P3D")
    assert (made["features"], made["max_bots"]) == (["api_access"], 5)
    shown = renter.done(renter.get("/plans/gold"))["plan"]
    assert shown["id"] == made["id"]
    assert renter.done(renter.post("/contract", plan="GOLD"), 201)["plan"] == "GOLD"


def test_a_new_version_leaves_running_periods_alone(sell, renter):
    sell()
    renter.done(renter.post("/contract", plan="GOLD", auto_renew=True), 201)

    newer = sell(price="1090.00")

    assert newer["version"] == 2
    assert renter.contract()["price"] == "990.00"
    assert renter.contract()["next_charge"]["amount"] == "1090.00"


def test_what_is_sold_no_more_is_listed_for_admins_alone(sell, admin, renter):
    sell()
    sell(offered=False)

    listed = admin.done(admin.get("/plans"))
    by_code = {plan["code"]: plan for plan in listed["plans"]}

    assert listed["count"] == 4
    assert (by_code["GOLD"]["offered"], by_code["GOLD"]["version"]) == (False, 2)
    assert renter.code(renter.get("/plans/GOLD"), 404) == "plan_not_found"
    assert renter.code(renter.post("/contract", plan="GOLD"), 422) == "unknown_plan"


def test_a_trial_costs_nothing_at_first(sell, renter):
    sell(trial_period="P7D")

    tried = renter.done(renter.post("/contract", plan="GOLD"), 201)

    assert (tried["status"], tried["trial"]) == ("TRIAL", True)
    assert renter.held() == 1_000_000


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"code": "gold"}, "invalid", "/code"),
        ({"code": "A" * 33}, "invalid", "/code"),
        ({"name": {"th": "ทอง"}}, "invalid", "/name/en"),
        ({"name": {"th": " ", "en": "Gold"}}, "invalid_plan", "/name/th"),
        ({"price": "-1"}, "invalid", "/price"),
        ({"price": "10000000.01"}, "invalid", "/price"),
        ({"period": "1 month"}, "invalid_duration", "/period"),
        ({"period": "PT0S"}, "invalid_plan", "/period"),
        ({"grace_period": "-P1D"}, "invalid_duration", "/grace_period"),
        ({"trial_period": "P0D"}, "invalid_plan", "/trial_period"),
        ({"features": {"time_travel": True}}, "unknown_feature", "/features"),
        ({"features": {"max_bots": True}}, "unknown_feature", "/features"),
        ({"features": {"api_access": 1}}, "unknown_feature", "/features"),
        ({"version": 7}, "invalid", "/version"),
    ],
)
def test_what_is_no_plan_is_named(admin, change, code, pointer):
    answer = admin.post("/plans", **GOLD | change)

    assert admin.code(answer, 422) == code
    (fault,) = answer.json["errors"]
    assert fault["pointer"].startswith(pointer)
    assert admin.get("/plans").json["count"] == 3


def test_plans_are_the_admins_to_publish_and_the_viewers_to_see(asker):
    viewer = asker(Role.VIEWER, below="/api/v1/admin")
    trader = asker(below="/api/v1/admin")
    narrow = asker(Role.ADMIN, below="/api/v1/admin", scopes=["contracts:read"])

    assert viewer.done(viewer.get("/plans"))["count"] == 3
    assert viewer.code(viewer.post("/plans", **GOLD), 403) == "wrong_role"
    assert trader.code(trader.get("/plans"), 403) == "wrong_role"
    assert narrow.code(narrow.post("/plans", **GOLD), 403) == "missing_scope"


def test_a_plan_is_one_tenants(sell, asker, new_tenant):
    sell()
    elsewhere = asker(Role.ADMIN, below="/api/v1/admin", tenant_id=new_tenant())

    codes = [plan["code"] for plan in elsewhere.done(elsewhere.get("/plans"))["plans"]]

    assert codes == ["BASIC", "PREMIUM", "ENTERPRISE"]


def test_what_is_published_is_written_into_the_trail(sell, trail):
    sell()

    (entry,) = trail(action="plan.publish")
    assert (entry.subject, entry.detail["price"]) == ("GOLD", "990.00")


def test_a_coupon_lowers_the_first_charges(admin, renter):
    made = admin.done(admin.post("/coupons", **OFF), 201)

    rented = renter.done(
        renter.post("/contract", plan="BASIC", coupon="Nov-26", auto_renew=True), 201
    )

    assert (made["code"], made["redeemed"]) == ("NOV-26", 0)
    assert rented["coupon"] == {"code": "NOV-26", "charges_left": 1}
    assert rented["next_charge"]["amount"] == "249.50"
    assert renter.held() == 1_000_000 - 24_950
    assert admin.get("/coupons").json["coupons"][0]["redeemed"] == 1


def test_a_coupon_is_used_so_often_and_no_more(admin, renter, asker):
    admin.done(admin.post("/coupons", **OFF), 201)
    renter.done(renter.post("/contract", plan="BASIC", coupon="NOV-26"), 201)
    second = asker(paid_in=100_000)

    refused = second.post("/contract", plan="BASIC", coupon="NOV-26")

    assert second.code(refused, 422) == "invalid_coupon"
    assert second.held() == 100_000


def test_a_withdrawn_coupon_is_used_no_more(admin, renter):
    made = admin.done(admin.post("/coupons", **OFF), 201)

    gone = admin.done(admin.delete(f"/coupons/{made['id']}"))

    assert gone["withdrawn_at"].endswith("Z")
    refused = renter.post("/contract", plan="BASIC", coupon="NOV-26")
    assert renter.code(refused, 422) == "invalid_coupon"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"code": "-"}, "invalid", "/code"),
        ({"percent_off": 0}, "invalid", "/percent_off"),
        ({"percent_off": 101}, "invalid", "/percent_off"),
        ({"percent_off": None}, "invalid_coupon", "/percent_off"),
        ({"amount_off": "10.00"}, "invalid_coupon", "/percent_off"),
        ({"percent_off": None, "amount_off": 0}, "invalid", "/amount_off"),
        ({"periods": 0}, "invalid", "/periods"),
        ({"max_redemptions": 0}, "invalid", "/max_redemptions"),
        ({"plans": ["gold"]}, "invalid", "/plans/0"),
        ({"redeemed": 1}, "invalid", "/redeemed"),
    ],
)
def test_what_is_no_coupon_is_named(admin, change, code, pointer):
    answer = admin.post("/coupons", **OFF | change)

    assert admin.code(answer, 422) == code
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_a_code_is_one_coupons(admin):
    admin.done(admin.post("/coupons", **OFF), 201)

    assert admin.code(admin.post("/coupons", **OFF), 409) == "coupon_exists"


def test_coupons_are_the_admins_of_one_tenant(admin, asker, new_tenant):
    made = admin.done(admin.post("/coupons", **OFF), 201)
    path = f"/coupons/{made['id']}"
    viewer = asker(Role.VIEWER, below=admin.below)
    elsewhere = asker(Role.ADMIN, below=admin.below, tenant_id=new_tenant())

    assert viewer.done(viewer.get("/coupons"))["count"] == 1
    assert viewer.code(viewer.post("/coupons", **OFF), 403) == "wrong_role"
    assert viewer.code(viewer.delete(path), 403) == "wrong_role"
    assert elsewhere.done(elsewhere.get("/coupons"))["count"] == 0
    assert elsewhere.code(elsewhere.delete(path), 404) == "not_found"


def test_granted_credit_pays_before_the_wallet(admin, renter):
    given = admin.done(
        admin.post(
            "/grants",
            user_id=str(renter.user_id),
            amount="300.00",
            expires_at=later(days=7),
            reason="welcome",
        ),
        201,
    )
    assert (given["amount"], given["remaining"]) == ("300.00", "300.00")

    renter.done(renter.post("/contract", plan="BASIC"), 201)

    assert renter.held() == 1_000_000 - 19_900
    (left,) = admin.get("/grants", user_id=str(renter.user_id)).json["grants"]
    assert (left["id"], left["remaining"]) == (given["id"], "0.00")
    assert renter.get("/invoices").json["invoices"][0]["granted"] == "300.00"


def test_credit_is_given_once_under_one_key(admin, renter):
    body = {
        "user_id": str(renter.user_id),
        "amount": "300.00",
        "expires_at": later(days=7),
        "reason": "welcome",
    }

    first, again = (admin.post("/grants", mark="k1", **body) for _ in "ab")

    assert (first.status_code, again.data) == (201, first.data)
    assert renter.office.granted(utc_now()) == 30_000


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"user_id": str(uuid4())}, 404, "not_found"),
        ({"amount": "0"}, 422, "invalid_amount"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "invalid_grant_expiry"),
        ({"reason": " "}, 422, "reason_needed"),
        ({"reason": ""}, 422, "invalid"),
    ],
)
def test_what_is_no_grant_is_refused(admin, renter, change, status, code):
    body = {
        "user_id": str(renter.user_id),
        "amount": "300.00",
        "expires_at": later(days=7),
        "reason": "welcome",
    }

    assert admin.code(admin.post("/grants", **body | change), status) == code
    assert renter.office.granted(utc_now()) == 0


def test_nobody_gives_credit_to_another_tenants_user(renter, asker, new_tenant):
    elsewhere = asker(Role.ADMIN, below="/api/v1/admin", tenant_id=new_tenant())
    body = {"amount": "1.00", "expires_at": later(days=7), "reason": "hello"}

    refused = elsewhere.post("/grants", user_id=str(renter.user_id), **body)

    assert elsewhere.code(refused, 404) == "not_found"
    shown = elsewhere.get("/grants", user_id=str(renter.user_id))
    assert elsewhere.done(shown)["grants"] == []


def test_credit_is_the_admins_to_give(asker, renter):
    body = {"amount": "1.00", "expires_at": later(days=7), "reason": "hello"}

    for role in (Role.TRADER, Role.VIEWER):
        other = asker(role, below="/api/v1/admin")
        refused = other.post("/grants", user_id=str(renter.user_id), **body)
        assert other.code(refused, 403) == "wrong_role"
