import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from temporalio import activity

from abtpro_saas.billing import accounts
from abtpro_saas.billing.messages import ReconcileSettlement, SettlementStanding
from abtpro_saas.billing.topups import service as topups
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import InvalidError, UnavailableError
from abtpro_saas.money import Satang
from abtpro_saas.outbox import OutboxRow
from abtpro_saas.workflows.activities.settlements import SettlementActivities
from abtpro_saas.workflows.activities.sweeps import (
    GRANTS,
    SHARDS,
    SweepActivities,
    SweepOrder,
)
from abtpro_saas.workflows.settlements import SettlementReconciliation
from abtpro_saas.workflows.watching import QUEUE_WORKFLOWS
from tests.billing.office import Office
from tests.contracts.renting import Renter

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)


@pytest.fixture
def account(engine, keyring, tenant):
    """The tenant's account at a gateway that nobody answers for."""
    merchant = accounts.Merchant(
        f"m-{os.urandom(8).hex()}",
        base_url="http://127.0.0.1:9",
        biller_id="010753600037601",
    )
    with tenant_transaction(engine, tenant) as session:
        row = accounts.open_account(
            session, keyring, tenant, merchant, secret="s" * 32, now=LONG_AGO
        )
    return row.gateway_account_id


@pytest.fixture
def topup(engine, keyring, tenant, user, account):
    """A top-up made at noon, its QR good for a quarter of an hour."""
    with tenant_transaction(engine, tenant) as session:
        return topups.create_topup(
            session,
            keyring,
            tenant,
            user(),
            amount=Satang(49_900),
            description="",
            now=NOON,
        )


@pytest.fixture
def woken(engine, tenant):
    """Return a function that counts the messages to a top-up's process."""

    def count(topup):
        process_id = f"payment:{tenant}:{topup.topup_id}"
        asked = select(OutboxRow).where(OutboxRow.process_id == process_id)
        with tenant_transaction(engine, tenant) as session:
            return len(session.scalars(asked).all())

    return count


def test_a_top_up_whose_process_is_missing_is_woken(engine, topup, woken):
    before = woken(topup)

    SweepActivities(engine).sweep(SweepOrder("topup", NOON + timedelta(minutes=18)))

    assert woken(topup) == before + 1


def test_a_top_up_whose_time_has_not_come_is_left_alone(engine, topup, woken):
    before = woken(topup)

    SweepActivities(engine).sweep(SweepOrder("topup", NOON + timedelta(minutes=16)))

    assert woken(topup) == before


def test_the_files_of_the_last_days_are_due_until_they_are_read(
    engine, keyring, tenant, account
):
    due = SettlementActivities(engine, keyring).due_settlements(NOON)

    mine = [order for order in due if order.account_id == str(account)]
    assert [order.day for order in mine] == ["2026-11-21", "2026-11-20", "2026-11-19"]
    assert {order.tenant_id for order in mine} == {str(tenant)}


class Files:
    """Ten files: one cannot be read, one account is gone, the rest are well."""

    def __init__(self):
        self.tries = []

    @activity.defn
    def due_settlements(self, at: datetime) -> list[ReconcileSettlement]:
        return [ReconcileSettlement("t", str(number), "d", at) for number in range(10)]

    @activity.defn
    def reconcile(self, order: ReconcileSettlement) -> SettlementStanding:
        self.tries.append(order.account_id)
        if order.account_id == "3":
            raise UnavailableError("the gateway is away")
        if order.account_id == "7":
            raise InvalidError("there is no such account")
        return SettlementStanding("RECONCILED", "well")


def test_a_file_that_cannot_be_read_holds_up_no_other(skipping, running, keyring):
    files = Files()

    async def scenario():
        async with (
            skipping(keyring) as env,
            running(
                env.client,
                [SettlementReconciliation],
                [files.due_settlements, files.reconcile],
            ),
        ):
            return await asyncio.wait_for(
                env.client.execute_workflow(
                    SettlementReconciliation.run, id="r", task_queue=QUEUE_WORKFLOWS
                ),
                30,
            )

    assert asyncio.run(scenario()) == {"RECONCILED": 8, "UNREAD": 2}
    assert (files.tries.count("3"), files.tries.count("7")) == (4, 1)


@pytest.fixture
def contract(engine, tenant, user):
    """A trader with a contract bought at noon, whose process never looked."""
    office = Office(engine, tenant, user())
    office.pay_in(100_000)
    renter = Renter(office, office.user_id)
    renter.buy("BASIC", now=NOON)
    return renter


def sweep_contracts(engine, at):
    for shard in range(SHARDS):
        SweepActivities(engine).sweep(SweepOrder(f"contract:{shard}", at))


def messages(renter):
    query = "SELECT 1 FROM outbox WHERE tenant_id = :tenant AND kind = 'contract.watch'"
    return len(renter.ask(query))


def test_case_57_a_contract_without_a_process_is_found_and_woken(engine, contract):
    before = messages(contract)

    sweep_contracts(engine, NOON + timedelta(minutes=11))

    assert messages(contract) == before + 1
    assert contract.events()[-1] == "MISSED"


def test_case_57_a_look_that_was_missed_is_written_down_once(engine, contract):
    for minutes in (11, 26, 41):
        sweep_contracts(engine, NOON + timedelta(minutes=minutes))

    assert contract.events().count("MISSED") == 1


def test_a_contract_that_was_looked_at_in_time_is_left_alone(engine, contract):
    contract.review(NOON)
    before = messages(contract)

    sweep_contracts(engine, NOON + timedelta(days=20))

    assert messages(contract) == before


def test_case_47_granted_credit_that_has_expired_is_booked_once(engine, contract):
    contract.office.grant(5_000, now=NOON, days=1)
    later = SweepOrder(GRANTS, NOON + timedelta(days=2))

    SweepActivities(engine).sweep(later)
    SweepActivities(engine).sweep(later)

    query = "SELECT 1 FROM journals WHERE tenant_id = :tenant AND kind = 'GRANT_EXPIRY'"
    assert len(contract.ask(query)) == 1
