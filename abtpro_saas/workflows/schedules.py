"""What runs by the clock alone, set up at each worker's start."""

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Timed:
    """When something runs, after how much of each interval, and what is told of it."""

    schedule_id: str
    every: timedelta
    at: timedelta
    summary: str
    note: str
    sweep: str | None = None
    """What a sweep looks for; of what is none, nothing."""


def _contracts(shard: int) -> Timed:
    return Timed(
        f"reconcile:contracts:{shard}",
        every=timedelta(minutes=15),
        at=timedelta(minutes=shard),
        summary=f"Contracts whose process is missing, part {shard}",
        note="Wakes the processes of contracts that nobody has looked at in time.",
        sweep=f"contract:{shard}",
    )


TIMED = (
    Timed(
        "reconcile:settlements",
        every=timedelta(hours=1),
        at=timedelta(minutes=17),
        summary="Settlement files of all gateways",
        note="Reads the gateways' settlement files that are due.",
    ),
    Timed(
        "reconcile:topups",
        every=timedelta(minutes=5),
        at=timedelta(0),
        summary="Top-ups whose process is missing",
        note="Wakes the processes of top-ups that nobody has looked at in time.",
        sweep="topup",
    ),
    Timed(
        "reconcile:backtests",
        every=timedelta(minutes=5),
        at=timedelta(minutes=1),
        summary="Backtests whose process is missing",
        note="Wakes the processes of backtests that nobody has heard of in time.",
        sweep="backtest",
    ),
    Timed(
        "clear:store",
        every=timedelta(hours=1),
        at=timedelta(minutes=37),
        summary="Candles and files that nobody needs any more",
        note="Removes what stands in the store of candles, and is needed no more.",
        sweep=STORE,
    ),
    *map(_contracts, range(SHARDS)),
)


def schedules() -> dict[str, Schedule]:
    """Return every schedule by its id."""
    return {each.schedule_id: _schedule(each) for each in TIMED}


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


def _schedule(timed: Timed) -> Schedule:
    return Schedule(
        action=_action(timed),
        spec=ScheduleSpec(
            intervals=[ScheduleIntervalSpec(every=timed.every, offset=timed.at)]
        ),
        # One run at a time; after an outage, the last missed run alone.
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10)
        ),
        state=ScheduleState(note=timed.note),
    )


def _action(timed: Timed) -> ScheduleActionStartWorkflow:
    sweeps = timed.sweep is not None
    return ScheduleActionStartWorkflow(
        ProcessSweep.run if sweeps else SettlementReconciliation.run,
        args=[timed.sweep] if sweeps else [],
        id=timed.schedule_id,
        task_queue=QUEUE_WORKFLOWS,
        typed_search_attributes=_attributes(timed.schedule_id.partition(":")[0]),
        static_summary=timed.summary,
    )


def _attributes(process: str) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(PROCESS, process),
        SearchAttributePair(STATE, "RUNNING"),
    ]
    return TypedSearchAttributes(pairs)
