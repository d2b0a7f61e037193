"""Whose run is computed next, and what happens to one whose process is touched."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.outbox import OutboxRow
from abtpro_saas.workflows.activities.sweeps import SweepActivities, SweepOrder
from tests.workflows.backtests.conftest import stop


def test_a_crowd_of_one_tenant_holds_up_nobody_elses_run(
    serving, settings, home, fair_temporal, trader, order, until, new_tenant
):
    fair = settings(
        ABTPRO_HOME=str(home.home),
        TEMPORAL_ADDRESS=fair_temporal.address,
        BACKTEST_PROCESSES="1",
    )
    crowd = [order(owner) for owner in [trader() for _ in range(5)] for _ in range(3)]
    elsewhere = new_tenant()
    single = order(trader(elsewhere), tenant_id=elsewhere)

    done = serving(lambda: [until(r, "COMPLETED") for r in (*crowd, single)], fair)

    begun = sorted(run.started_at for run in done)
    assert begun.index(done[-1].started_at) <= 5


def test_a_process_that_an_operator_cancels_is_a_cancelled_run(
    worker, trader, order, until, settled, temporal_server, keyring
):
    child, owner = worker(), trader()
    settled(order(owner))
    stop(child)
    run = order(owner)
    until(run, "RUNNING")

    async def cancel():
        client = await temporal_server.connect(keyring)
        order_id = f"{run.tenant_id}:{run.backtest_id}"
        await client.get_workflow_handle(f"backtest:{order_id}").cancel()

    asyncio.run(cancel())

    assert until(run, "CANCELLED").error is None


@pytest.fixture
def woken(engine, tenant):
    """Return a function that lets a sweep look, and gives the runs that it wakes."""

    def look(at):
        with tenant_transaction(engine, tenant) as session:
            before = set(session.scalars(select(OutboxRow.outbox_id)))
        SweepActivities(engine).sweep(SweepOrder("backtest", at))
        with tenant_transaction(engine, tenant) as session:
            left = select(OutboxRow).where(OutboxRow.outbox_id.not_in(before))
            return {row.message["backtest_id"] for row in session.scalars(left)}

    return look


def test_a_sweep_wakes_runs_that_nobody_has_heard_of(trader, order, cancel, woken):
    owner = trader()
    lost, ended, waiting = order(owner, most=2), order(owner, most=2), order(owner)
    cancel(ended)
    later = utc_now() + timedelta(minutes=3)

    assert woken(utc_now()) == set()
    assert woken(later) == {str(lost.backtest_id), str(waiting.backtest_id)}


def test_what_waits_for_its_turn_is_not_lost(trader, order, woken):
    owner = trader()
    begun, _waits = order(owner, most=1), order(owner, most=1)

    assert woken(utc_now() + timedelta(hours=1)) == {str(begun.backtest_id)}
