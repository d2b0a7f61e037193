"""Record golden histories: ``python -m tests.workflows.record_histories [NAME…]``.

A history stands for every process that runs while a release goes out. One that no
longer replays means that running processes would stop: give the change a
``workflow.patched`` and record an additional history rather than replacing the old.
"""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio import activity
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

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
from abtpro_saas.billing.messages import (
    ReconcileSettlement,
    ReviewTopup,
    SettlementStanding,
    TopupStanding,
    WalletCredited,
    WatchTopup,
)
from abtpro_saas.contracts.messages import (
    ContractStanding,
    ReviewContract,
    WatchContract,
)
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity.messages import (
    InvitationStanding,
    InviteAdmin,
    SendInvitation,
)
from abtpro_saas.markets.messages import (
    ImportCandles,
    ImportStanding,
    ReviewImport,
)
from abtpro_saas.notifications.messages import DeliverMail, MailStanding, TryMail
from abtpro_saas.temporal import SEARCH_ATTRIBUTES, data_converter, make_runtime
from abtpro_saas.worker import WORKFLOWS, workflow_runner
from abtpro_saas.workflows.activities.contracts import CreditOrder
from abtpro_saas.workflows.activities.failures import HouseRules
from abtpro_saas.workflows.activities.sweeps import SweepOrder
from abtpro_saas.workflows.backtests import BacktestRun
from abtpro_saas.workflows.contracts import ContractLifecycle, CreditedWallet
from abtpro_saas.workflows.imports import MarketImport
from abtpro_saas.workflows.notifications import MailDelivery
from abtpro_saas.workflows.payments import PaymentConfirmation
from abtpro_saas.workflows.settlements import SettlementReconciliation
from abtpro_saas.workflows.studies import MonteCarlo, Optimisation, WalkForward
from abtpro_saas.workflows.sweeps import ProcessSweep
from abtpro_saas.workflows.tenants import TenantInvitation
from abtpro_saas.workflows.watching import QUEUE_CPU, QUEUE_OUTSIDE, QUEUE_WORKFLOWS

HISTORIES = Path(__file__).parent / "histories"
SERVER = Path(sys.executable).parent / "temporal-test-server"
TENANT = "01a20000-0000-7000-8000-000000000001"
USER = "01a20000-0000-7000-8000-000000000002"
SUBJECT = "01a20000-0000-7000-8000-000000000003"

PENDING = ("PENDING", "waiting for the bank")
LOOKS = [(*PENDING, 5), (*PENDING, 15), (*PENDING, 60), ("SUCCESS", "", None)]
TRIES = [
    ("PENDING", "put off 1 times (the mail server is away)", 15),
    ("SENT", "", None),
]
STRETCHES = [
    ("RUNNING", "12,000 candles, 30 %", 1),
    ("RUNNING", "12,000 candles, 30 %, failed 1 times in a row", 20),
    ("COMPLETED", "40,000 candles, 100 %", None),
]
# A period's reminders, grace and suspension; and one that is renewed at its end.
LIFE = [
    ("ACTIVE", "renewed by hand", 23, 30),
    ("ACTIVE", "renewed by hand", 7, 30),
    ("GRACE", "unpaid", 3, 30),
    ("SUSPENDED", "waiting for a renewal by hand", None, 30),
]
RENEWED = [
    ("ACTIVE", "renews itself", 30, 30),
    ("ACTIVE", "renews itself", 30, 60),
    ("CANCELLED", "", None, 60),
]
# A search of so many chunks that its process is told of them in two parts.
PARTS = [
    StudyStanding("RUNNING", "0 of 8 chunks", [0, 1, 2, 3, 4], 3, more=True),
    StudyStanding("RUNNING", "5 of 8 chunks", [5, 6, 7], 3),
]
WINDOWS = [StudyStanding("RUNNING", "0 of 3 chunks", [0, 1, 2], 8)]
NO_CHUNKS = [StudyStanding("RUNNING", "0 of 0 chunks")]


class Script:
    """Stands for the rows while a history is recorded."""

    def __init__(self, life=LIFE, plans=()):
        self.plans = list(plans)
        self.looks, self.tries = list(LOOKS), list(TRIES)
        self.life, self.began = list(life), None
        self.stretches = list(STRETCHES)

    @activity.defn
    def review_contract(self, order: ReviewContract) -> ContractStanding:
        self.began = self.began or order.at
        status, summary, wait, end = self.life.pop(0)
        then = order.at + timedelta(days=wait) if wait else None
        ends = self.began + timedelta(days=end)
        return ContractStanding(status, summary, then, USER, ends)

    @activity.defn
    def wallet_credited(self, _order: CreditOrder) -> bool:
        return True

    @activity.defn
    def run_backtest(self, _order: PerformBacktest) -> BacktestStanding:
        return BacktestStanding("COMPLETED", "")

    @activity.defn
    def plan_study(self, _order: PerformBacktest) -> StudyStanding:
        return self.plans.pop(0)

    @activity.defn
    def run_chunk(self, _order: PerformChunk) -> str:
        return "RUNNING"

    @activity.defn
    def conclude_study(self, _order: PerformBacktest) -> BacktestStanding:
        return BacktestStanding("COMPLETED", "")

    @activity.defn
    def examine_backtest(self, _order: PerformBacktest) -> str:
        return "COMPLETED"

    @activity.defn
    def review_topup(self, order: ReviewTopup) -> TopupStanding:
        status, summary, wait = self.looks.pop(0)
        then = order.at + timedelta(seconds=wait) if wait else None
        return TopupStanding(status, summary, then, USER, "siam")

    @activity.defn
    def try_mail(self, order: TryMail) -> MailStanding:
        status, summary, wait = self.tries.pop(0)
        then = order.at + timedelta(seconds=wait) if wait else None
        return MailStanding(status, summary, then, USER)

    @activity.defn
    def work_on_import(self, order: ReviewImport) -> ImportStanding:
        status, summary, wait = self.stretches.pop(0)
        then = order.at + timedelta(seconds=wait) if wait else None
        return ImportStanding(status, summary, then, USER)

    @activity.defn
    def sweep(self, _order: SweepOrder) -> int:
        return 3

    @activity.defn
    def due_settlements(self, at: datetime) -> list[ReconcileSettlement]:
        return [
            ReconcileSettlement(TENANT, SUBJECT, f"2026-11-{day}", at)
            for day in range(10, 20)
        ]

    @activity.defn
    def reconcile(self, order: ReconcileSettlement) -> SettlementStanding:
        if order.day == "2026-11-15":
            raise InvalidError("there is no such account")
        return SettlementStanding("RECONCILED", "2 rows")

    @activity.defn
    def invite_admin(self, _asked: SendInvitation) -> InvitationStanding:
        return InvitationStanding("INVITED", "Invited", None, USER)


INVITATION = InviteAdmin(
    TENANT, SUBJECT, "boss@example.com", "Boss", "th", USER, "203.0.113.7"
)
CONTRACT = WatchContract(TENANT, SUBJECT)
LIVES = {"contract_lifecycle": LIFE}
PLANS = {
    "optimisation": PARTS[1:],
    "optimisation_next": PARTS,
    "walk_forward": WINDOWS,
    "monte_carlo": NO_CHUNKS,
}
FIRST_RUNS = {"contract_lifecycle_renewed", "optimisation_next"}
"""Plays whose history is that of the run which another one continues."""
PLAYS = {
    "backtest_run_examined": (BacktestRun.run, RunBacktest(TENANT, SUBJECT, USER)),
    "contract_lifecycle": (ContractLifecycle.run, CONTRACT),
    "contract_lifecycle_renewed": (ContractLifecycle.run, CONTRACT),
    "contract_lifecycle_next": (ContractLifecycle.run, CONTRACT),
    "credited_wallet": (CreditedWallet.run, WalletCredited(TENANT, USER)),
    "payment_confirmation": (
        PaymentConfirmation.run,
        WatchTopup(TENANT, SUBJECT),
    ),
    "monte_carlo": (MonteCarlo.run, RunMonteCarlo(TENANT, SUBJECT, USER)),
    "optimisation": (Optimisation.run, RunOptimisation(TENANT, SUBJECT, USER)),
    "optimisation_next": (Optimisation.run, RunOptimisation(TENANT, SUBJECT, USER)),
    "walk_forward": (WalkForward.run, RunWalkForward(TENANT, SUBJECT, USER)),
    "mail_delivery": (MailDelivery.run, DeliverMail(TENANT, SUBJECT, USER)),
    "market_import": (MarketImport.run, ImportCandles(TENANT, SUBJECT, USER)),
    "process_sweep": (ProcessSweep.run, "topup"),
    "settlement_reconciliation": (SettlementReconciliation.run, None),
    "tenant_invitation": (TenantInvitation.run, INVITATION),
}


async def record(name):
    """Play a play on a server whose clock jumps; return its history as plain JSON."""
    async with (
        await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(SERVER),
            data_converter=data_converter(None),
            runtime=make_runtime(),
        ) as env,
        AsyncExitStack() as stack,
    ):
        await define_search_attributes(env.client)
        script = Script(LIVES.get(name, RENEWED), PLANS.get(name, ()))
        for worker in workers(env.client, script):
            await stack.enter_async_context(worker)
        run, order = PLAYS[name]
        process = await env.client.start_workflow(
            run, *([] if order is None else [order]), id=name, task_queue="wf"
        )
        if name == "payment_confirmation":
            await env.sleep(timedelta(seconds=12))
            await process.signal("changed")
        await process.result()
        if name in FIRST_RUNS:
            run_id = process.first_execution_run_id
            process = env.client.get_workflow_handle(name, run_id=run_id)
        return json.loads((await process.fetch_history()).to_json())


async def define_search_attributes(client):
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=client.namespace,
            search_attributes={each.name: keyword for each in SEARCH_ATTRIBUTES},
        )
    )


def workers(client, script):
    activities = [
        script.run_backtest,
        script.plan_study,
        script.run_chunk,
        script.conclude_study,
        script.examine_backtest,
        script.review_topup,
        script.review_contract,
        script.wallet_credited,
        script.try_mail,
        script.work_on_import,
        script.sweep,
        script.due_settlements,
        script.reconcile,
        script.invite_admin,
    ]
    for queue in (QUEUE_WORKFLOWS, QUEUE_OUTSIDE, QUEUE_CPU):
        yield Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS if queue == QUEUE_WORKFLOWS else [],
            activities=activities,
            activity_executor=ThreadPoolExecutor(4),
            interceptors=[HouseRules()],
            workflow_runner=workflow_runner(),
            identity="recorder",
        )


def without_machine(value):
    """Return a history without what tells on which machine it was recorded."""
    if isinstance(value, dict):
        return {
            name: "recorder" if name == "identity" else without_machine(inner)
            for name, inner in value.items()
            if name not in {"stackTrace", "encodedAttributes"}
        }
    if isinstance(value, list):
        return [without_machine(inner) for inner in value]
    return value


def main():
    """Write today's history of each workflow, or of those named."""
    for name in sys.argv[1:] or PLAYS:
        history = without_machine(asyncio.run(record(name)))
        file = HISTORIES / f"{name}.{datetime.now(UTC):%Y%m%d}.json"
        file.write_text(json.dumps(history, indent=1) + "\n")


if __name__ == "__main__":
    main()
