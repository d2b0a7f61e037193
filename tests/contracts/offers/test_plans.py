from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from abtpro_saas.contracts.offers.plans import (
    NewPlan,
    PlanError,
    PlanNotFoundError,
    newest_plans,
    plan,
    plans,
    publish,
    versions,
)
from abtpro_saas.errors import InvalidError
from tests.conftest import NOON

GOLD = NewPlan("GOLD", "ทอง", "Gold", 99_900, {"max_bots": 5, "backtesting": True})


def codes(renter):
    return [each.code for each in renter.office.run(plans, NOON)]


def test_every_tenant_begins_with_the_platform_s_plans(renter):
    found = renter.office.run(plans, NOON)

    assert [(each.code, each.price) for each in found] == [
        ("BASIC", 49_900),
        ("PREMIUM", 149_900),
        ("ENTERPRISE", 499_900),
    ]
    assert {(each.period, each.grace_period) for each in found} == {("P1M", "P3D")}


def test_asking_first_from_everywhere_makes_them_once(renter):
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(codes, [renter] * 6))

    assert found == [["BASIC", "PREMIUM", "ENTERPRISE"]] * 6


def test_a_tenant_composes_its_own_plans(renter):
    made = renter.office.run(publish, GOLD, by=renter.admin, now=NOON)

    assert codes(renter) == ["BASIC", "GOLD", "PREMIUM", "ENTERPRISE"]
    assert made.version == 1
    assert made.features == {"max_bots": 5, "backtesting": True}


def test_a_change_is_a_new_version(renter):
    renter.sell("BASIC", price=59_900)
    renter.sell("BASIC", price=69_900)

    found = renter.office.run(plan, "basic", NOON)

    assert (found.version, found.price) == (3, 69_900)


def test_versions_published_at_once_are_told_apart(renter):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: renter.sell("GOLD"), range(4)))

    assert renter.office.run(plan, "GOLD", NOON).version == 4


def test_a_plan_is_found_by_its_id_too(renter):
    found = renter.office.run(plan, "PREMIUM", NOON)

    assert renter.office.run(plan, str(found.plan_id), NOON).code == "PREMIUM"


def test_what_is_not_offered_is_found_by_who_rents_it(renter):
    renter.sell("BASIC", offered=False)

    assert codes(renter) == ["PREMIUM", "ENTERPRISE"]
    assert len(renter.office.run(newest_plans, NOON)) == 3
    with pytest.raises(PlanNotFoundError):
        renter.office.run(plan, "BASIC", NOON)
    assert renter.office.run(plan, "BASIC", NOON, withdrawn=True).code == "BASIC"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"period": "PT0S"}, "period"),
        ({"period": "month"}, "period"),
        ({"grace_period": "3"}, "grace_period"),
        ({"trial_period": "PT0S"}, "trial_period"),
        ({"name_th": " "}, "name.th"),
        ({"name_en": "x" * 61}, "name.en"),
        ({"features": {"flying": True}}, "features.flying"),
        ({"code": "gold-1"}, "code"),
        ({"price": 1_000_000_001}, "price"),
        ({"yearly_price": -1}, "yearly_price"),
    ],
)
def test_what_cannot_be_sold_is_refused_by_its_field(renter, change, field):
    with pytest.raises(InvalidError) as refusal:
        renter.office.run(publish, replace(GOLD, **change), by=renter.admin, now=NOON)

    assert refusal.value.field == field


def test_every_version_of_a_plan_is_kept_newest_first(renter):
    renter.office.run(newest_plans, NOON)
    renter.sell("BASIC", price=60_000)

    found = renter.office.run(versions, "BASIC")
    assert [(plan.version, plan.price) for plan in found] == [(2, 60_000), (1, 49_900)]
    assert renter.office.run(versions, "NONE") == []


def test_a_plan_without_a_yearly_price_is_not_sold_by_the_year(renter):
    renter.sell("GOLD")

    with pytest.raises(PlanError):
        renter.buy("GOLD", billing="YEARLY")
