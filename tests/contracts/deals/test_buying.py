from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.contracts.deals.buying import UnknownPlanError
from abtpro_saas.contracts.deals.finding import ContractRunsError
from abtpro_saas.contracts.deals.paying import BalanceShortError
from abtpro_saas.contracts.terms.durations import Duration, after
from abtpro_saas.contracts.words import Billing
from abtpro_saas.errors import DomainError
from tests.conftest import NOON

MONTH_END = after(NOON, Duration(months=1))


def test_a_contract_is_paid_from_the_wallet_and_runs_at_once(renter):
    contract = renter.buy("BASIC")

    assert contract.period_end == MONTH_END
    assert contract.grace_ends_at == MONTH_END + timedelta(days=3)
    assert renter.balance() == 1_000_000 - 49_900
    assert renter.status(NOON) == "ACTIVE"
    assert renter.has("basic_strategies", NOON)
    assert not renter.has("backtesting", NOON)
    assert renter.events() == ["STARTED"]
    assert renter.told() == ["CONTRACT_STARTED"]


@pytest.mark.parametrize(
    ("plan", "price"),
    [("BASIC", 49_900), ("premium", 149_900), ("ENTERPRISE", 499_900)],
)
def test_each_plan_costs_what_is_said(renter, plan, price):
    renter.buy(plan)

    assert renter.balance() == 1_000_000 - price


def test_a_year_is_paid_at_once(new_renter):
    renter = new_renter(499_000)

    contract = renter.buy("BASIC", billing=Billing.YEARLY)

    assert contract.period_end == after(NOON, Duration(months=12))
    assert renter.balance() == 0


def test_too_little_money_buys_nothing_and_says_what_is_missing(new_renter):
    renter = new_renter(49_899)

    with pytest.raises(BalanceShortError) as refusal:
        renter.buy("BASIC")

    assert refusal.value.members["missing"] == "0.01"
    assert renter.contract() is None
    assert renter.balance() == 49_899


def test_a_plan_that_is_not_sold_cannot_be_bought(renter):
    renter.sell("OLD", offered=False)

    for code in ("OLD", "GOLD", ""):
        with pytest.raises(UnknownPlanError):
            renter.buy(code)


def test_one_contract_at_a_time(renter):
    renter.buy("BASIC")

    with pytest.raises(ContractRunsError):
        renter.buy("PREMIUM")
    with pytest.raises(ContractRunsError):
        renter.buy("PREMIUM", now=MONTH_END + timedelta(days=1))  # in grace


def test_clicking_twice_at_once_buys_once(renter):
    def click(_):
        try:
            return renter.buy("BASIC")
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(click, range(4)))

    assert found.count("contract_runs") == 3
    assert renter.balance() == 1_000_000 - 49_900


def test_a_new_contract_takes_the_place_of_a_suspended_one(renter):
    old = renter.buy("BASIC")
    later = old.grace_ends_at + timedelta(hours=1)

    new = renter.buy("PREMIUM", now=later)

    assert new.contract_id != old.contract_id
    assert renter.contract().contract_id == new.contract_id
    assert renter.status(later) == "ACTIVE"
    assert new.period_start == later


def test_a_first_contract_may_begin_with_a_trial(new_renter):
    renter = new_renter()
    renter.sell("TRY", trial_period="P14D", features={"paper_trading": True})

    contract = renter.buy("TRY")

    assert contract.period_end == NOON + timedelta(days=14)
    assert renter.status(NOON) == "TRIAL"
    assert renter.has("paper_trading", NOON)
    assert renter.told() == ["TRIAL_STARTED"]


def test_only_the_first_contract_has_a_trial(renter):
    renter.sell("TRY", trial_period="P14D")
    first = renter.buy("TRY")

    again = renter.buy("TRY", now=first.grace_ends_at)

    assert not again.trial
    assert renter.balance() == 1_000_000 - 10_000


def test_a_trial_that_renews_itself_is_paid_when_it_ends(renter):
    renter.sell("TRY", trial_period="P14D")
    trial = renter.buy("TRY", auto_renew=True)

    renter.review(trial.period_end)

    paid = renter.contract()
    assert renter.status(trial.period_end) == "ACTIVE"
    assert paid.period_end == after(trial.period_end, Duration(months=1))
    assert renter.balance() == 1_000_000 - 10_000


def test_prices_without_vat_are_charged_with_it(new_renter, operator_engine, tenant):
    renter = new_renter(53_393)
    renter.office.register()
    with operator_engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE tenants SET prices_include_vat = false WHERE tenant_id = %s",
            (tenant,),
        )

    renter.buy("BASIC")

    assert renter.balance() == 0


@pytest.mark.parametrize(
    ("period", "says"),
    [
        ("P1M", "Platform rental Plan, 22 Nov 2026 - 21 Dec 2026"),
        ("P2D", "Platform rental Plan, 22 Nov 2026 - 23 Nov 2026"),
        ("P1D", "Platform rental Plan, 22 Nov 2026"),
        (
            "PT1H",
            "Platform rental Plan, 22 Nov 2026 12:00:00 - 22 Nov 2026 13:00:00",
        ),
    ],
)
def test_a_document_names_the_days_that_are_paid_and_no_other(renter, period, says):
    renter.sell("TERM", period=period)
    renter.buy("TERM")

    query = "SELECT lines->0->>'en' FROM documents WHERE tenant_id = :tenant"
    assert renter.ask(query)[0][0].replace("\xa0", " ") == says
