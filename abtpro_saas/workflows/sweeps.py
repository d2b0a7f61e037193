"""A regular look for processes that are missing: what no crash should cause."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.workflows.activities.sweeps import SweepActivities, SweepOrder

from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS


@workflow.defn
class ProcessSweep:
    """Wakes the processes of one kind of row; a Schedule runs it."""

    @workflow.run
    async def run(self, kind: str) -> int:
        """Return how many rows had been missed."""
        return await workflow.execute_activity_method(
            SweepActivities.sweep,
            SweepOrder(kind, workflow.now()),
            task_queue=QUEUE_WORKFLOWS,
            start_to_close_timeout=timedelta(minutes=1),
            schedule_to_close_timeout=timedelta(minutes=4),
        )
