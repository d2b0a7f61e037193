"""A trader in front of the pages of backtests, with candles and runs."""

import pytest

from abtpro_saas.database import tenant_transaction
from tests import contracts_for
from tests.backtesting import candles_for, runs_for


@pytest.fixture
def root(settings):
    return settings().backtest_data_path


@pytest.fixture
def candles(engine, tenant, root):
    """Return a function that gives the tenant a series of candles in the store."""

    def make(bars=600, *, symbol="BTC/USDT", timeframe="1h", **of):
        walk = {name: of.pop(name) for name in ("seed", "without") if name in of}
        made = candles_for.walk(bars, timeframe, symbol=symbol, **walk)
        with tenant_transaction(engine, tenant) as session:
            return candles_for.give(
                session, tenant, made, timeframe=timeframe, root=root, **of
            )

    return make


@pytest.fixture
def series(candles):
    """600 hours of BTC/USDT, simulated."""
    return candles()


@pytest.fixture
def trader(engine, tenant, user):
    """Return a function that adds a trader with a contract, or without one."""

    def make(plan="ENTERPRISE", **values):
        user_id = user(**{"locale": "en"} | values)
        if plan is not None:
            with tenant_transaction(engine, tenant) as session:
                contracts_for.give(session, tenant, user_id, plan)
        return user_id

    return make


@pytest.fixture
def owner(trader):
    return trader()


@pytest.fixture
def shown(browser, owner):
    """The owner's browser."""
    return browser(owner)


@pytest.fixture
def ordered(engine, tenant, owner, series):
    """Return a function that puts a run of the owner in the queue."""
    return lambda **members: runs_for.order(engine, tenant, owner, **members)


@pytest.fixture
def completed(engine, root, ordered):
    """Return a function that gives a run with a result."""
    return lambda **members: runs_for.finish(engine, root, ordered(**members))
