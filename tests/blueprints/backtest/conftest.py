"""Traders with keys, candles at their tenant, and runs that are computed here."""

import pytest

from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Kind
from abtpro_saas.backtesting.runs import beginning, ending
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from tests.backtesting import candles_for

RUN = "/api/v1/backtest/run"
RUNS = "/api/v1/backtest/runs"
LEAST = {
    "strategy_name": "SMA_CROSS",
    "symbol": "BTC/USDT",
    "timeframe": "1h",
    "parameters": {"fast": 5, "slow": 20},
}


@pytest.fixture
def root(settings):
    """Where the application keeps candles and results."""
    return settings().backtest_data_path


@pytest.fixture
def candles(engine, tenant, root):
    """Return a function that gives a tenant candles."""

    def make(tenant_id=None, bars=600, **of):
        at = tenant_id or tenant
        walk = {name: of.pop(name) for name in ("symbol", "seed") if name in of}
        with tenant_transaction(engine, at) as session:
            made = candles_for.walk(bars, **walk)
            return candles_for.give(session, at, made, root=root, **of)

    return make


@pytest.fixture
def series(candles):
    return candles()


@pytest.fixture
def trader(client, api_key, series):
    """A client with a trader's key, at a tenant with candles."""
    return client(key=api_key())


@pytest.fixture
def order(trader):
    """Return a function that orders a run and gives the answer's body."""

    def make(by=None, **members):
        answer = (by or trader).post(RUN, json=LEAST | members)
        assert answer.status_code == 202, answer.text
        return answer.json

    return make


@pytest.fixture
def compute_run(engine, tenant, root):
    """Return a function that computes a run, as a worker does."""

    def now(run):
        with tenant_transaction(engine, tenant) as session:
            held = hold_run(session, tenant, run["backtest_id"])
            task = beginning.begin(session, held, root, most=3, now=utc_now())
        reply = compute(task, lambda _percent: None)
        assert reply.kind is Kind.DONE, reply
        told = [reply.values[name] for name in ("metrics", "undefined", "certified")]
        with tenant_transaction(engine, tenant) as session:
            held = hold_run(session, tenant, run["backtest_id"])
            outcome = ending.Outcome(*told)
            ending.complete(session, held, outcome, most=3, now=utc_now())
        return run

    return now


@pytest.fixture
def completed(order, compute_run):
    """Return a function that orders a run and computes it; gives its address."""

    def make(**members):
        return f"{RUNS}/{compute_run(order(**members))['backtest_id']}"

    return make


@pytest.fixture
def strangers(client, api_key, new_tenant, candles, series):
    """Clients that may run backtests, and own none of this tenant's trader's."""
    elsewhere = new_tenant()
    candles(elsewhere)
    return [client(key=api_key()), client(key=api_key(tenant_id=elsewhere))]
