"""What runs by the clock alone, set up at each worker's start."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from abtpro_saas.temporal import PROCESS, STATE
from abtpro_saas.workflows.activities.sweeps import SHARDS, STORE
from abtpro_saas.workflows.settlements import SettlementReconciliation
from abtpro_saas.workflows.sweeps import ProcessSweep
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS


def schedules() -> dict[str, Schedule]:
    """Return every schedule by its id."""
    return {
        "reconcile:settlements": _schedule(
            ScheduleActionStartWorkflow(
                SettlementReconciliation.run,
                id="reconcile:settlements",
                task_queue=QUEUE_WORKFLOWS,
                typed_search_attributes=_attributes("reconcile"),
                static_summary="Settlement files of all gateways",
            ),
            every=timedelta(hours=1),
            at=timedelta(minutes=17),
            note="Reads the gateways' settlement files that are due.",
        ),
        "reconcile:topups": _schedule(
            ScheduleActionStartWorkflow(
                ProcessSweep.run,
                "topup",
                id="reconcile:topups",
                task_queue=QUEUE_WORKFLOWS,
                typed_search_attributes=_attributes("reconcile"),
                static_summary="Top-ups whose process is missing",
            ),
            every=timedelta(minutes=5),
            at=timedelta(0),
            note="Wakes the processes of top-ups that nobody has looked at in time.",
        ),
        "reconcile:backtests": _schedule(
            ScheduleActionStartWorkflow(
                ProcessSweep.run,
                "backtest",
                id="reconcile:backtests",
                task_queue=QUEUE_WORKFLOWS,
                typed_search_attributes=_attributes("reconcile"),
                static_summary="Backtests whose process is missing",
            ),
            every=timedelta(minutes=5),
            at=timedelta(minutes=1),
            note="Wakes the processes of backtests that nobody has heard of in time.",
        ),
        "clear:store": _schedule(
            ScheduleActionStartWorkflow(
                ProcessSweep.run,
                STORE,
                id="clear:store",
                task_queue=QUEUE_WORKFLOWS,
                typed_search_attributes=_attributes("clear"),
                static_summary="Candles and files that nobody needs any more",
            ),
            every=timedelta(hours=1),
            at=timedelta(minutes=37),
            note="Removes what stands in the store of candles, and is needed no more.",
        ),
        **{
            f"reconcile:contracts:{shard}": _contracts(shard) for shard in range(SHARDS)
        },
    }


def _contracts(shard: int) -> Schedule:
    return _schedule(
        ScheduleActionStartWorkflow(
            ProcessSweep.run,
            f"contract:{shard}",
            id=f"reconcile:contracts:{shard}",
            task_queue=QUEUE_WORKFLOWS,
            typed_search_attributes=_attributes("reconcile"),
            static_summary=f"Contracts whose process is missing, part {shard}",
        ),
        every=timedelta(minutes=15),
        at=timedelta(minutes=shard),
        note="Wakes the processes of contracts that nobody has looked at in time.",
    )


async def set_up(client: Client) -> None:
    """Create what is missing and bring up to date what is there; repeats do no harm."""
    for schedule_id, schedule in schedules().items():
        try:
            await client.create_schedule(schedule_id, schedule)
        except ScheduleAlreadyRunningError:
            handle = client.get_schedule_handle(schedule_id)
            await handle.update(partial(_merged, new=schedule))


def _merged(there: ScheduleUpdateInput, new: Schedule) -> ScheduleUpdate:
    """Take the new plan, but leave paused what an operator has paused."""
    return ScheduleUpdate(replace(new, state=there.description.schedule.state))


def _schedule(
    action: ScheduleActionStartWorkflow, every: timedelta, at: timedelta, note: str
) -> Schedule:
    return Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every, offset=at)]),
        # One run at a time; after an outage, the last missed run alone.
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10)
        ),
        state=ScheduleState(note=note),
    )


def _attributes(process: str) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(PROCESS, process),
        SearchAttributePair(STATE, "RUNNING"),
    ]
    return TypedSearchAttributes(pairs)
