"""The life of a rental contract, and what a credited wallet sets off."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from abtpro_saas.billing.messages import WalletCredited
    from abtpro_saas.contracts.messages import (
        ContractLife,
        ContractStanding,
        ReviewContract,
    )
    from abtpro_saas.workflows.activities.contracts import (
        ContractActivities,
        CreditOrder,
    )

from abtpro_saas.workflows.watching import LOOK, QUEUE_WORKFLOWS, Watch

HERE = LOOK | {"task_queue": QUEUE_WORKFLOWS}
"""Nothing outside is asked, so these looks need no place in the queue that waits."""


@workflow.defn
class ContractLifecycle(Watch):
    """Reminds, renews, tells of grace and suspension; each period is a run of its own.

    Access never waits for it: that follows from the row and the clock.
    """

    @workflow.run
    async def run(self, life: ContractLife) -> str:
        """Return the status in which the contract was left."""
        return await self.watch(life, partial(_look, life), life.known)

    def chapter(self, standing: ContractStanding) -> datetime:
        """Return the end of the period, which each renewal moves."""
        return standing.period_end

    def next_order(
        self, order: ContractLife, known: ContractStanding | None
    ) -> ContractLife:
        """Let the next period begin with what is known: each look has its price."""
        return replace(order, known=known)


async def _look(life: ContractLife, at: datetime) -> ContractStanding:
    return await workflow.execute_activity_method(
        ContractActivities.review_contract,
        ReviewContract(life.tenant_id, life.contract_id, at),
        summary="Look at the contract",
        **HERE,
    )


@workflow.defn
class CreditedWallet:
    """Lets every room that waits for a user's money know that some has come."""

    def __init__(self) -> None:
        self._changed = False

    @workflow.signal
    def changed(self) -> None:
        """More has come meanwhile."""
        self._changed = True

    @workflow.run
    async def run(self, credited: WalletCredited) -> bool:
        """Return whether somebody waited for it."""
        waited = False
        while True:
            self._changed = False
            order = CreditOrder(credited.tenant_id, credited.user_id, workflow.now())
            waited |= await workflow.execute_activity_method(
                ContractActivities.wallet_credited,
                order,
                summary="Renew what waited for money",
                **HERE | {"start_to_close_timeout": timedelta(seconds=30)},
            )
            if not self._changed:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return waited
