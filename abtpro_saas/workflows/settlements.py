"""The reading of the gateways' daily settlement files."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.billing.messages import ReconcileSettlement
    from abtpro_saas.workflows.activities.settlements import SettlementActivities

from abtpro_saas.workflows.watching import QUEUE_OUTSIDE, QUEUE_WORKFLOWS

AT_ONCE = 8


@workflow.defn
class SettlementReconciliation:
    """Reads every file that is due; a Schedule runs it each hour.

    A file that cannot be read holds up no other; the next hour asks for it again.
    """

    def __init__(self) -> None:
        self._states: dict[str, int] = {}

    @workflow.run
    async def run(self) -> dict[str, int]:
        """Return how many files ended in each state."""
        orders = await workflow.execute_activity_method(
            SettlementActivities.due_settlements,
            workflow.now(),
            task_queue=QUEUE_WORKFLOWS,
            start_to_close_timeout=timedelta(minutes=1),
        )
        for first in range(0, len(orders), AT_ONCE):
            await asyncio.gather(
                *(self._read(order) for order in orders[first : first + AT_ONCE])
            )
            workflow.set_current_details(
                f"{min(first + AT_ONCE, len(orders))} of {len(orders)} files:"
                f" {self._states}"
            )
        return self._states

    async def _read(self, order: ReconcileSettlement) -> None:
        try:
            standing = await workflow.execute_activity_method(
                SettlementActivities.reconcile,
                order,
                task_queue=QUEUE_OUTSIDE,
                start_to_close_timeout=timedelta(minutes=5),
                heartbeat_timeout=timedelta(seconds=15),
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(seconds=10), maximum_attempts=4
                ),
                summary=f"Settlement file of {order.day}",
            )
        except ActivityError:
            state = "UNREAD"
        else:
            state = standing.state
        self._states[state] = self._states.get(state, 0) + 1
