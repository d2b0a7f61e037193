from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.contracts.claims import LimitReachedError, claim, in_use, release
from abtpro_saas.contracts.entitlements import (
    FeatureNeededError,
    entitlement,
    has_feature,
    require_feature,
)
from abtpro_saas.contracts.life.review import renew_where_due
from abtpro_saas.contracts.office.acts import set_blocked
from abtpro_saas.ids import new_id
from tests.billing.office import Office
from tests.conftest import NOON

HOUR = timedelta(hours=1)


def refusal(renter, feature, now):
    with pytest.raises(FeatureNeededError) as refused:
        renter.office.run(require_feature, renter.user_id, feature, now)
    return refused.value.members


def test_without_a_contract_the_cheapest_plan_that_has_it_is_named(renter):
    assert refusal(renter, "telegram_notifications", NOON) == {
        "feature": "telegram_notifications",
        "plan": "PREMIUM",
        "contract_status": None,
        "buy_at": "/pricing",
    }


def test_a_plan_without_the_feature_names_one_that_has_it(renter):
    renter.buy("BASIC")

    assert refusal(renter, "backtesting", NOON)["plan"] == "ENTERPRISE"


def test_case_54_a_suspended_contract_is_told_to_renew(renter):
    contract = renter.buy("ENTERPRISE")

    found = refusal(renter, "backtesting", contract.grace_ends_at)

    assert (found["plan"], found["buy_at"]) == ("ENTERPRISE", "/contract")
    assert found["contract_status"] == "SUSPENDED"


def test_case_54_no_job_has_to_run_before_access_ends_or_comes_back(renter):
    contract = renter.buy("BASIC")
    end = contract.grace_ends_at

    assert renter.has("basic_strategies", end - timedelta(microseconds=1))
    assert not renter.has("basic_strategies", end)
    renter.renew(end + HOUR)
    assert renter.has("basic_strategies", end + HOUR)


def test_what_an_admin_suspended_gives_nothing_until_lifted(renter):
    contract = renter.buy("BASIC")
    act = {"by": renter.admin, "now": NOON + HOUR}
    why = (contract.contract_id, "fraud check")
    renter.office.run(set_blocked, *why, blocked=True, **act)

    assert not renter.has("basic_strategies", NOON + HOUR)
    renter.office.run(set_blocked, *why, blocked=False, **act)
    assert renter.has("basic_strategies", NOON + HOUR)


def test_a_running_period_keeps_the_features_that_were_sold(renter):
    renter.buy("BASIC")
    renter.sell("BASIC", now=NOON + HOUR, features={"backtesting": True})

    assert not renter.has("backtesting", NOON + HOUR)


def test_another_tenant_has_nothing_of_it(renter, new_tenant, engine):
    renter.buy("BASIC")
    elsewhere = Office(engine, new_tenant(), renter.user_id)

    found = elsewhere.run(has_feature, renter.user_id, "basic_strategies", NOON)

    assert not found


def test_a_request_renews_what_the_processes_have_not(renter, engine):
    contract = renter.buy("BASIC", auto_renew=True)
    late = contract.grace_ends_at + HOUR
    assert renter.office.run(entitlement, renter.user_id, late).may_renew

    with ThreadPoolExecutor(4) as pool:
        args = (engine, renter.office.tenant, renter.user_id, late)
        list(pool.map(lambda _: renew_where_due(*args), range(4)))

    assert renter.has("basic_strategies", late)
    assert renter.balance() == 1_000_000 - 2 * 49_900


def test_a_request_renews_nothing_for_who_did_not_ask_for_it(renter, engine):
    contract = renter.buy("BASIC", auto_renew=False)

    found = renter.office.run(entitlement, renter.user_id, contract.period_end)
    renew_where_due(engine, renter.office.tenant, renter.user_id, contract.period_end)

    assert not found.may_renew
    assert renter.balance() == 1_000_000 - 49_900


def test_fifty_claims_at_once_against_ten_give_exactly_ten(renter):
    renter.buy("PREMIUM")

    def take(_):
        try:
            renter.office.run(claim, renter.user_id, "max_bots", new_id(), NOON)
        except LimitReachedError:
            return False
        return True

    with ThreadPoolExecutor(25) as pool:
        found = list(pool.map(take, range(50)))

    assert sum(found) == 10
    assert renter.office.run(in_use, renter.user_id, "max_bots") == 10


def test_what_is_claimed_already_is_claimed_once(renter):
    renter.buy("BASIC")
    bot = new_id()
    for _ in range(3):
        renter.office.run(claim, renter.user_id, "max_bots", bot, NOON)

    assert renter.office.run(in_use, renter.user_id, "max_bots") == 1


def test_what_is_given_back_can_be_claimed_again(renter):
    renter.buy("BASIC")
    bots = [new_id() for _ in range(3)]
    for bot in bots[:2]:
        renter.office.run(claim, renter.user_id, "max_bots", bot, NOON)
    with pytest.raises(LimitReachedError):
        renter.office.run(claim, renter.user_id, "max_bots", bots[2], NOON)

    renter.office.run(release, renter.user_id, "max_bots", bots[0])

    renter.office.run(claim, renter.user_id, "max_bots", bots[2], NOON)


def test_without_limit_any_number_is_given(renter):
    renter.buy("ENTERPRISE")
    for _ in range(12):
        renter.office.run(claim, renter.user_id, "max_bots", new_id(), NOON)

    assert renter.office.run(in_use, renter.user_id, "max_bots") == 12


def test_without_a_contract_nothing_can_be_claimed(renter):
    with pytest.raises(FeatureNeededError):
        renter.office.run(claim, renter.user_id, "max_bots", new_id(), NOON)
