"""What an activity tells of itself reaches its next try, however this one ended."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from abtpro_saas.errors import UnavailableError
from abtpro_saas.ids import new_id
from abtpro_saas.workflows.activities.computing import Setback, times
from abtpro_saas.workflows.activities.failures import HouseRules

BEAT_S = 0.4
RETRIES = RetryPolicy(initial_interval=timedelta(milliseconds=10))


@activity.defn
def suffer() -> int:
    """Fail at once, then after beats, then by silence; then tell what is known."""
    count = times(Setback.DEATH)
    if count == 2:
        time.sleep(2 * BEAT_S)
    if count < 3:
        raise UnavailableError("again")
    if count == 3:
        time.sleep(6 * BEAT_S)  # longer than it may
    return count


@workflow.defn
class Sufferer:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(
            suffer,
            start_to_close_timeout=timedelta(seconds=4 * BEAT_S),
            heartbeat_timeout=timedelta(seconds=2 * BEAT_S),
            retry_policy=RETRIES,
        )


def test_what_was_noted_is_known_to_the_next_try(temporal_server, keyring):
    async def scenario():
        client = await temporal_server.connect(keyring)
        queue = f"suffering-{new_id()}"
        with ThreadPoolExecutor(4) as threads:
            async with Worker(
                client,
                task_queue=queue,
                workflows=[Sufferer],
                activities=[suffer],
                activity_executor=threads,
                interceptors=[HouseRules()],
                workflow_runner=UnsandboxedWorkflowRunner(),
            ):
                return await client.execute_workflow(
                    Sufferer.run, id=queue, task_queue=queue
                )

    assert asyncio.run(asyncio.wait_for(scenario(), 60)) == 4
