"""Who may run which strategy: by the level of it, and what a plan holds."""

import pytest

from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.beginning import begin
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.contracts.offers import plans
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from abtpro_saas.money import Satang
from tests import contracts_for
from tests.blueprints.backtest.conftest import LEAST, RUN

ADVANCED = {"strategy_name": "SUPERTREND", "parameters": {}}


@pytest.fixture
def lab(engine, tenant, user):
    """A plan of the tenant's with backtests of basic strategies alone."""
    features = {"basic_strategies": True, "backtesting": True, "api_access": True}
    admin = user(Role.ADMIN)
    new = plans.NewPlan("LAB", "แล็บ", "Lab", Satang(9_900), features)
    with tenant_transaction(engine, tenant) as session:
        return plans.publish(session, tenant, new, by=admin, now=utc_now())


@pytest.fixture
def renter(client, api_key, series, lab):
    """Return a function that gives a client whose trader rents a plan."""
    return lambda plan: client(key=api_key(plan=plan))


@pytest.mark.parametrize(
    ("plan", "strategy", "lacks", "buy"),
    [
        ("LAB", ADVANCED, "advanced_strategies", "ENTERPRISE"),
        ("ENTERPRISE", {}, None, None),
        ("ENTERPRISE", ADVANCED, None, None),
        ("LAB", {}, None, None),
    ],
)
def test_a_strategys_level_is_asked_beside_backtesting(
    renter, plan, strategy, lacks, buy
):
    answer = renter(plan).post(RUN, json=LEAST | strategy)

    if lacks is None:
        assert answer.status_code == 202, answer.text
        return
    assert (answer.status_code, answer.json["code"]) == (402, "feature_needed")
    assert (answer.json["feature"], answer.json["plan"]) == (lacks, buy)
    assert answer.json["buy_at"]


@pytest.fixture
def contract(engine, tenant):
    """Return a function that lets somebody rent a plan."""

    def make(user_id, plan):
        with tenant_transaction(engine, tenant) as session:
            contracts_for.give(session, tenant, user_id, plan)

    return make


@pytest.mark.parametrize("strategy", [{}, ADVANCED])
def test_a_plan_without_backtesting_runs_nothing_from_the_page(
    browser, user, contract, series, strategy
):
    trader = user()
    contract(trader, "PREMIUM")

    answer = browser(trader).post(RUN, json=LEAST | strategy)

    assert (answer.status_code, answer.json["feature"]) == (402, "backtesting")
    assert answer.json["plan"] == "ENTERPRISE"


def test_strategies_say_which_of_them_a_plan_holds(renter):
    shown = renter("LAB").get("/api/v1/backtest/strategies").json["strategies"]

    allowed = {each["name"] for each in shown if each["allowed"]}
    assert {"SMA_CROSS", "RSI_CROSS"} <= allowed
    assert allowed.isdisjoint({"SUPERTREND", "PAIRS", "XS_MOMENTUM"})


def test_a_level_that_was_lost_while_a_run_waited_ends_it(
    client, api_key, user, series, lab, engine, tenant, root
):
    trader = user()
    run = client(key=api_key(trader)).post(RUN, json=LEAST | ADVANCED).json
    with tenant_transaction(engine, tenant) as session:
        find_contract(session, tenant, trader).plan_id = lab.plan_id
        held = hold_run(session, tenant, run["backtest_id"])
        assert begin(session, held, root, most=3, now=utc_now()) is None

    assert (held.status, held.error_code) == ("FAILED", "feature_needed")
    assert "LAB" in held.error or "advanced" in held.error
