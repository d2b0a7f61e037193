"""Contracts that live for years, in a server whose clock jumps."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from abtpro_saas.contracts.words import Billing, When

PRICE = 49_900
DAY = timedelta(days=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def ahead(life, when):
    """Jump to the instant ``when``."""
    await life.env.sleep(when - await life.now())


def paid_periods(renter):
    query = (
        "SELECT period_start FROM contract_periods WHERE tenant_id = :tenant ORDER BY 1"
    )
    return [row.period_start for row in renter.ask(query)]


def test_two_years_from_the_31st_of_january(live):
    async def scenario(life, renter):
        await ahead(life, at("2028-01-31T05:00"))
        renter.buy("BASIC", now=await life.now(), auto_renew=True)
        await life.wake()
        await ahead(life, at("2030-01-30T05:00"))
        return renter.balance(), paid_periods(renter)

    balance, starts = live(scenario, paid_in=24 * PRICE)

    assert balance == 0
    assert len(starts) == 24
    days = [start.astimezone(UTC).day for start in starts]
    assert days[:6] == [31, 29, 31, 30, 31, 30]
    assert days[12:15] == [31, 28, 31]


def test_a_yearly_contract_from_a_leap_day(live):
    async def scenario(life, renter):
        await ahead(life, at("2028-02-29T05:00"))
        now = await life.now()
        renter.buy("BASIC", now=now, auto_renew=True, billing=Billing.YEARLY)
        await life.wake()
        await ahead(life, at("2032-02-28T00:00"))
        return renter.balance(), paid_periods(renter)

    balance, starts = live(scenario, paid_in=4 * 499_000)

    assert balance == 0
    assert [f"{start:%Y-%m-%d}" for start in starts] == [
        "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28",
    ]  # fmt: skip


def test_each_period_is_a_run_of_its_own(live):
    async def scenario(life, renter):
        renter.buy("BASIC", now=await life.now(), auto_renew=True)
        process = await life.wake()
        await life.pass_days(100)
        first = life.env.client.get_workflow_handle(
            process.id, run_id=process.result_run_id
        )
        return (await first.describe()).status.name

    assert live(scenario) == "CONTINUED_AS_NEW"


def test_a_period_begins_with_what_the_look_before_has_found(live):
    async def scenario(life, renter):
        renter.buy("BASIC", now=await life.now(), auto_renew=True)
        process = await life.wake()
        await life.pass_days(32)
        latest = life.env.client.get_workflow_handle(process.id)
        history = await latest.fetch_history()
        return [EventType.Name(each.event_type) for each in history.events]

    events = live(scenario)

    assert "EVENT_TYPE_TIMER_STARTED" in events
    assert "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" not in events


def test_case_50_it_runs_dry_is_suspended_and_a_top_up_brings_it_back(live):
    async def scenario(life, renter):
        contract = renter.buy("BASIC", now=await life.now(), auto_renew=True)
        first = await life.wake()
        process = life.env.client.get_workflow_handle(
            first.id, run_id=first.result_run_id
        )
        await ahead(life, contract.grace_ends_at + timedelta(minutes=1))
        suspended = renter.events()
        await ahead(life, contract.grace_ends_at + 5 * DAY)
        renter.office.pay_in(PRICE)
        again = await life.wake()  # as the message of the credited wallet does
        await life.pass_days(1)
        status = renter.status(await life.now())
        ran = [(await each.describe()).status.name for each in (process, again)]
        return suspended, status, ran

    events, status, ran = live(scenario, paid_in=PRICE)

    assert [kind for kind in events if kind != "REMINDED"] == [
        "STARTED", "GRACE_BEGAN", "RENEWAL_FAILED", "SUSPENDED",
    ]  # fmt: skip
    assert (status, ran) == ("ACTIVE", ["COMPLETED", "RUNNING"])


def test_case_50_suspension_is_written_within_a_minute_of_the_end_of_grace(live):
    async def scenario(life, renter):
        contract = renter.buy("BASIC", now=await life.now())
        await life.wake()
        await ahead(life, contract.grace_ends_at + timedelta(minutes=1))
        return renter.ask(
            "SELECT recorded_at - happened_at AS lag FROM contract_events"
            " WHERE tenant_id = :tenant AND kind = 'SUSPENDED'"
        )

    (suspended,) = live(scenario)

    assert timedelta(0) <= suspended.lag <= timedelta(minutes=1)


@pytest.mark.parametrize("renews", [True, False])
def test_a_month_s_messages_are_few(live, renews):
    async def scenario(life, renter):
        contract = renter.buy("BASIC", now=await life.now(), auto_renew=renews)
        await life.wake()
        await ahead(life, contract.grace_ends_at + DAY)
        return renter.told()

    told = live(scenario, paid_in=2 * PRICE)

    if renews:
        assert told == ["CONTRACT_STARTED", *["RENEWAL_COMES"] * 4, "CONTRACT_RENEWED"]
    else:
        assert told == [
            "CONTRACT_STARTED", *["RENEWAL_DUE"] * 4, "CONTRACT_GRACE",
            "GRACE_GOES_ON", "GRACE_ENDS", "CONTRACT_SUSPENDED",
        ]  # fmt: skip


def test_a_short_wallet_is_told_before_it_is_too_late(live):
    async def scenario(life, renter):
        contract = renter.buy("BASIC", now=await life.now(), auto_renew=True)
        await life.wake()
        await ahead(life, contract.period_end - DAY + timedelta(minutes=1))
        return renter.told()

    told = live(scenario, paid_in=PRICE + 1)

    assert told == ["CONTRACT_STARTED", *["RENEWAL_SHORT"] * 3]


def test_case_48_workers_killed_at_every_look_charge_once_per_period(live):
    deaths = ["before", "after", None] * 60

    async def scenario(life, renter):
        renter.buy("BASIC", now=await life.now(), auto_renew=True)
        await life.wake()
        await life.pass_days(200)
        return renter.balance(), paid_periods(renter), life.activities.calls

    balance, starts, calls = live(scenario, *deaths)

    assert balance == 1_000_000 - PRICE * len(starts)
    assert len(starts) == len(set(starts)) == 7
    assert calls > 60


def test_an_upgrade_at_the_period_s_edge_is_paid_and_renewed_right(live):
    async def scenario(life, renter):
        contract = renter.buy("BASIC", now=await life.now(), auto_renew=True)
        await life.wake()
        await ahead(life, contract.period_end - timedelta(seconds=30))
        edge = await life.now()
        due = renter.preview("PREMIUM", edge).due
        renter.change("PREMIUM", edge)
        await life.wake()
        await life.pass_days(1)
        return renter.contract(), contract, due, renter.balance()

    now, before, due, balance = live(scenario)

    assert now.period_start == before.period_end
    assert due > 0  # the last day counts until the period ends
    assert balance == 1_000_000 - PRICE - due - 149_900


def test_case_56_cancelled_it_ends_and_nothing_is_charged(live):
    async def scenario(life, renter):
        renter.buy("BASIC", now=await life.now(), auto_renew=True)
        process = await life.wake()
        await life.pass_days(10)
        renter.cancel(await life.now(), When.PERIOD_END)
        await life.wake()
        return await life.result(process), renter.balance(), renter.told()

    ended, balance, told = live(scenario)

    assert ended == "CANCELLED"
    assert balance == 1_000_000 - PRICE
    assert told[-1] == "CONTRACT_ENDED"


def test_case_55_three_days_without_temporal_are_caught_up_without_a_burst(live):
    async def scenario(life, renter):
        renter.sell("DAILY", now=await life.now(), period="P1D", grace_period="P4D")
        renter.buy("DAILY", now=await life.now(), auto_renew=True)
        await life.pass_days(3)  # nobody looks
        await life.wake()
        await life.pass_days(0.5)
        return paid_periods(renter), renter.told(), renter.status(await life.now())

    starts, told, status = live(scenario)

    assert len(starts) == 4
    assert status == "ACTIVE"
    assert told.count("CONTRACT_RENEWED") == 3
    assert len(told) <= 6


def test_a_new_contract_ends_the_process_of_the_one_it_replaces(live):
    async def scenario(life, renter):
        renter.buy("BASIC", now=await life.now())
        process = await life.wake()
        await life.pass_days(5)
        renter.cancel(await life.now(), When.NOW)
        renter.buy("PREMIUM", now=await life.now())
        await process.signal("changed")
        return await life.result(process)

    assert live(scenario) == "CANCELLED"


def test_case_57_a_second_process_for_a_contract_is_the_same_one(live):
    async def scenario(life, renter):
        renter.buy("BASIC", now=await life.now())
        first, second = await life.wake(), await life.wake()
        return [(each.id, each.result_run_id) for each in (first, second)]

    first, second = live(scenario)

    assert first == second
