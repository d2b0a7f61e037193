"""Somebody who may run backtests, candles to run them on, and runs."""

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.runs import admission, ending, finding, ordering
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from tests import contracts_for
from tests.backtesting import candles_for


@pytest.fixture
def open_(engine, tenant):
    """Return a function that opens a transaction of the tenant, or another one."""
    return lambda tenant_id=None: tenant_transaction(engine, tenant_id or tenant)


@pytest.fixture
def trader(open_, user, tenant):
    """Return a function that adds a trader with a contract."""

    def make(plan="ENTERPRISE", tenant_id=None, **values):
        at = tenant_id or tenant
        user_id = user(tenant_id=at)
        if plan is not None:
            with open_(at) as session:
                contracts_for.give(session, at, user_id, plan, **values)
        return user_id

    return make


@pytest.fixture
def owner(trader):
    """A trader who may run backtests."""
    return trader()


@pytest.fixture
def candles(open_, tenant):
    """Return a function that gives the tenant, or one user, a series of candles."""

    def make(bars=600, *, tenant_id=None, symbol="BTC/USDT", timeframe="1h", **of):
        walk = {name: of.pop(name) for name in ("seed", "without") if name in of}
        at = tenant_id or tenant
        made = candles_for.walk(bars, timeframe, symbol=symbol, **walk)
        with open_(at) as session:
            return candles_for.give(session, at, made, timeframe=timeframe, **of)

    return make


@pytest.fixture
def series(candles):
    """600 hours of BTC/USDT, of the tenant's default source."""
    return candles()


LEAST = {"strategy_name": "SMA_CROSS", "symbol": "BTC/USDT", "timeframe": "1h"}


@pytest.fixture
def order(open_, tenant, owner, series):
    """Return a function that orders a run of the owner, or somebody else's."""

    def make(user_id=None, *, most=3, tenant_id=None, **members):
        at = tenant_id or tenant
        asked = LEAST | {"parameters": {"fast": 5, "slow": 20}} | members
        if "symbols" in members:
            del asked["symbol"]
        with open_(at) as session:
            return ordering.order_run(
                session,
                at,
                user_id or owner,
                read_order(asked),
                most=most,
                now=utc_now(),
            )

    return make


@pytest.fixture
def run_of(open_, tenant):
    """Return a function that reads a run as it is now."""

    def read(run):
        with open_(run.tenant_id) as session:
            return session.get_one(Backtest, (run.tenant_id, run.backtest_id))

    return read


@pytest.fixture
def statuses(open_, tenant, owner):
    """Return a function that tells of the owner's runs, oldest first: who has begun."""

    def read(user_id=None):
        with open_() as session:
            runs = finding.list_runs(session, tenant, user_id or owner, limit=500)
        return [
            run.status if run.completed_at or not run.admitted_at else "ADMITTED"
            for run in reversed(runs)
        ]

    return read


OUTCOME = ending.Outcome({"total_return": 1.5}, {"sortino_ratio": "no_loss"}, {"a": 1})


@pytest.fixture
def end(open_):
    """Return a function that ends a run: with a result, or an error."""

    def now(run, how="complete", *, most=3, outcome=OUTCOME):
        with open_(run.tenant_id) as session:
            held = admission.hold_run(session, run.tenant_id, run.backtest_id)
            if how == "complete":
                ending.complete(session, held, outcome, most=most, now=utc_now())
            else:
                code, words = "strategy_failed", "the strategy failed"
                ending.fail(session, held, code, words, most=most, now=utc_now())
            return held

    return now


@pytest.fixture
def cancel(open_, tenant, owner):
    """Return a function that cancels a run as its owner, or as somebody else."""

    def now(run, user_id=None, *, tenant_id=None, most=3):
        at = tenant_id or tenant
        with open_(at) as session:
            return ending.cancel_run(
                session,
                at,
                run.backtest_id,
                user_id or owner,
                most=most,
                now=utc_now(),
            )

    return now


@pytest.fixture
def remove(open_, tenant, owner):
    """Return a function that removes a run as its owner, or as somebody else."""

    def now(run, user_id=None, *, tenant_id=None):
        at = tenant_id or tenant
        with open_(at) as session:
            return ending.remove_run(
                session, at, run.backtest_id, user_id or owner, most=3, now=utc_now()
            )

    return now
