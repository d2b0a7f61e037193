"""A certified result computed again: over the API, on its page, for everybody."""

from uuid import uuid4

import pytest

from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.beginning import begin
from abtpro_saas.backtesting.runs.repeating import judge
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.roles import Role
from tests.blueprints.backtest.conftest import RUNS
from tests.blueprints.operating import new_operator_key

VERIFY = "/api/v1/backtest/verify"


@pytest.fixture
def address(completed):
    return completed(start_date="2023-01-04")


@pytest.fixture
def operator(client, operator_engine, keyring):
    """A client with an operator's key, at the operators' host."""
    return client("ops.localhost", new_operator_key(operator_engine, keyring))


@pytest.fixture
def compute_again(engine, tenant, root):
    """Return a function that computes a rerun, as a worker does."""

    def now(rerun):
        with tenant_transaction(engine, tenant) as session:
            held = hold_run(session, tenant, rerun["backtest_id"])
            task = begin(session, held, root, most=3, now=utc_now())
        parts = compute(task, lambda _percent: None).values["certified"]
        with tenant_transaction(engine, tenant) as session:
            held = hold_run(session, tenant, rerun["backtest_id"])
            judge(session, held, parts, most=3, now=utc_now())

    return now


def test_a_result_is_computed_again_and_says_what_came_out(
    client, trader, address, compute_again
):
    answer = trader.post(f"{address}/rerun")
    assert answer.status_code == 202
    assert (answer.json["status"], answer.json["verdict"]) == ("PENDING", None)
    run = trader.get(address).json
    assert run["rerun"] == answer.json

    compute_again(answer.json)

    run = trader.get(address).json
    assert (run["rerun"]["status"], run["rerun"]["verdict"]) == ("COMPLETED", "MATCHES")
    assert run["trials"] == 1
    told = client().get(f"{VERIFY}/{run['certificate']}").json
    assert told["rerun"]["verdict"] == "MATCHES"
    assert told["computed"] == 1


def test_a_rerun_stands_in_the_queue(trader, address):
    rerun = trader.post(f"{address}/rerun").json

    shown = trader.get(f"{RUNS}?kind=RERUN").json["backtests"]
    assert [each["backtest_id"] for each in shown] == [rerun["backtest_id"]]
    cancelled = trader.post(f"{RUNS}/{rerun['backtest_id']}/cancel")
    assert cancelled.json["status"] == "CANCELLED"


def test_a_certificate_that_nobody_computed_again_says_so(client, trader, completed):
    run = trader.get(completed(start_date="2023-01-05")).json

    assert run["rerun"] is None
    assert client().get(f"{VERIFY}/{run['certificate']}").json["rerun"] is None


def test_only_its_owner_may_ask(strangers, client, api_key, address):
    for stranger in strangers:
        assert stranger.post(f"{address}/rerun").status_code == 404
    viewer = client(key=api_key(role=Role.VIEWER))
    assert viewer.post(f"{address}/rerun").status_code in {402, 403}
    assert client().post(f"{address}/rerun").status_code == 401


def test_what_has_no_result_has_nothing_to_compare(trader, order):
    answer = trader.post(f"{RUNS}/{order()['backtest_id']}/rerun")

    assert (answer.status_code, answer.json["code"]) == (409, "backtest_not_completed")


def test_an_operator_has_a_certificate_computed_again(
    client, trader, address, compute_again, operator
):
    certificate = trader.get(address).json["certificate"]

    answer = operator.post(f"/api/v1/operator/certificates/{certificate}/rerun")

    assert answer.status_code == 202, answer.text
    compute_again(answer.json)
    told = client().get(f"{VERIFY}/{certificate}").json
    assert told["rerun"]["verdict"] == "MATCHES"


def test_an_operator_needs_a_certificate_and_a_trader_is_none(
    client, trader, address, operator
):
    certificate = trader.get(address).json["certificate"]
    path = "/api/v1/operator/certificates"

    assert operator.post(f"{path}/{uuid4().hex * 2}/rerun").status_code == 404
    assert trader.post(f"{path}/{certificate}/rerun").status_code in {401, 403}
    assert client().post(f"{path}/{certificate}/rerun").status_code == 401
