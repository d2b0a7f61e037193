"""A run from its order to its result, whatever dies on the way."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from abtpro_saas.backtesting import results
from abtpro_saas.backtesting.messages import RunBacktest
from abtpro_saas.backtesting.result_store import ResultStore, location_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.clock import utc_now
from abtpro_saas.contracts.deals.finding import find_contract
from abtpro_saas.database import tenant_transaction
from abtpro_saas.workflows.backtests import BacktestRun
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS
from tests.workflows.backtests.conftest import computing, is_there, kill, stop


@pytest.fixture
def record(home):
    """Return a function that reads what a run has left in the store."""

    def read(run):
        store = ResultStore(home.backtest_data_path)
        where = location_of(run.tenant_id, run.backtest_id)
        with (
            store.open(where, results.EQUITY) as equity,
            store.open(where, results.TRADES) as trades,
        ):
            return results.decode(equity, trades)

    return read


@pytest.fixture
def files(home):
    """Return a function that gives the files of a run, by name."""

    def read(run):
        where = location_of(run.tenant_id, run.backtest_id)
        folder = Path(home.backtest_data_path) / where
        return {file.name: file.read_bytes() for file in folder.iterdir()}

    return read


def test_a_run_is_computed_and_kept(serving, trader, order, until, record):
    run = order(trader(), commission=0.001)

    done = serving(lambda: until(run, "COMPLETED", "FAILED"))

    assert (done.status, done.progress, done.error) == ("COMPLETED", 100, None)
    kept = record(run)
    assert len(kept.time) == 600
    assert done.metrics["final_capital"] == pytest.approx(kept.equity[-1])
    assert done.metrics["total_trades"] > 3
    assert done.certified["result"] == results.hash_of(kept)
    assert set(done.undefined) == {k for k, v in done.metrics.items() if v is None}


def test_the_same_order_again_has_the_same_bytes_and_certificate(
    serving, trader, order, until, files
):
    runs = [order(trader()), order(trader())]

    first, second = serving(lambda: [until(run, "COMPLETED") for run in runs])

    assert first.certificate == second.certificate
    assert files(first) == files(second)


def test_a_users_queue_is_worked_off(serving, trader, order, until):
    owner = trader()
    runs = [order(owner, most=2) for _ in range(6)]

    done = serving(lambda: [until(run, "COMPLETED") for run in runs])

    assert len({run.certificate for run in done}) == 1


def test_candles_that_are_gone_fail_a_run_in_words(
    serving, trader, order, until, engine, tenant
):
    run = order(trader())
    with tenant_transaction(engine, tenant) as session:
        stored = dict(run.series[0]) | {"series_id": str(run.backtest_id)}
        session.get_one(Backtest, (tenant, run.backtest_id)).series = [stored]

    done = serving(lambda: until(run, "COMPLETED", "FAILED"))

    assert (done.status, done.error_code) == ("FAILED", "series_gone")
    assert done.error == "the candles of this backtest were removed"


def test_a_cancelled_run_is_left_at_once_and_its_process_killed(
    worker, trader, order, until, settled, cancelled
):
    child, owner = worker(), trader()
    settled(order(owner))
    stopped = stop(child)

    assert cancelled(lambda: order(owner), stopped)

    kill(stopped)
    assert until(order(owner), "COMPLETED").metrics["total_trades"] > 3


def test_a_killed_workers_run_is_done_by_the_next(
    worker, trader, order, until, settled, files
):
    owner = trader()
    first = worker()
    undisturbed = settled(order(owner))
    stopped = stop(first)
    run = order(owner)
    until(run, "RUNNING")

    first.kill()
    first.wait()
    kill(stopped)
    worker()

    done = until(run, "COMPLETED")
    assert done.certificate == undisturbed.certificate
    assert files(run) == files(undisturbed)


def test_a_killed_process_is_replaced(worker, trader, order, until, settled):
    owner, child = trader(), worker()
    undisturbed = settled(order(owner))
    stopped = stop(child)
    run = order(owner)
    until(run, "RUNNING")

    kill(stopped)

    assert until(run, "COMPLETED").certificate == undisturbed.certificate
    assert not set(computing(child)) & set(stopped)


def test_the_processes_end_with_their_worker(worker, trader, order, until):
    child = worker()
    until(order(trader()), "COMPLETED")
    processes = computing(child)

    child.kill()
    child.wait()

    gone = time.monotonic() + 30
    while any(map(is_there, processes)):
        assert time.monotonic() < gone
        time.sleep(0.02)


def test_who_lost_the_contract_while_waiting_is_refused(
    serving, trader, order, until, engine, tenant
):
    owner = trader()
    run = order(owner)
    with tenant_transaction(engine, tenant) as session:
        contract = find_contract(session, tenant, owner)
        contract.blocked_at = utc_now()

    done = serving(lambda: until(run, "COMPLETED", "FAILED"))

    assert (done.status, done.error_code) == ("FAILED", "feature_needed")
    assert "renew" in done.error


def test_the_history_holds_neither_candles_nor_results(
    serving, trader, order, until, temporal_server, keyring
):
    run = order(trader())

    async def history():
        client = await temporal_server.connect(keyring)
        order_id = f"{run.tenant_id}:{run.backtest_id}"
        process = client.get_workflow_handle(f"backtest:{order_id}")
        assert await process.result() == "COMPLETED"
        return (await process.fetch_history()).to_json()

    found = serving(lambda: until(run, "COMPLETED") and asyncio.run(history()))

    kinds = [event["eventType"] for event in json.loads(found)["events"]]
    assert kinds.count("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED") == 2
    assert len(found) < 20_000


def test_a_run_whose_process_is_cancelled_before_it_did_anything_is_cancelled(
    serving, trader, order, until, temporal_server, keyring
):
    run = order(trader())
    told = RunBacktest(str(run.tenant_id), str(run.backtest_id))

    async def cancel():
        client = await temporal_server.connect(keyring)
        process = await client.start_workflow(
            BacktestRun.run,
            told,
            id=f"backtest:{run.tenant_id}:{run.backtest_id}",
            task_queue=QUEUE_WORKFLOWS,
        )
        await process.cancel()

    asyncio.run(cancel())

    assert serving(lambda: until(run, "CANCELLED")).error is None
