"""A study from its order to its findings, whatever dies on the way."""

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.service import RPCError

from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.robustness.resampled import plan_from
from abtpro_saas.backtesting.studies.ordering import order_monte_carlo
from abtpro_saas.backtesting.tables import Chunk
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from tests.backtesting import studies_for
from tests.workflows.backtests.conftest import (
    LEAST,
    computing,
    kill,
    stop,
)

SPACE = {"fast": {"low": 2, "high": 31}, "slow": {"low": 40, "high": 57}}
GRID = {"method": "grid", "space": SPACE, "trials": 600}
"""540 trials in three chunks."""


@pytest.fixture
def search(engine, tenant):
    """Return a function that orders a search of three chunks."""

    def make(user_id, *, tenant_id=None, asked=GRID):
        at, order = tenant_id or tenant, read_order(LEAST)
        return studies_for.order_search(engine, at, user_id, order, search=asked)

    return make


@pytest.fixture
def walk(engine, tenant):
    """Return a function that orders a walk of three windows."""

    def make(user_id):
        order = read_order(LEAST)
        return studies_for.order_walk(engine, tenant, user_id, order)

    return make


@pytest.fixture
def draw(engine, tenant):
    """Return a function that orders a Monte Carlo of a run."""

    def make(run, **members):
        plan = plan_from({"method": "trade_shuffle", "simulations": 50} | members)
        with tenant_transaction(engine, tenant) as session:
            where = tenant, run.user_id, run.backtest_id
            return order_monte_carlo(session, *where, plan, most=3, now=utc_now())

    return make


@pytest.fixture
def files(home):
    """Return a function that gives the files of a study, by name."""

    def read(study):
        where = location_of(study.tenant_id, study.backtest_id)
        folder = Path(home.backtest_data_path) / where
        return {file.name: file.read_bytes() for file in folder.iterdir()}

    return read


@pytest.fixture
def done_chunks(look):
    """Return a function that waits until so many chunks of a study are done."""

    def wait(study, least):
        end = time.monotonic() + 60
        while (found := look(study)).chunks_done < least:
            assert time.monotonic() < end, found.status
            time.sleep(0.02)
        return found

    return wait


@pytest.fixture
def history(temporal_server, keyring):
    """Return a function that gives the history of a row's process."""

    def read(run):
        async def fetch():
            client = await temporal_server.connect(keyring)
            name = f"backtest:{run.tenant_id}:{run.backtest_id}"
            process = client.get_workflow_handle(name)
            assert await process.result() == "COMPLETED"
            return (await process.fetch_history()).to_json()

        return asyncio.run(fetch())

    return read


def test_each_kind_of_study_is_computed_and_kept(
    serving, trader, search, walk, draw, order, until, look, history
):
    owner = trader()

    def play():
        run = until(order(owner), "COMPLETED")
        studies = search(owner), walk(owner), draw(run)
        ended = [until(each, "COMPLETED", "FAILED") for each in studies]
        history(run)  # its process ends when it was examined
        return ended, look(run).trust, history(ended[0])

    (searched, walked, drawn), examined, told = serving(play)

    assert [each.error for each in (searched, walked, drawn)] == [None] * 3
    assert searched.findings["trials"] == 540
    assert (searched.chunks_done, walked.chunks_done, drawn.chunks_done) == (3, 3, 0)
    assert walked.findings
    assert drawn.findings
    assert "examination" in examined
    kinds = [event["eventType"] for event in json.loads(told)["events"]]
    assert kinds.count("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED") == 2 + 3
    assert len(told) < 30_000


@pytest.fixture
def at(settings, home):
    """Return a function that gives the settings of a worker at another Temporal."""
    return lambda server: settings(
        ABTPRO_HOME=str(home.home),
        TEMPORAL_ADDRESS=server.address,
        BACKTEST_PROCESSES="1",
    )


def test_what_is_killed_costs_a_chunk_and_no_byte(
    worker, at, lonely_temporal, trader, search, until, files, done_chunks
):
    lonely_temporal.start()
    first = worker(at(lonely_temporal))
    undisturbed = until(search(trader()), "COMPLETED")
    study = search(trader())
    done_chunks(study, 1)
    kill(computing(first))
    first.kill()
    first.wait()

    second = worker(at(lonely_temporal))
    while not computing(second):
        time.sleep(0.02)
    kill(computing(second))
    lonely_temporal.kill()
    lonely_temporal.start()

    done = until(study, "COMPLETED")
    assert files(study) == files(undisturbed)
    assert json.dumps(done.findings) == json.dumps(undisturbed.findings)


def test_a_cancelled_study_is_left_and_its_chunks_process_killed(
    worker, trader, order, search, until, settled, cancelled
):
    child, owner = worker(), trader()
    settled(order(owner))
    stopped = stop(child)

    assert cancelled(lambda: search(owner), stopped)

    kill(stopped)
    assert until(order(owner), "COMPLETED").metrics["total_trades"] > 3


@pytest.fixture
def chunks_at(engine):
    """Return a function that tells when the chunks of a study were done, in order."""

    def read(study):
        query = select(Chunk.done_at).order_by(Chunk.done_at)
        where = Chunk.backtest_id == study.backtest_id
        with tenant_transaction(engine, study.tenant_id) as session:
            return session.scalars(query.where(where)).all()

    return read


@pytest.fixture
def in_queue(fair_temporal, keyring):
    """Return a function that waits until a row's process asks for a processor."""

    def wait(run):
        async def watch():
            client = await fair_temporal.connect(keyring)
            name = f"backtest:{run.tenant_id}:{run.backtest_id}"
            while True:
                with suppress(RPCError):  # it is not there yet
                    told = await client.get_workflow_handle(name).describe()
                    if told.raw_description.pending_activities:
                        return
                await asyncio.sleep(0.05)

        asyncio.run(asyncio.wait_for(watch(), 30))

    return wait


def test_a_run_goes_before_the_chunks_that_wait(
    worker,
    at,
    fair_temporal,
    trader,
    order,
    search,
    until,
    settled,
    in_queue,
    chunks_at,
):
    child, owner = worker(at(fair_temporal)), trader()
    settled(order(owner))
    stopped = stop(child)
    study = search(owner)
    until(study, "RUNNING")
    run = order(trader())
    in_queue(run)

    kill(stopped)  # the chunk that was being computed is tried again a second later

    until(study, "COMPLETED")
    # One chunk may have been given out before the run had reached the queue.
    _first, second, _third = chunks_at(study)
    assert until(run, "COMPLETED").completed_at < second


def test_a_study_that_an_operator_cancels_is_a_cancelled_one(
    worker, trader, order, search, until, settled, temporal_server, keyring
):
    child, owner = worker(), trader()
    settled(order(owner))
    stopped = stop(child)
    study = search(owner)
    until(study, "RUNNING")

    async def cancel():
        client = await temporal_server.connect(keyring)
        name = f"backtest:{study.tenant_id}:{study.backtest_id}"
        await client.get_workflow_handle(name).cancel()

    asyncio.run(cancel())

    assert until(study, "CANCELLED").error is None
    kill(stopped)
