"""A certified run is computed again from the same data, and compared."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import select

from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Kind
from abtpro_saas.backtesting.runs.admission import hold_run
from abtpro_saas.backtesting.runs.counting import counted_trials
from abtpro_saas.backtesting.runs.ending import remove_run
from abtpro_saas.backtesting.runs.finding import (
    NotCompletedError,
    find_certificate,
)
from abtpro_saas.backtesting.runs.repeating import judge
from abtpro_saas.backtesting.runs.rerunning import (
    find_certified_run,
    latest_rerun,
    order_rerun,
    order_rerun_of,
)
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets.tables import Series
from tests import contracts_for
from tests.backtesting import candles_for, runs_for


@pytest.fixture
def owner(engine, tenant, user):
    user_id = user()
    with tenant_transaction(engine, tenant) as session:
        contracts_for.give(session, tenant, user_id, "ENTERPRISE")
    return user_id


@pytest.fixture
def candles(engine, tenant, tmp_path):
    """Return a function that gives the tenant candles, in place of those there were."""

    def make(**walk):
        with tenant_transaction(engine, tenant) as session:
            made = candles_for.walk(**walk)
            return candles_for.give(session, tenant, made, root=tmp_path)

    return make


@pytest.fixture
def certified(engine, tenant, owner, candles, tmp_path):
    """A run of the owner's with a certificate."""
    candles()
    run = runs_for.order(engine, tenant, owner, commission=0.001)
    return runs_for.finish(engine, tmp_path, run)


@pytest.fixture
def again(engine, tenant, certified, owner):
    """Return a function that queues a rerun of the certified run."""

    def ask(by=owner):
        with tenant_transaction(engine, tenant) as session:
            where = session, tenant, certified.backtest_id
            if by is None:
                return order_rerun_of(*where, most=3, now=utc_now())
            return order_rerun(*where, by, most=3, now=utc_now())

    return ask


@pytest.fixture
def computed(engine, tmp_path):
    """Return a function that computes a rerun as a worker does."""

    def end(rerun):
        task = runs_for.start(engine, tmp_path, rerun)
        if task is not None:
            reply = compute(task, lambda _percent: None)
            assert reply.kind is Kind.DONE, reply
            with tenant_transaction(engine, rerun.tenant_id) as session:
                held = hold_run(session, rerun.tenant_id, rerun.backtest_id)
                parts = reply.values["certified"]
                judge(session, held, parts, most=3, now=utc_now())
        return runs_for.found(engine, rerun.tenant_id, rerun.backtest_id)

    return end


def test_the_same_data_give_the_same_certificate(again, computed):
    done = computed(again())

    assert (done.status, done.progress) == ("COMPLETED", 100)
    assert done.findings == {"verdict": "MATCHES", "differs": []}


BROUGHT = {"exchange": "binance", "origins": ["file"]}


def test_what_was_computed_from_a_file_is_certified_so_and_matches(
    engine, tenant, owner, tmp_path, computed
):
    with tenant_transaction(engine, tenant) as session:
        made = candles_for.walk()
        candles_for.give(session, tenant, made, root=tmp_path, **BROUGHT)
    run = runs_for.order(engine, tenant, owner, exchange="binance")
    run = runs_for.finish(engine, tmp_path, run)

    with tenant_transaction(engine, tenant) as session:
        where = session, tenant, run.backtest_id, owner
        rerun = order_rerun(*where, most=3, now=utc_now())

    assert run.certified["exchange"] == "file:binance"
    assert find_certificate(engine, run.certificate).brought
    assert computed(rerun).findings["verdict"] == "MATCHES"


def test_a_certificate_of_before_is_judged_as_it_was_told(
    engine, tenant, certified, again, computed
):
    with tenant_transaction(engine, tenant) as session:
        (series,) = session.scalars(select(Series)).all()
        series.passport = series.passport | {"origins": ["file"]}
        held = hold_run(session, tenant, certified.backtest_id)
        held.series = [
            {name: value for name, value in each.items() if name != "brought"}
            for each in held.series
        ]

    assert computed(again()).findings["verdict"] == "MATCHES"
    assert not find_certificate(engine, certified.certificate).brought


def test_a_rerun_counts_no_trial_and_stores_nothing(
    engine, tenant, owner, certified, again, computed, tmp_path
):
    before = sorted(Path(tmp_path, "results").rglob("*"))

    done = computed(again())

    with tenant_transaction(engine, tenant) as session:
        assert counted_trials(session, certified).count == 1
    assert sorted(Path(tmp_path, "results").rglob("*")) == before
    assert (done.certificate, done.metrics) == (None, None)


def test_candles_of_then_are_read_when_the_series_has_gone_on(
    engine, tenant, certified, again, candles, computed
):
    candles(bars=700, seed=2)

    assert computed(again()).findings["verdict"] == "MATCHES"


def test_candles_that_are_gone_are_said_to_be(
    engine, tenant, certified, again, candles, computed, tmp_path
):
    shutil.rmtree(Path(tmp_path, certified.series[0]["location"]))
    candles(bars=700, seed=2)

    done = computed(again())

    assert (done.status, done.findings["verdict"]) == ("COMPLETED", "DATA_CHANGED")


def test_another_result_is_told_by_the_parts_that_differ(
    engine, tenant, certified, again, computed
):
    with tenant_transaction(engine, tenant) as session:
        held = hold_run(session, tenant, certified.backtest_id)
        held.certified = dict(held.certified) | {"engine_version": "0", "result": "0"}
        held.certificate = token_hex(32)

    done = computed(again())

    assert done.findings["verdict"] == "DIFFERS"
    assert done.findings["differs"] == ["engine_version", "result"]


def test_files_that_were_tampered_with_do_not_match(
    engine, tenant, certified, again, computed, tmp_path
):
    """The fingerprint beside the files is theirs no more: only the result tells."""
    with tenant_transaction(engine, tenant) as session:
        there = session.query(Series).one()
        folder = Path(tmp_path, there.location, "1h")
        made = candles_for.walk(seed=9)
        other = candles_for.give(session, tenant, made, root=tmp_path, exchange="other")
    (fake,) = Path(tmp_path, other.location, "1h").glob("*/2023.parquet")
    (real,) = folder.glob("*/2023.parquet")
    shutil.copy(fake, real)

    assert computed(again()).findings["differs"] == ["result"]


def test_one_rerun_at_a_time(again, computed):
    with ThreadPoolExecutor(4) as pool:
        queued = {run.backtest_id for run in pool.map(lambda _: again(), range(4))}
    assert len(queued) == 1

    first = computed(again())
    assert again().backtest_id != first.backtest_id


def test_a_rerun_takes_one_of_its_users_places(engine, tenant, owner, again):
    for _ in range(3):
        runs_for.order(engine, tenant, owner)

    assert again().admitted_at is None


def test_a_rerun_needs_the_contract_unless_an_operator_asks(
    engine, tenant, owner, again, computed
):
    with tenant_transaction(engine, tenant) as session:
        find_contract(session, tenant, owner).blocked_at = utc_now()

    assert computed(again()).error_code == "feature_needed"
    assert computed(again(by=None)).findings["verdict"] == "MATCHES"


def test_a_rerun_is_of_what_has_a_certificate(engine, tenant, owner, again):
    waiting = runs_for.order(engine, tenant, owner)
    rerun = again()

    for each in (waiting, rerun):
        with (
            tenant_transaction(engine, tenant) as session,
            pytest.raises(NotCompletedError),
        ):
            order_rerun(session, tenant, each.backtest_id, owner, most=3, now=utc_now())


def test_a_strangers_run_cannot_be_computed_again(again, user):
    with pytest.raises(NotFoundError):
        again(by=user())


def test_the_latest_rerun_is_shown_with_run_and_certificate(
    engine, tenant, owner, certified, again, computed
):
    done = computed(again())

    with tenant_transaction(engine, tenant) as session:
        run = session.get_one(Backtest, (tenant, certified.backtest_id))
        assert latest_rerun(session, run).backtest_id == done.backtest_id
    found = find_certificate(engine, certified.certificate)
    assert found.rerun["verdict"] == "MATCHES"
    assert found.rerun_at == done.completed_at


def test_a_certificate_leads_an_operator_to_a_run_that_is_kept(
    engine, tenant, owner, certified
):
    asked = certified.certificate
    assert find_certified_run(engine, asked)[0] == tenant
    with tenant_transaction(engine, tenant) as session:
        remove_run(session, tenant, certified.backtest_id, owner, most=3, now=utc_now())
    assert find_certified_run(engine, asked)
    with pytest.raises(NotFoundError):
        find_certified_run(engine, "f" * 64)
