"""The store keeps what is promised, and lets go of the rest, a day after."""

from datetime import timedelta
from pathlib import Path

import pytest

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.clearing import GRACE, PROMISED, Clearing
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.robustness.resampled import plan_from
from abtpro_saas.backtesting.runs.ending import remove_run
from abtpro_saas.backtesting.studies.ordering import order_monte_carlo
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.ids import new_id
from abtpro_saas.markets import service
from abtpro_saas.markets.files import Files
from abtpro_saas.markets.imports.ordering import cancel_import
from abtpro_saas.markets.imports.staging import Staging, upload_path
from tests import contracts_for
from tests.backtesting import candles_for, runs_for, studies_for
from tests.backtesting.studies_for import order_search, order_walk
from tests.markets.funding import conftest as funding
from tests.markets.importing import Desk
from tests.markets.test_reading import csv_of

MOMENT = timedelta(seconds=1)
WANTED = read_order(runs_for.LEAST | {"exchange": "mine"})


@pytest.fixture
def root(tmp_path):
    return str(tmp_path / "data")


@pytest.fixture
def owner(engine, tenant, user):
    user_id = user()
    with tenant_transaction(engine, tenant) as session:
        contracts_for.give(session, tenant, user_id, "ENTERPRISE")
    return user_id


@pytest.fixture
def desk(engine, tenant, owner, root):
    return Desk(engine, tenant, owner, root)


@pytest.fixture
def bring(desk):
    """Return a function that imports so many hours; gives where they stand."""

    def make(bars=600, seed=1):
        raw = csv_of(candles_for.walk(bars, seed=seed)).encode()
        row = desk.finish(desk.bring(raw, timeframe="1h"))
        assert row.status == "COMPLETED", row.error
        return desk.series(exchange="mine", timeframe="1h").location

    return make


@pytest.fixture
def clear(engine, root):
    """Return a function that looks at the store, so long from now."""
    return lambda later=timedelta(0): Clearing(engine, root).clear(utc_now() + later)


@pytest.fixture
def there(root):
    return lambda place: any(Path(root, place).rglob("*.parquet"))


@pytest.fixture
def remove(engine, tenant, owner):
    """Return a function that takes a run or a study from view."""

    def take(run):
        with tenant_transaction(engine, tenant) as session:
            where = session, tenant, run.backtest_id, owner
            return remove_run(*where, most=3, now=utc_now())

    return take


def forget(clear, later=timedelta(0)):
    """Look twice, as long apart as it takes."""
    clear(later)
    return clear(later + GRACE + MOMENT)


def test_what_a_series_has_now_stays(bring, clear, there):
    place = bring()

    assert forget(clear, PROMISED) == 0
    assert there(place)


def test_what_was_replaced_goes_a_day_after_it_was_missed(bring, clear, there):
    old, new = bring(), bring(700)
    assert old != new

    clear()
    assert clear(GRACE - MOMENT) == 0
    assert there(old)  # somebody may be reading it

    assert clear(GRACE + MOMENT) == 1
    assert (there(old), there(new)) == (False, True)


def test_a_history_of_funding_stays_and_goes_as_candles_do(desk, clear, there):
    def bring(count):
        raw = funding.csv_of(funding.made(count)).encode()
        desk.finish(desk.bring(raw, timeframe="funding"))
        kept = desk.series(
            exchange="mine", symbol=funding.PERPETUAL, timeframe="funding"
        )
        return kept.location

    old, new = bring(10), bring(20)

    assert forget(clear, PROMISED) == 1
    assert (there(old), there(new)) == (False, True)


def test_what_is_needed_again_is_not_missed_any_more(
    engine, tenant, bring, clear, desk, there
):
    old, _new = bring(), bring(700)
    clear()
    with tenant_transaction(engine, tenant) as session:
        series = service.list_series(
            session, tenant, desk.user_id, service.SeriesFilter(), limit=1
        )[0]
        series.location = old
    clear(GRACE)

    assert clear(GRACE + MOMENT) == 0
    assert there(old)


def run_of(engine, tenant, owner, root):
    run = runs_for.order(engine, tenant, owner, exchange="mine")
    return runs_for.finish(engine, root, run)


def test_the_candles_of_a_result_stay_as_long_as_promised(
    engine, tenant, owner, root, bring, clear, there
):
    place = bring()
    run_of(engine, tenant, owner, root)
    bring(700, seed=2)

    assert forget(clear) == 0
    assert there(place)
    assert forget(clear, PROMISED + MOMENT) == 1
    assert not there(place)


def test_the_candles_of_a_run_that_waits_stay(
    engine, tenant, owner, bring, clear, there
):
    place = bring()
    runs_for.order(engine, tenant, owner, exchange="mine")
    bring(700, seed=2)

    assert forget(clear, 2 * PROMISED) == 0
    assert there(place)


def test_a_removed_run_promises_nothing_and_leaves_no_result(
    engine, tenant, owner, root, bring, clear, there, remove
):
    place = bring()
    run = run_of(engine, tenant, owner, root)
    bring(700, seed=2)
    remove(run)

    assert forget(clear) == 2
    assert not there(place)
    assert not there(location_of(tenant, run.backtest_id))


@pytest.fixture
def files(root, tenant):
    """Return a function that names the files of a run or a study."""

    def listed(run):
        return Files(root).names(location_of(tenant, run.backtest_id))

    return listed


@pytest.mark.parametrize("kind", [order_search, order_walk])
def test_the_chunks_of_a_removed_study_go_and_those_of_others_stay(
    engine, tenant, owner, root, bring, clear, remove, files, kind
):
    bring()
    gone, kept = (kind(engine, tenant, owner, WANTED) for _ in range(2))
    for study in (gone, kept):
        studies_for.finish(engine, root, study)
    left = files(kept)
    assert left == files(gone) != []

    remove(gone)
    assert clear(GRACE - MOMENT) == 0
    assert files(gone) == left  # somebody may be reading them

    assert clear(GRACE + MOMENT) == 1
    assert (files(gone), files(kept)) == ([], left)


def test_what_a_removed_study_had_done_before_it_was_stopped_goes(
    engine, tenant, owner, root, bring, clear, remove, files
):
    bring()
    study = order_search(engine, tenant, owner, WANTED)
    studies_for.begin(engine, study)
    studies_for.answer(engine, root, study, 0)
    assert files(study) != []

    assert remove(study).status == "CANCELLED"
    assert clear(GRACE + MOMENT) == 1
    assert files(study) == []


def test_a_removed_run_s_result_stays_while_a_study_of_it_is_open(
    engine, tenant, owner, root, bring, clear, remove, files
):
    bring()
    run = run_of(engine, tenant, owner, root)
    plan = plan_from({"method": "trade_bootstrap", "simulations": 20})
    with tenant_transaction(engine, tenant) as session:
        where = session, tenant, owner, run.backtest_id
        study = order_monte_carlo(*where, plan, most=3, now=utc_now())
    remove(run)

    assert clear(GRACE + MOMENT) == 0
    assert files(run) != []

    assert studies_for.finish(engine, root, study).status == "COMPLETED"
    assert clear(GRACE + MOMENT) == 1
    assert files(run) == []


def test_the_candles_of_a_removed_series_go(
    engine, tenant, owner, desk, bring, clear, there
):
    place = bring()
    series = desk.series(exchange="mine", timeframe="1h")
    with tenant_transaction(engine, tenant) as session:
        where = session, tenant, owner, series.series_id
        service.remove_series(*where, is_admin=False)

    assert forget(clear) == 1
    assert not there(place)


def test_files_of_imports_that_never_were_go_and_those_under_way_stay(
    engine, tenant, owner, root, desk, clear
):
    files = Files(root)
    lost = upload_path(tenant, new_id())
    files.write(lost, b"nobody asked")
    ended = desk.bring(b"x", timeframe="1h")
    under_way = desk.bring(b"x", timeframe="1h")
    Staging(files, tenant, under_way).keep(0, [[0.0, 0.0]] * 6)
    with tenant_transaction(engine, tenant) as session:
        cancel_import(session, tenant, owner, ended, utc_now())

    assert clear() == 0  # a request may be about to write its row
    assert clear(GRACE + MOMENT) == 2

    assert files.names(f"uploads/{tenant}") == [str(under_way)]
    assert files.folders(f"staging/{tenant}") == [str(under_way)]


def test_what_a_killed_writer_left_goes(tenant, root, bring, clear):
    place = bring()
    part = Path(root, place, "1h", f"2023.parquet.{new_id().hex}.part")
    part.write_bytes(b"half")

    clear()
    assert part.exists()
    clear(GRACE + MOMENT)
    assert not part.exists()


def test_what_a_killed_worker_was_reading_goes(tenant, root, clear):
    part = Path(root, f"uploads/{tenant}/{new_id()}.{new_id().hex}.part")
    part.mkdir(parents=True)
    (part / "rows.npz").write_bytes(b"half")

    clear()
    assert part.exists()
    clear(GRACE + MOMENT)
    assert not part.exists()


def test_another_installations_files_and_simulated_candles_stay(root, clear):
    files = Files(root)
    foreign = f"candles/{new_id()}/{new_id()}/mark/1h/current.json"
    shared = "simulated/v1/BTC-USDT/1h/current.json"
    for path in (foreign, shared):
        files.write(path, b"{}")

    assert forget(clear, PROMISED) == 0
    assert all(Path(root, path).exists() for path in (foreign, shared))
