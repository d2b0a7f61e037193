"""The life of a backtest, from its admission to its end."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.backtesting.messages import (
        BacktestStanding,
        PerformBacktest,
        RunBacktest,
    )
    from abtpro_saas.temporal import STATE
    from abtpro_saas.workflows.activities.backtests import BacktestActivities
    from abtpro_saas.workflows.activities.studies import StudyActivities

from abtpro_saas.workflows.watching import LOOK, QUEUE_CPU, QUEUE_WORKFLOWS

COMPUTE: dict[str, Any] = {
    "task_queue": QUEUE_CPU,
    "start_to_close_timeout": timedelta(hours=6),
    # The worker beats for the activity: a killed worker is noticed in seconds.
    "heartbeat_timeout": timedelta(seconds=6),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}
"""How a run is tried: until it has ended, on whatever worker has a place.

What runs into its time limit again and again is ended by its activity.

Tenants take turns in the queue by the fairness key that the relay gave the process.
"""

EXAMINED = "examined"
"""The change since which a completed run is examined."""
LATER = 4
"""The priority of what nobody waits for: runs come before it."""


@workflow.defn
class BacktestRun:
    """Has the run computed, and sees to it that it ends, whatever dies meanwhile.

    What it computes is in the row and the store, never in this history.
    """

    @workflow.signal
    def changed(self) -> None:
        """Do nothing: who computes the run looks at its row all the time."""

    @workflow.run
    async def run(self, order: RunBacktest) -> str:
        """Return the status in which the run ended."""
        try:
            standing = await self._compute(order)
        except (ActivityError, asyncio.CancelledError) as error:
            if not is_cancelled_exception(error):
                raise
            standing = await self._cancel(order)
        show(standing.status, standing.summary)
        if standing.status == "COMPLETED" and workflow.patched(EXAMINED):
            await self._examine(order)
        return standing.status

    async def _examine(self, order: RunBacktest) -> None:
        """Have it examined, after the runs of others: its result is there already."""
        fairness = workflow.info().priority.fairness_key
        try:
            await workflow.execute_activity_method(
                StudyActivities.examine_backtest,
                PerformBacktest(order.tenant_id, order.backtest_id, workflow.now()),
                summary="Examine how far the result can be trusted",
                priority=Priority(priority_key=LATER, fairness_key=fairness),
                **COMPUTE,
            )
        except ActivityError as error:
            if not is_cancelled_exception(error):
                raise

    async def _compute(self, order: RunBacktest) -> BacktestStanding:
        return await workflow.execute_activity_method(
            BacktestActivities.run_backtest,
            PerformBacktest(order.tenant_id, order.backtest_id, workflow.now()),
            summary="Compute the backtest",
            **COMPUTE,
        )

    async def _cancel(self, order: RunBacktest) -> BacktestStanding:
        """Let the row say what an operator has done to this process."""
        return await workflow.execute_activity_method(
            BacktestActivities.cancel_backtest,
            PerformBacktest(order.tenant_id, order.backtest_id, workflow.now()),
            summary="Cancel the backtest",
            **LOOK | {"task_queue": QUEUE_WORKFLOWS},
        )


def show(status: str, summary: str) -> None:
    """Tell an operator how a run or a study stands."""
    workflow.set_current_details(f"**{status}** {summary}")
    state: list[SearchAttributeUpdate[Any]] = [STATE.value_set(status)]
    workflow.upsert_search_attributes(state)
