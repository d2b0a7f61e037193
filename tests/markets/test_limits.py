"""How many imports a user may have under way, and how many series there may be."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.imports import limits, ordering
from abtpro_saas.markets.imports.limits import (
    MOST_OPEN,
    TooManyImportsError,
    TooManySeriesError,
)
from tests.markets.conftest import made
from tests.markets.importing import Desk
from tests.markets.test_reading import csv_of


@pytest.fixture
def desk(engine, tenant, user, tmp_path):
    return Desk(engine, tenant, user(), str(tmp_path / "data"))


def bring(desk, **named):
    return desk.bring(csv_of(made(5)).encode(), **named)


def cancel(desk, import_id):
    with tenant_transaction(desk.engine, desk.tenant_id) as session:
        where = session, desk.tenant_id, desk.user_id
        ordering.cancel_import(*where, import_id, utc_now())


def test_a_user_has_so_many_under_way_and_no_more(desk, user):
    asked = [bring(desk) for _ in range(MOST_OPEN)]

    with pytest.raises(TooManyImportsError):
        bring(desk)
    bring(Desk(desk.engine, desk.tenant_id, user(), desk.root))
    cancel(desk, asked[0])
    bring(desk)


def test_the_limit_holds_for_requests_at_once(desk):
    def attempt(_):
        try:
            return bring(desk)
        except TooManyImportsError:
            return None

    with ThreadPoolExecutor(8) as pool:
        made_ids = [each for each in pool.map(attempt, range(12)) if each]

    assert len(made_ids) == MOST_OPEN


@pytest.fixture
def two_series(monkeypatch):
    monkeypatch.setattr(limits, "MOST_SERIES", 2)


def test_as_many_series_as_are_kept_can_still_be_extended(desk, two_series):
    for exchange in ("one", "two"):
        desk.finish(bring(desk, exchange=exchange))

    with pytest.raises(TooManySeriesError):
        bring(desk, exchange="three")
    assert desk.finish(bring(desk, exchange="two")).status == "COMPLETED"


def test_what_imports_under_way_will_make_counts(desk, two_series):
    first = bring(desk, exchange="one")
    bring(desk, exchange="two")
    bring(desk, exchange="two")

    with pytest.raises(TooManySeriesError):
        bring(desk, exchange="three")
    cancel(desk, first)
    bring(desk, exchange="three")


def test_each_owner_has_their_own_number_and_the_tenant_too(desk, user, two_series):
    for exchange in ("one", "two"):
        bring(desk, exchange=exchange)

    other = Desk(desk.engine, desk.tenant_id, user(), desk.root)
    shared = bring(desk, exchange="three", owner_id=None)
    others = bring(other, exchange="one")

    assert desk.row(shared).owner_id is None
    assert other.row(others).owner_id == other.user_id


def test_two_admins_at_once_do_not_exceed_what_the_tenant_may_have(
    desk, user, two_series
):
    desks = [Desk(desk.engine, desk.tenant_id, user(), desk.root) for _ in range(4)]

    def attempt(number):
        try:
            return bring(desks[number], exchange=f"e{number}", owner_id=None)
        except TooManySeriesError:
            return None

    with ThreadPoolExecutor(4) as pool:
        made_ids = [each for each in pool.map(attempt, range(4)) if each]

    assert len(made_ids) == 2
