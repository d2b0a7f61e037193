"""The process of an import, over a real Temporal server and real HTTP."""

import asyncio
from datetime import timedelta

import pytest

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.imports import ordering
from abtpro_saas.markets.messages import ImportCandles
from abtpro_saas.markets.simulated.model import START_MS, minutes
from abtpro_saas.workflows.activities.imports import ImportActivities
from abtpro_saas.workflows.imports import MarketImport
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS
from tests.markets.conftest import DAY, MINUTE, rows
from tests.markets.exchange import DAYS, fill, serving
from tests.markets.importing import BEGIN, Desk


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """The exchange simulator with the first ten days of one symbol."""
    root = str(tmp_path_factory.mktemp("exchange"))
    fill(root, "BTC/USDT")
    with serving(root) as running:
        running.sim("clock", now_ms=START_MS + DAYS * DAY)
        yield running


@pytest.fixture
def desk(engine, tenant, user, tmp_path, exchange):
    """A trader whose binance is the exchange simulator."""
    urls = (("binance", exchange.url),)
    return Desk(engine, tenant, user(), str(tmp_path / "data"), urls)


@pytest.fixture
def play(desk, temporal_server, running, settings, exchange):
    """Return a function that runs an import's process to its end."""
    given = settings(
        BACKTEST_DATA_PATH=desk.root, EXCHANGE_URLS=f"binance={exchange.url}"
    )
    activities = [ImportActivities(desk.engine, given).work_on_import]

    async def run(import_id, meanwhile=None):
        order = ImportCandles(*map(str, (desk.tenant_id, import_id, desk.user_id)))
        client = await temporal_server.connect()
        async with running(client, [MarketImport], activities):
            process = await client.start_workflow(
                MarketImport.run,
                order,
                id=order.process_id,
                task_queue=QUEUE_WORKFLOWS,
            )
            if meanwhile is not None:
                await meanwhile(process)
            status = await asyncio.wait_for(process.result(), timeout=60)
            history = await process.fetch_history()
        return status, history

    return lambda *asked: asyncio.run(run(*asked))


def test_an_import_runs_to_its_end_through_faults(desk, play, exchange):
    import_id = desk.ask()
    exchange.sim("faults", kind="html")
    exchange.sim("faults", kind="rate_limited", seconds=2)
    exchange.sim("faults", kind="dropped")

    status, history = play(import_id)

    assert status == "COMPLETED"
    assert exchange.faults["coming"] == []
    assert rows(desk.candles(MINUTE)) == rows(minutes("BTC/USDT", days=2))
    # Of the candles themselves nothing is in the history.
    assert len(history.to_json()) < 60_000


def test_who_cancels_while_an_exchange_is_away_need_not_wait(desk, play, exchange):
    import_id = desk.ask()
    exchange.sim("faults", kind="banned", seconds=600)

    async def cancel(process):
        while desk.row(import_id).faults == 0:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
        with tenant_transaction(desk.engine, desk.tenant_id) as session:
            ordering.cancel_import(
                session, desk.tenant_id, desk.user_id, import_id, utc_now()
            )
        await process.signal("changed")  # as the relay does

    status, _ = play(import_id, cancel)

    assert status == "CANCELLED"
    assert desk.left() == []


def test_what_has_ended_ends_at_once(desk, play):
    import_id = desk.ask(BEGIN, BEGIN + timedelta(days=1))
    desk.finish(import_id)

    assert play(import_id)[0] == "COMPLETED"


def test_a_symbol_that_is_not_there_is_no_reason_to_try_again(desk, play):
    import_id = desk.ask(symbol="DOGE/USDT")

    assert play(import_id)[0] == "FAILED"
    assert "no symbol" in desk.row(import_id).error
