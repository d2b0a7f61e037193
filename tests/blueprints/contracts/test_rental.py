"""A trader's contract over the API: rented, renewed, changed, ended."""

from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.identity.roles import Role


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def test_who_never_rented_has_no_contract(renter):
    found = renter.done(renter.get("/contract"))

    assert found["contract"] is None
    assert "no contract" in found["message"]


def test_a_plan_is_rented_and_paid_from_the_wallet(renter):
    made = renter.done(renter.post("/contract", plan="premium", auto_renew=True), 201)

    assert renter.contract() == made
    assert (made["plan"], made["status"], made["price"]) == (
        "PREMIUM",
        "ACTIVE",
        "1499.00",
    )
    assert made["billing_period"] == "MONTHLY"
    assert made["auto_renew"] is True
    assert made["next_charge"] == {
        "amount": "1499.00",
        "price": "1499.00",
        "discount": "0.00",
        "coupon": None,
        "at": made["expiry"],
        "reason": None,
        "plan": "PREMIUM",
        "billing_period": "MONTHLY",
    }
    assert made["limits"] == {"max_bots": {"limit": 10, "used": 0}}
    assert "telegram_notifications" in made["features"]
    assert made["days_until_expiry"] in {28, 29, 30, 31}
    assert renter.held() == 1_000_000 - 149_900


def test_nothing_is_charged_next_unless_it_renews_itself(renter):
    made = renter.done(renter.post("/contract", plan="BASIC"), 201)

    assert (made["auto_renew"], made["next_charge"]) == (False, None)


@pytest.mark.parametrize("words", ["YEARLY", "yearly", "Yearly"])
def test_a_year_is_rented_in_any_case(renter, words):
    made = renter.done(
        renter.post("/contract", plan="BASIC", billing_period=words), 201
    )

    assert (made["billing_period"], made["price"]) == ("YEARLY", "4990.00")
    assert made["days_until_expiry"] in {365, 366}


def test_without_the_money_nothing_is_rented_and_told_what_is_missing(asker):
    poor = asker(paid_in=40_000)

    answer = poor.post("/contract", plan="BASIC")

    assert poor.code(answer, 402) == "balance_short"
    told = {each: answer.json[each] for each in ("needed", "balance", "missing")}
    assert told == {"needed": "499.00", "balance": "400.00", "missing": "99.00"}
    assert answer.json["top_up_at"] == "/topups/new"
    assert poor.contract() is None


def test_of_two_twins_one_rents(renter):
    first, again = (renter.post("/contract", mark="k1", plan="BASIC") for _ in "ab")

    assert (first.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert renter.held() == 1_000_000 - 49_900


def test_one_has_one_contract(renter):
    renter.done(renter.post("/contract", plan="BASIC"), 201)

    assert renter.code(renter.post("/contract", plan="PREMIUM"), 409) == "contract_runs"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid", "/plan"),
        ({"plan": "GOLD"}, "unknown_plan", "/plan"),
        ({"plan": "BASIC", "billing_period": "DAILY"}, "invalid", "/billing_period"),
        ({"plan": "BASIC", "coupon": "NONE"}, "invalid_coupon", "/coupon"),
        ({"plan": "BASIC", "auto_renew": "yes"}, "invalid", "/auto_renew"),
        ({"plan": "BASIC", "price": "1.00"}, "invalid", "/price"),
        ({"plan": "BASIC", "user_id": 7}, "invalid", "/user_id"),
    ],
)
def test_what_cannot_be_rented_is_named(renter, body, code, pointer):
    answer = renter.post("/contract", **body)

    assert renter.code(answer, 422) == code
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]
    assert renter.held() == 1_000_000


def test_the_last_days_can_be_renewed(renter, rents):
    rents(renter.user_id, "BASIC", ends_in=2)
    before = renter.contract()

    renewed = renter.done(renter.post("/renew"))

    assert renewed["period_start"] == before["expiry"]
    assert instant(renewed["expiry"]) > instant(before["expiry"])
    assert renewed["renewed_at"] is not None
    assert renter.held() == 1_000_000 - 49_900


@pytest.mark.parametrize(
    "body", [{"plan": "premium"}, {"plan_id": "PREMIUM", "payment_method": "PROMPTPAY"}]
)
def test_a_renewal_may_name_another_plan(renter, rents, body):
    rents(renter.user_id, "BASIC", ends_in=2)

    renewed = renter.done(renter.post("/renew", **body))

    # It counts from its own period on.
    assert (renewed["plan"], renewed["next_plan"]["plan"]) == ("BASIC", "PREMIUM")
    assert renewed["next_plan"]["at"] == renewed["period_start"]
    assert renter.held() == 1_000_000 - 149_900


def test_a_renewal_may_be_for_a_year(renter, rents):
    rents(renter.user_id, "BASIC", ends_in=2)

    renewed = renter.done(renter.post("/renew", billing_period="yearly"))

    assert (renewed["billing_period"], renewed["price"]) == ("YEARLY", "4990.00")
    assert renter.held() == 1_000_000 - 499_000


def test_a_fresh_period_is_not_renewed_yet(renter):
    renter.post("/contract", plan="BASIC")

    assert renter.code(renter.post("/renew"), 409) == "renewal_too_early"


def test_a_renewal_names_its_plan_once(renter):
    answer = renter.post("/renew", plan="BASIC", plan_id="BASIC")

    assert [each["pointer"] for each in answer.json["errors"]] == ["/plan_id"]


@pytest.mark.parametrize("path", ["/renew", "/cancel", "/resume"])
def test_without_a_contract_there_is_nothing_to_do(renter, path):
    assert renter.code(renter.post(path), 404) == "no_contract"
    assert renter.code(renter.patch("/contract", auto_renew=True), 404) == "no_contract"


def test_renewing_itself_is_switched_on_and_off(renter):
    renter.post("/contract", plan="BASIC")

    on = renter.done(renter.patch("/contract", auto_renew=True))
    off = renter.done(renter.patch("/contract", auto_renew=False))

    assert (on["auto_renew"], off["auto_renew"]) == (True, False)
    assert (on["next_charge"]["amount"], off["next_charge"]) == ("499.00", None)


def test_a_cancelled_contract_runs_out_and_can_be_resumed(renter):
    made = renter.done(renter.post("/contract", plan="BASIC", auto_renew=True), 201)

    cancelled = renter.done(renter.post("/cancel"))
    assert (cancelled["status"], cancelled["next_charge"]) == ("ACTIVE", None)
    assert cancelled["cancels_at"] == made["expiry"]

    resumed = renter.done(renter.post("/resume"))
    assert (resumed["cancelled_at"], resumed["cancels_at"]) == (None, None)
    assert resumed["next_charge"]["amount"] == "499.00"


def test_a_contract_cancelled_now_is_over_and_a_new_one_may_follow(renter):
    renter.post("/contract", plan="BASIC")

    over = renter.done(renter.post("/cancel", when="now"))
    assert (over["status"], over["is_expired"]) == ("CANCELLED", True)
    assert renter.code(renter.post("/resume"), 409) == "contract_state"

    anew = renter.done(renter.post("/contract", plan="BASIC"), 201)
    assert anew["id"] != over["id"]


def test_who_asks_after_the_end_of_a_period_has_it_renewed(renter, rents):
    rents(renter.user_id, "BASIC", ends_in=-1, auto_renew=True)

    found = renter.contract()

    assert (found["status"], found["is_expired"]) == ("ACTIVE", False)
    assert renter.held() == 1_000_000 - 49_900


def test_the_contract_says_how_it_stands_without_the_money(asker, rents):
    poor = asker()
    rents(poor.user_id, "BASIC", ends_in=-1, auto_renew=True)
    other, later = asker(), asker()
    rents(other.user_id, "BASIC", ends_in=-4)
    rents(later.user_id, "BASIC", ends_in=-4, auto_renew=True)

    grace, over = poor.contract(), other.contract()
    assert later.contract()["next_charge"] == grace["next_charge"]

    assert (grace["status"], over["status"]) == ("GRACE", "SUSPENDED")
    assert grace["is_expired"] is over["is_expired"] is True
    assert (grace["days_until_expiry"], over["days_until_expiry"]) == (0, 0)
    assert grace["next_charge"]["amount"] == "499.00"
    assert grace["next_charge"]["at"] is None
    assert grace["next_charge"]["reason"] == "waits_for_money"
    assert over["next_charge"] is None


def test_what_an_admin_suspended_takes_no_renewal(renter, rents):
    rents(renter.user_id, "BASIC", ends_in=2, blocked_at=utc_now())

    assert renter.contract()["status"] == "SUSPENDED"
    assert renter.code(renter.post("/renew"), 409) == "contract_blocked"


def test_a_viewer_reads_and_does_not_rent(asker):
    viewer = asker(Role.VIEWER)

    assert viewer.contract() is None
    refused = viewer.post("/contract", plan="BASIC")
    assert viewer.code(refused, 403) == "wrong_role"


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/contract"), ("get", "/features"), ("get", "/has-feature/x")],
)
def test_a_key_reads_with_its_scope_alone(asker, method, path):
    narrow = asker(scopes=["wallet:read"])

    refused = getattr(narrow, method)(path)

    assert narrow.code(refused, 403) == "missing_scope"


def test_a_key_rents_with_its_scope_alone(asker):
    reader = asker(scopes=["rental:read"], paid_in=100_000)

    assert reader.code(reader.post("/contract", plan="BASIC"), 403) == "missing_scope"
    assert reader.contract() is None


def test_what_is_rented_is_written_into_the_trail(renter, trail):
    made = renter.done(renter.post("/contract", plan="BASIC"), 201)

    entry = trail(action="rental.rent")[0]
    assert (entry.subject, entry.detail["plan"]) == (made["id"], "BASIC")
    assert entry.actor_id == renter.user_id


def test_everybody_has_a_contract_of_their_own(renter, asker, new_tenant):
    renter.done(renter.post("/contract", plan="BASIC"), 201)

    assert asker().contract() is None
    assert asker(tenant_id=new_tenant()).contract() is None


def test_features_are_what_the_contract_gives_now(renter, rents):
    none = renter.done(renter.get("/features"))
    rents(renter.user_id, "PREMIUM")
    some = renter.done(renter.get("/features"))

    assert none == {"features": [], "limits": {"max_bots": {"limit": 0, "used": 0}}}
    assert "portfolio_aggregation" in some["features"]
    assert "backtesting" not in some["features"]
    assert some["limits"]["max_bots"]["limit"] == 10


@pytest.mark.parametrize(
    ("feature", "has_access", "known"),
    [
        ("telegram_notifications", True, True),
        ("max_bots", True, True),
        ("backtesting", False, True),
        ("time_travel", False, False),
    ],
)
def test_a_feature_is_there_or_not(renter, rents, feature, has_access, known):
    rents(renter.user_id, "PREMIUM")

    found = renter.done(renter.get(f"/has-feature/{feature}"))

    assert found == {"feature": feature, "has_access": has_access, "known": known}


def test_a_suspended_contract_gives_nothing(renter, rents):
    rents(renter.user_id, ends_in=-4)

    assert renter.done(renter.get("/features"))["features"] == []
    found = renter.done(renter.get("/has-feature/backtesting"))
    assert (found["has_access"], found["known"]) == (False, True)


def test_a_period_ends_when_it_says(renter):
    made = renter.done(renter.post("/contract", plan="BASIC"), 201)

    start, end = instant(made["period_start"]), instant(made["expiry"])
    assert timedelta(days=28) <= end - start <= timedelta(days=31)
    assert instant(made["grace_ends_at"]) - end == timedelta(days=3)
    assert made["grace_period_days"] == 3
