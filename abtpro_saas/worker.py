"""The Temporal workers and the outbox relay: ``python -m abtpro_saas.worker``.

One process serves every queue by default; ``--queue`` picks some, ``--no-relay`` leaves
relaying to others. It waits for Temporal, and comes back by itself when Temporal or the
database has been away.
"""

import argparse
import asyncio
import pkgutil
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)

import abtpro_saas
from abtpro_saas.backtesting.processes.calculators import Calculators
from abtpro_saas.database import close_engine, make_engine
from abtpro_saas.notifications.mail import postbox
from abtpro_saas.runtime.ending import end
from abtpro_saas.runtime.needs import settings_of
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings
from abtpro_saas.telemetry import claim_endpoint, share_metrics, start_logs
from abtpro_saas.temporal import SEARCH_ATTRIBUTES, connect, make_runtime
from abtpro_saas.workflows import schedules
from abtpro_saas.workflows.activities.backtests import BacktestActivities
from abtpro_saas.workflows.activities.contracts import ContractActivities
from abtpro_saas.workflows.activities.failures import HouseRules, NamingThreads
from abtpro_saas.workflows.activities.imports import ImportActivities
from abtpro_saas.workflows.activities.notifications import MailActivities
from abtpro_saas.workflows.activities.payments import PaymentActivities
from abtpro_saas.workflows.activities.settlements import SettlementActivities
from abtpro_saas.workflows.activities.studies import StudyActivities
from abtpro_saas.workflows.activities.sweeps import SweepActivities
from abtpro_saas.workflows.activities.tenants import TenantActivities
from abtpro_saas.workflows.backtests import BacktestRun
from abtpro_saas.workflows.contracts import ContractLifecycle, CreditedWallet
from abtpro_saas.workflows.imports import MarketImport
from abtpro_saas.workflows.notifications import MailDelivery
from abtpro_saas.workflows.payments import PaymentConfirmation
from abtpro_saas.workflows.relay import Relay
from abtpro_saas.workflows.settlements import SettlementReconciliation
from abtpro_saas.workflows.studies import MonteCarlo, Optimisation, WalkForward
from abtpro_saas.workflows.sweeps import ProcessSweep
from abtpro_saas.workflows.tenants import TenantInvitation
from abtpro_saas.workflows.watching import QUEUE_CPU, QUEUE_OUTSIDE, QUEUE_WORKFLOWS

_log = structlog.get_logger(__name__)

LAST_WORDS = timedelta(seconds=15)
"""How long running activities may go on after the worker was told to stop."""

PREPARE_AFTER_S = 5
"""How long what starts together with the worker goes first."""

WORKFLOWS: list[type] = [
    BacktestRun,
    ContractLifecycle,
    CreditedWallet,
    MailDelivery,
    MarketImport,
    MonteCarlo,
    Optimisation,
    PaymentConfirmation,
    ProcessSweep,
    SettlementReconciliation,
    TenantInvitation,
    WalkForward,
]


@dataclass(frozen=True)
class Crew:
    """Who works on one queue, and how many at once."""

    activities: Callable[[Engine, Settings], list[Callable[..., Any]]]
    threads: int | None
    """None is one for each process that computes."""
    workflows: Sequence[type] = ()

    def places(self, settings: Settings) -> int:
        """Return how many activities run at once."""
        return self.threads or settings.backtest_processes


def _light(engine: Engine, settings: Settings) -> list[Callable[..., Any]]:
    keyring = Keyring(settings.sealing_keys)
    contracts = ContractActivities(engine)
    return [
        BacktestActivities(engine, settings, CALCULATORS).cancel_backtest,
        StudyActivities(engine, settings, CALCULATORS).plan_study,
        contracts.review_contract,
        contracts.wallet_credited,
        SweepActivities(engine, settings.backtest_data_path).sweep,
        SettlementActivities(engine, keyring).due_settlements,
        TenantActivities(engine, keyring, settings).invite_admin,
    ]


def _outside(engine: Engine, settings: Settings) -> list[Callable[..., Any]]:
    keyring = Keyring(settings.sealing_keys)
    return [
        PaymentActivities(engine, keyring).review_topup,
        SettlementActivities(engine, keyring).reconcile,
        MailActivities(engine, keyring, settings, postbox(settings)).try_mail,
        ImportActivities(engine, settings).work_on_import,
    ]


def _computing(engine: Engine, settings: Settings) -> list[Callable[..., Any]]:
    studies = StudyActivities(engine, settings, CALCULATORS)
    return [
        BacktestActivities(engine, settings, CALCULATORS).run_backtest,
        studies.run_chunk,
        studies.conclude_study,
        studies.examine_backtest,
    ]


CALCULATORS = Calculators()
"""The processes that compute for this one; none is started before it is needed."""

CREWS = {
    QUEUE_WORKFLOWS: Crew(_light, threads=4, workflows=WORKFLOWS),
    QUEUE_OUTSIDE: Crew(_outside, threads=16),
    QUEUE_CPU: Crew(_computing, threads=None),
}


def workflow_runner() -> SandboxedWorkflowRunner:
    """Return the sandbox; all rooms but the workflows themselves are loaded once."""
    rooms = (room.name for room in pkgutil.iter_modules(abtpro_saas.__path__))
    shared = [f"abtpro_saas.{name}" for name in rooms if name != "workflows"]
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *shared, "abtpro_saas.workflows.activities"
    )
    return SandboxedWorkflowRunner(restrictions=restrictions)


async def serve(
    settings: Settings,
    queues: Sequence[str],
    stop: asyncio.Event,
    *,
    relay: bool = True,
) -> None:
    """Work until ``stop`` is set, through every outage."""
    runtime = make_runtime(claim_endpoint(settings))
    wait_s = 0.5
    while not stop.is_set():
        try:
            client = await connect(settings, runtime)
            await _prepare(client)
            _log.info("worker.ready", queues=list(queues), relay=relay)
            wait_s = 0.5
            await _work(client, settings, queues, stop, relay=relay)
        except* (RPCError, RuntimeError, OSError) as outage:
            _log.warning("worker.waits", error=str(outage.exceptions[0]))
            await _sleep_or(stop, wait_s)
            wait_s = min(wait_s * 2, 5.0)


async def _prepare(client: Client) -> None:
    await _define_search_attributes(client)
    await schedules.set_up(client)


async def _work(
    client: Client,
    settings: Settings,
    queues: Sequence[str],
    stop: asyncio.Event,
    *,
    relay: bool,
) -> None:
    with ExitStack() as stack:
        stack.callback(CALCULATORS.close)
        workers = [_worker(client, settings, queue, stack) for queue in queues]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(worker.run()) for worker in workers]
            if relay:
                url = settings.database_relay_url
                tasks.append(group.create_task(Relay(url, client).run()))
            if QUEUE_CPU in queues:
                tasks.append(group.create_task(_warm_up()))
            await stop.wait()
            for task in tasks:  # a worker that is cancelled shuts down gracefully
                task.cancel()


async def _warm_up() -> None:
    """Let nobody wait for the first process that computes to load what it needs."""
    await asyncio.sleep(PREPARE_AFTER_S)
    preparing = asyncio.create_task(asyncio.to_thread(CALCULATORS.prepare))
    try:
        await asyncio.shield(preparing)
    except asyncio.CancelledError:
        CALCULATORS.close()  # whoever closes them next finds what was prepared late
        await preparing
        raise


def _worker(client: Client, settings: Settings, queue: str, stack: ExitStack) -> Worker:
    crew = CREWS[queue]
    places = crew.places(settings)
    engine = make_engine(settings.database_url, pool_size=places)
    stack.callback(close_engine, engine)
    threads = stack.enter_context(NamingThreads(places, queue))
    return Worker(
        client,
        task_queue=queue,
        workflows=list(crew.workflows),
        activities=crew.activities(engine, settings),
        activity_executor=threads,
        max_concurrent_activities=places,
        interceptors=[HouseRules()],
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=LAST_WORDS,
    )


async def _define_search_attributes(client: Client) -> None:
    service, namespace = client.operator_service, client.namespace
    known = await service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace)
    )
    missing = [
        each.name
        for each in SEARCH_ATTRIBUTES
        if each.name not in known.custom_attributes
    ]
    if missing:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=namespace, search_attributes=dict.fromkeys(missing, keyword)
            )
        )


async def _sleep_or(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


async def _until_told(settings: Settings, queues: Sequence[str], relay: bool) -> None:  # noqa: FBT001 - a flag of the command line
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    await serve(settings, queues, stop, relay=relay)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--queue", action="append", choices=list(CREWS))
    parser.add_argument("--no-relay", action="store_true")
    chosen = parser.parse_args(arguments)
    parts = ("worker",) if chosen.no_relay else ("worker", "relay")
    settings = settings_of(*parts)
    start_logs(settings)
    share_metrics(settings)
    queues = chosen.queue or list(CREWS)
    asyncio.run(_until_told(settings, queues, not chosen.no_relay))
    end()


if __name__ == "__main__":
    main()
