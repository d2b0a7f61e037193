"""Contracts on a server whose clock jumps, with their real rows and services."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from temporalio import activity
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from abtpro_saas.contracts.messages import (
    ContractStanding,
    ReviewContract,
    WatchContract,
)
from abtpro_saas.identity.roles import Role
from abtpro_saas.workflows.activities.contracts import ContractActivities, CreditOrder
from abtpro_saas.workflows.contracts import ContractLifecycle, CreditedWallet
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS
from tests.billing.office import Office
from tests.contracts.renting import Renter


class Killed(ContractActivities):
    """Activities whose worker dies now and then, with its work done or undone."""

    def __init__(self, engine, *deaths):
        super().__init__(engine)
        self.deaths, self.calls = list(deaths), 0

    @activity.defn(name="review_contract")
    def review_contract(self, order: ReviewContract) -> ContractStanding:
        self.calls += 1
        death = self.deaths.pop(0) if self.deaths else None
        if death == "before":
            raise ConnectionError("the worker was killed before its work")
        standing = super().review_contract(order)
        if death == "after":
            raise ConnectionError("the worker was killed before it could say so")
        return standing

    @activity.defn(name="wallet_credited")
    def wallet_credited(self, order: CreditOrder) -> bool:
        return super().wallet_credited(order)


class Life:
    """One contract's process on a server that jumps through time."""

    def __init__(self, env, renter, activities):
        self.env, self.renter, self.activities = env, renter, activities

    async def now(self):
        return await self.env.get_current_time()

    async def wake(self):
        """Start or signal the process, as the relay does for a message."""
        tenant = str(self.renter.office.tenant)
        watch = WatchContract(tenant, str(self.renter.contract().contract_id))
        return await self.env.client.start_workflow(
            ContractLifecycle.run,
            watch,
            id=watch.process_id,
            task_queue=QUEUE_WORKFLOWS,
            start_signal="changed",
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def pass_days(self, days):
        await self.env.sleep(timedelta(days=days))

    async def result(self, process):
        return await asyncio.wait_for(process.result(), 60)


@pytest.fixture
def live(skipping, running, keyring, engine, tenant, user):
    """Return a function that plays a scenario of a contract's life."""

    def play(scenario, *deaths, paid_in=1_000_000):
        office = Office(engine, tenant, user())
        if paid_in:
            office.pay_in(paid_in)
        renter = Renter(office, user(Role.ADMIN))

        @asynccontextmanager
        async def stage():
            activities = Killed(engine, *deaths)
            methods = [activities.review_contract, activities.wallet_credited]
            workflows = [ContractLifecycle, CreditedWallet]
            async with (
                skipping(keyring) as env,
                running(env.client, workflows, methods),
            ):
                yield Life(env, renter, activities)

        async def go():
            async with stage() as life:
                return await scenario(life, renter)

        return asyncio.run(go())

    return play
