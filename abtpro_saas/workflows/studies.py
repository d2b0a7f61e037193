"""The life of a study, from its admission to what it has found."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.backtesting.messages import (
        BacktestStanding,
        PerformBacktest,
        PerformChunk,
        RunBacktest,
        RunMonteCarlo,
        RunOptimisation,
        RunWalkForward,
        StudyStanding,
    )
    from abtpro_saas.workflows.activities.backtests import BacktestActivities
    from abtpro_saas.workflows.activities.studies import StudyActivities

from abtpro_saas.workflows.backtests import COMPUTE, show
from abtpro_saas.workflows.watching import LOOK, QUEUE_WORKFLOWS

GLANCE = LOOK | {"task_queue": QUEUE_WORKFLOWS}

RUNNING = "RUNNING"


class Study:
    """Has the chunks computed that are left, some at once, then what they come to.

    Which those are stands in rows: after any death the next one of these goes on from
    there. Its chunks have the priority of the process, which is below that of runs.
    """

    @workflow.signal
    def changed(self) -> None:
        """Do nothing: who computes a chunk looks at the study's row all the time."""

    async def live(self, order: RunBacktest) -> str:
        """Return the status in which the study ended."""
        try:
            standing = await self._work(order)
        except (ActivityError, asyncio.CancelledError) as error:
            if not is_cancelled_exception(error):
                raise
            standing = await self._cancel(order)
        show(standing.status, standing.summary)
        return standing.status

    async def _work(self, order: RunBacktest) -> BacktestStanding:
        plan = await self._plan(order)
        show(plan.status, plan.summary)
        if await self._compute(order, plan) and plan.more:
            workflow.continue_as_new(order)
        return await workflow.execute_activity_method(
            StudyActivities.conclude_study,
            _perform(order),
            summary="See what the study has found",
            **COMPUTE,
        )

    async def _plan(self, order: RunBacktest) -> StudyStanding:
        return await workflow.execute_activity_method(
            StudyActivities.plan_study,
            _perform(order),
            summary="See what is left of the study",
            **GLANCE,
        )

    async def _compute(self, order: RunBacktest, plan: StudyStanding) -> bool:
        """Have all chunks of a plan computed; False if the study ends meanwhile."""
        left = iter(plan.chunks)
        goes_on = True

        async def lane() -> None:
            nonlocal goes_on
            for number in left:
                if not goes_on:
                    return
                if await self._chunk(order, number) != RUNNING:
                    goes_on = False

        await asyncio.gather(*(lane() for _ in range(plan.at_once)))
        return goes_on

    async def _chunk(self, order: RunBacktest, number: int) -> str:
        return await workflow.execute_activity_method(
            StudyActivities.run_chunk,
            PerformChunk(order.tenant_id, order.backtest_id, number),
            summary=f"Compute chunk {number}",
            **COMPUTE,
        )

    async def _cancel(self, order: RunBacktest) -> BacktestStanding:
        """Let the row say what an operator has done to this process."""
        return await workflow.execute_activity_method(
            BacktestActivities.cancel_backtest,
            _perform(order),
            summary="Cancel the study",
            **GLANCE,
        )


def _perform(order: RunBacktest) -> PerformBacktest:
    return PerformBacktest(order.tenant_id, order.backtest_id, workflow.now())


@workflow.defn
class Optimisation(Study):
    """Tries a strategy's parameters, a chunk of trials at a time."""

    @workflow.run
    async def run(self, order: RunOptimisation) -> str:
        """Return the status in which the search ended."""
        return await self.live(order)


@workflow.defn
class WalkForward(Study):
    """Chooses parameters on past candles and judges them on later ones, by windows."""

    @workflow.run
    async def run(self, order: RunWalkForward) -> str:
        """Return the status in which the walk ended."""
        return await self.live(order)


@workflow.defn
class MonteCarlo(Study):
    """Draws a run anew many times; all at once, so it has no chunks."""

    @workflow.run
    async def run(self, order: RunMonteCarlo) -> str:
        """Return the status in which it ended."""
        return await self.live(order)
