"""What every watching process does over a long life: on a real server."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecutionStatus

from abtpro_saas.billing.messages import ReviewTopup, TopupStanding, WatchTopup
from abtpro_saas.temporal import STATE, USER
from abtpro_saas.workflows.payments import PaymentConfirmation
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS

ONCE_IN_A_WHILE = (
    "--dynamic-config-value",
    "limit.historyCount.suggestContinueAsNew=30",
)


class Endless:
    """Finds a top-up pending until it is told that it was paid."""

    def __init__(self):
        self.looks, self.paid = 0, False

    @activity.defn(name="review_topup")
    def review_topup(self, order: ReviewTopup) -> TopupStanding:
        self.looks += 1
        status = "SUCCESS" if self.paid else "PENDING"
        then = None if self.paid else order.at + timedelta(hours=1)
        waits = "" if self.paid else "waiting for the bank"
        return TopupStanding(status, waits, then, "somchai", "siam")


def test_a_long_life_goes_on_in_a_new_history_and_loses_no_signal(
    new_temporal, running, keyring
):
    temporal, rows = new_temporal("--headless", *ONCE_IN_A_WHILE), Endless()
    watch = WatchTopup(str(uuid4()), str(uuid4()))

    async def scenario():
        client = await temporal.connect(keyring)
        async with running(client, [PaymentConfirmation], [rows.review_topup]):
            process = await client.start_workflow(
                PaymentConfirmation.run,
                watch,
                id=watch.process_id,
                task_queue=QUEUE_WORKFLOWS,
            )
            first = process.first_execution_run_id
            latest = client.get_workflow_handle(watch.process_id)
            # One after another, so that something has always changed meanwhile.
            for _ in range(40):
                await latest.signal("changed")
            seen = rows.looks
            await latest.signal("changed")
            await until(lambda: rows.looks > seen)
            rows.paid = True
            await latest.signal("changed")
            state = await asyncio.wait_for(latest.result(), 20)
            return first, state, await latest.describe()

    first, state, last = asyncio.run(scenario())

    assert state == "SUCCESS"
    assert last.run_id != first
    assert last.status is WorkflowExecutionStatus.COMPLETED
    found = last.typed_search_attributes
    assert (found[STATE], found[USER]) == ("SUCCESS", "somchai")


def test_an_operator_reads_each_state_once_and_since_when(
    temporal_server, running, keyring
):
    rows, watch = Endless(), WatchTopup(str(uuid4()), str(uuid4()))

    async def scenario():
        client = await temporal_server.connect(keyring)
        async with running(client, [PaymentConfirmation], [rows.review_topup]):
            process = await client.start_workflow(
                PaymentConfirmation.run,
                watch,
                id=watch.process_id,
                task_queue=QUEUE_WORKFLOWS,
            )
            await until(lambda: rows.looks)
            waiting = await words(process, "PENDING")
            rows.paid = True
            await process.signal("changed")
            await process.result()
            return waiting, await words(process, "SUCCESS")

    waiting, paid = asyncio.run(scenario())

    clock = r"\d\d \w{3} \d\d:\d\d"
    pending = rf"\*\*PENDING\*\* waiting for the bank since {clock}, next look {clock}"
    assert re.fullmatch(rf"{pending} \(Bangkok time\)", waiting)
    assert re.fullmatch(rf"\*\*SUCCESS\*\* since {clock} \(Bangkok time\)", paid)


async def words(process, state):
    """Return what the UI shows as current details, once they tell of ``state``."""
    async with asyncio.timeout(60):
        while True:
            asked = "__temporal_workflow_metadata"
            told = await process.query(asked, result_type=WorkflowMetadata)
            if state in told.current_details:
                return told.current_details
            await asyncio.sleep(0.02)


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - another thread brings it about
            await asyncio.sleep(0.02)
