"""The life of a backtest, from its admission to its end."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.backtesting.messages import (
        BacktestStanding,
        PerformBacktest,
        RunBacktest,
    )
    from abtpro_saas.temporal import STATE
    from abtpro_saas.workflows.activities.backtests import BacktestActivities

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

Tenants take turns in the queue by the fairness key that the relay gave the process.
"""


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
        except ActivityError as error:
            if not is_cancelled_exception(error):
                raise
            standing = await self._cancel(order)
        show(standing.status, standing.summary)
        return standing.status

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
