"""Studies of an owner over candles in a store of the test's own."""

from functools import partial

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.runs.counting import counted_trials
from tests.backtesting import candles_for, studies_for
from tests.backtesting.conftest import LEAST


@pytest.fixture
def root(tmp_path):
    """Where candles and results lie."""
    return tmp_path


@pytest.fixture
def series(open_, tenant, root):
    """600 hours of BTC/USDT in the store, of the tenant's default source."""
    with open_() as session:
        return candles_for.give(session, tenant, candles_for.walk(), root=root)


@pytest.fixture
def order_of(series):
    """Return a function that reads the order of a study over the series."""
    fixed = LEAST | {"parameters": {"slow": 20}}
    return lambda **members: read_order(fixed | members)


@pytest.fixture
def search(engine, tenant, owner, order_of):
    """Return a function that puts a search in the queue."""

    def put(user_id=None, *, most=3, asked=studies_for.GRID, **members):
        whose = tenant, user_id or owner
        order = order_of(**members)
        return studies_for.order_search(engine, *whose, order, search=asked, most=most)

    return put


@pytest.fixture
def walk(engine, tenant, owner, order_of):
    """Return a function that puts a walk forward in the queue."""

    def put(user_id=None, **members):
        order = order_of()
        whose = tenant, user_id or owner
        return studies_for.order_walk(engine, *whose, order, **members)

    return put


@pytest.fixture
def begin(engine):
    return partial(studies_for.begin, engine)


@pytest.fixture
def answer(engine, root):
    return partial(studies_for.answer, engine, root)


@pytest.fixture
def note(engine):
    return partial(studies_for.note, engine)


@pytest.fixture
def conclude(engine, root):
    return partial(studies_for.conclude, engine, root)


@pytest.fixture
def finish(engine, root):
    return partial(studies_for.finish, engine, root)


@pytest.fixture
def files(root):
    """Return a function that gives the files of a study by name."""

    def read(study):
        folder = root / "results" / str(study.tenant_id) / str(study.backtest_id)
        return {file.name: file.read_bytes() for file in folder.iterdir()}

    return read


@pytest.fixture
def trials(open_, tenant, owner):
    """Return a function that tells how many trials are counted on a study's data."""

    def read(study):
        with open_() as session:
            return counted_trials(session, study).count

    return read
