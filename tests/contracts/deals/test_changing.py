from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.contracts.deals.changing import (
    CheaperPlanError,
    NotRunningError,
    SamePlanError,
)
from abtpro_saas.contracts.deals.coming import NotNowError
from abtpro_saas.contracts.deals.paying import BalanceShortError
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.words import Billing, When
from abtpro_saas.errors import DomainError
from tests.conftest import NOON

DAY = timedelta(days=1)
APRIL = datetime(2027, 4, 1, 3, tzinfo=UTC)  # 30 days
MARCH = datetime(2027, 3, 1, 3, tzinfo=UTC)  # 31 days


@pytest.mark.parametrize(
    ("old", "new", "start", "day", "credit", "charge", "due"),
    [
        ("BASIC", "PREMIUM", APRIL, 10, 33_267, 99_933, 66_666),
        ("PREMIUM", "ENTERPRISE", MARCH, 16, 72_532, 241_887, 169_355),
    ],
)
def test_case_52_an_upgrade_costs_the_days_to_come(
    renter, old, new, start, day, credit, charge, due
):
    renter.buy(old, now=start)
    before, at = renter.balance(), start + day * DAY

    planned = renter.preview(new, at)
    contract = renter.change(new, at)

    assert (planned.credit, planned.charge, planned.due) == (credit, charge, due)
    assert renter.balance() == before - due == planned.balance_after
    assert contract.period_end == planned.end
    assert contract.period_start == at


def test_an_upgrade_gives_a_credit_note_that_cites_the_first_invoice(renter):
    renter.buy("BASIC", now=APRIL)
    renter.change("PREMIUM", APRIL + 10 * DAY)

    rows = renter.ask(
        "SELECT kind, total, cites_id IS NOT NULL AS cites FROM documents"
        " WHERE tenant_id = :tenant ORDER BY document_id"
    )

    assert [tuple(row) for row in rows] == [
        ("INVOICE", 49_900, False),
        ("CREDIT_NOTE", 33_267, True),
        ("INVOICE", 99_933, False),
    ]


def test_the_new_plan_s_features_are_there_at_once(renter):
    renter.buy("BASIC")
    renter.change("ENTERPRISE", NOON + DAY)

    assert renter.has("backtesting", NOON + DAY)


def test_a_second_upgrade_counts_the_same_whole_period(renter):
    renter.buy("BASIC", now=APRIL)
    renter.change("PREMIUM", APRIL + 10 * DAY)

    planned = renter.preview("ENTERPRISE", APRIL + 20 * DAY)

    assert planned.credit == 49_967  # half of the ฿999.33 for 20 days
    assert planned.charge == 166_633  # 10 of 30 days of ฿4,999.00


def test_a_cheaper_plan_begins_with_the_next_period(renter):
    contract = renter.buy("PREMIUM", auto_renew=True)
    before = renter.balance()

    with pytest.raises(CheaperPlanError):
        renter.change("BASIC", NOON + DAY)
    renter.change("BASIC", NOON + DAY, When.PERIOD_END)

    assert renter.balance() == before
    assert renter.has("telegram_notifications", contract.period_end - DAY)
    renter.review(contract.period_end)
    assert renter.balance() == before - 49_900
    assert not renter.has("telegram_notifications", contract.period_end)


def test_a_planned_change_is_dropped_by_choosing_the_present_plan(renter):
    contract = renter.buy("PREMIUM", auto_renew=True)
    renter.change("BASIC", NOON + DAY, When.PERIOD_END)
    renter.change("PREMIUM", NOON + DAY, When.PERIOD_END)

    renter.review(contract.period_end)

    assert renter.has("telegram_notifications", contract.period_end)
    assert renter.events()[1:3] == ["CHANGE_PLANNED", "CHANGE_DROPPED"]
    assert renter.told()[1:3] == ["CONTRACT_CHANGE_PLANNED", "CHANGE_DROPPED"]


def test_from_months_to_a_year_a_new_period_begins_now(renter):
    renter.buy("BASIC", now=APRIL)
    at = APRIL + 15 * DAY

    planned = renter.preview("BASIC", at, billing=Billing.YEARLY)
    contract = renter.change("BASIC", at, billing=Billing.YEARLY)

    assert planned.credit == 24_950
    assert planned.charge == 499_000
    assert contract.anchor_at == at
    assert contract.period_end == at.replace(year=at.year + 1)


def test_a_trial_is_followed_by_a_whole_period(renter):
    renter.sell("TRY", trial_period="P14D")
    renter.buy("TRY")

    contract = renter.change("PREMIUM", NOON + 2 * DAY)

    assert contract.period_start == NOON + 2 * DAY
    assert renter.balance() == 1_000_000 - 149_900
    assert renter.status(NOON + 2 * DAY) == "ACTIVE"


def test_a_short_period_is_counted_in_seconds(renter):
    renter.sell("SHORT", period="PT20S", grace_period="PT5S", price=2_000)
    renter.sell("LONG", period="PT20S", grace_period="PT5S", price=10_000)
    renter.buy("SHORT")

    planned = renter.preview("LONG", NOON + timedelta(seconds=15))

    assert (planned.credit, planned.charge) == (500, 2_500)


def test_what_cannot_be_changed_now_says_why(renter):
    contract = renter.buy("BASIC")
    with pytest.raises(SamePlanError):
        renter.change("BASIC", NOON)
    with pytest.raises(NotRunningError):
        renter.change("PREMIUM", contract.period_end)
    renter.renew(contract.period_end - DAY)
    with pytest.raises(NotNowError):
        renter.change("PREMIUM", contract.period_end - DAY)
    renter.cancel(contract.period_end - DAY)
    with pytest.raises(NotRunningError):
        renter.change("PREMIUM", contract.period_end - DAY)


def test_too_little_money_changes_nothing(new_renter):
    renter = new_renter(49_900)
    renter.buy("BASIC", now=APRIL)

    with pytest.raises(BalanceShortError) as refusal:
        renter.change("PREMIUM", APRIL + 10 * DAY)

    assert refusal.value.members["missing"] == "666.66"
    assert renter.balance() == 0
    assert not renter.has("telegram_notifications", APRIL + 10 * DAY)


def test_case_52_changes_at_once_conserve_money(renter):
    renter.buy("PREMIUM", now=APRIL)
    at = APRIL + 10 * DAY

    def click(plan):
        try:
            when = When.PERIOD_END if plan == "BASIC" else When.NOW
            return renter.change(plan, at, when)
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(click, ["ENTERPRISE", "BASIC"] * 3))

    upgrade = 333_267 - 99_933
    assert renter.balance() == 1_000_000 - 149_900 - upgrade


def test_the_last_morning_costs_a_day_and_buys_no_longer_grace(renter):
    renter.sell("LONG", price=499_900, grace_period="P30D")
    contract = renter.buy("BASIC", now=APRIL)
    at = contract.period_end - timedelta(minutes=1)

    planned = renter.preview("LONG", at)
    changed = renter.change("LONG", at)

    assert (planned.credit, planned.charge) == (1_663, 16_663)
    assert changed.grace_ends_at == contract.grace_ends_at


def test_a_trial_changed_now_is_the_coupon_s_first_charge(renter):
    renter.sell("TRY", trial_period="P14D", price=10_000)
    terms = NewCoupon("HALF", percent_off=50)
    renter.office.run(make_coupon, terms, by=renter.admin, now=NOON)
    renter.buy("TRY", coupon="HALF", auto_renew=True)

    contract = renter.change("BASIC", NOON + DAY)

    assert renter.balance() == 1_000_000 - 24_950
    renter.review(contract.period_end)
    assert renter.balance() == 1_000_000 - 24_950 - 49_900


def test_a_planned_change_is_previewed_at_what_will_be_taken(renter):
    half(renter, periods=2)
    renter.buy("BASIC", coupon="HALF", auto_renew=True)
    end = renter.contract().period_end

    planned = renter.preview("PREMIUM", NOON, When.PERIOD_END)

    assert (planned.due, planned.then_at) == (0, end)
    assert (planned.then.full, planned.then.taken) == (149_900, 74_950)
    assert planned.then.coupon.code == "HALF"
    renter.change("PREMIUM", NOON, When.PERIOD_END)
    before = renter.balance()
    renter.review(end)
    assert before - renter.balance() == planned.then.taken


def test_a_change_at_once_neither_is_lowered_nor_uses_a_coupon_up(renter):
    half(renter, periods=2)
    renter.buy("BASIC", now=APRIL, coupon="HALF", auto_renew=True)
    at = APRIL + 10 * DAY
    before = renter.balance()

    planned = renter.preview("PREMIUM", at)

    # 20 of 30 days: of ฿249.50 that was paid, and of ฿1,499.00 in full.
    assert (planned.credit, planned.charge, planned.coupon) == (16_633, 99_933, None)
    changed = renter.change("PREMIUM", at)
    assert before - renter.balance() == planned.due
    assert changed.coupon_left == 1
    renter.review(changed.period_end)
    assert before - renter.balance() == planned.due + planned.then.taken
    assert planned.then.taken == 74_950


@pytest.mark.parametrize(("periods", "then"), [(1, 49_900), (2, 24_950)])
def test_a_trial_s_preview_counts_the_charge_that_it_uses(renter, periods, then):
    renter.sell("TRY", trial_period="P14D", price=10_000)
    half(renter, periods=periods)
    renter.buy("TRY", coupon="HALF", auto_renew=True)

    planned = renter.preview("BASIC", NOON + DAY)

    assert (planned.full_charge, planned.charge) == (49_900, 24_950)
    assert planned.coupon.code == "HALF"
    assert (planned.then_at, planned.then.taken) == (planned.end, then)
    before = renter.balance()
    changed = renter.change("BASIC", NOON + DAY)
    renter.review(changed.period_end)
    assert before - renter.balance() == planned.due + then


def test_a_coupon_of_other_plans_lowers_no_preview(renter):
    half(renter, plans=["BASIC"], periods=2)
    renter.buy("BASIC", coupon="HALF")

    planned = renter.preview("PREMIUM", NOON, When.PERIOD_END)

    assert (planned.then.taken, planned.then.coupon) == (149_900, None)


def half(renter, **terms):
    coupon = NewCoupon("HALF", percent_off=50, **terms)
    renter.office.run(make_coupon, coupon, by=renter.admin, now=NOON)
