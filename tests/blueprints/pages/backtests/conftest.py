"""A trader in front of the pages of backtests, with candles and runs."""

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.database import tenant_transaction
from tests import contracts_for
from tests.backtesting import candles_for, runs_for, studies_for


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


@pytest.fixture
def examined(engine, root, completed):
    """Return a function that gives a run with a result and its examination."""
    return lambda **of: studies_for.examine(engine, root, completed(**of))


@pytest.fixture
def searched(engine, tenant, owner, root, series):
    """Return a function that gives a search that has come to its end."""

    def make(**search):
        asked = studies_for.GRID | search
        wanted = read_order(runs_for.LEAST)
        study = studies_for.order_search(engine, tenant, owner, wanted, search=asked)
        return studies_for.finish(engine, root, study)

    return make


@pytest.fixture
def walked(engine, tenant, owner, root, series):
    """A walk forward that has come to its end."""
    order = read_order(runs_for.LEAST)
    study = studies_for.order_walk(engine, tenant, owner, order)
    return studies_for.finish(engine, root, study)
