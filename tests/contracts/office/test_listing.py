from datetime import timedelta

import pytest

from abtpro_saas.contracts.office.listing import (
    ContractFilter,
    list_contracts,
    periods_of,
    running_period,
    show_contract,
)
from abtpro_saas.contracts.words import ContractStatus, When
from abtpro_saas.ids import new_id
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def crowd(new_renter):
    """Return renters by the status in which they stand sixty days from noon."""
    found = {}
    for status, plan in [
        ("ACTIVE", "PREMIUM"),
        ("SUSPENDED", "BASIC"),
        ("GRACE", "BASIC"),
    ]:
        found[status] = new_renter(1_000_000)
        days = {"ACTIVE": 50, "SUSPENDED": 0, "GRACE": 28}[status]
        found[status].buy(plan, now=NOON + days * DAY)
    return found


def listed(renter, now=NOON + 60 * DAY, **chosen):
    rows = renter.office.run(list_contracts, ContractFilter(**chosen), now)
    return [row.status for row in rows]


def test_contracts_are_listed_newest_first_as_they_stand(crowd):
    assert listed(crowd["ACTIVE"]) == ["GRACE", "SUSPENDED", "ACTIVE"]


@pytest.mark.parametrize("status", ["ACTIVE", "SUSPENDED", "GRACE"])
def test_by_status(crowd, status):
    assert listed(crowd["ACTIVE"], status=ContractStatus(status)) == [status]


def test_by_plan_and_by_when_they_are_due(crowd):
    renter = crowd["ACTIVE"]

    assert listed(renter, plan="premium") == ["ACTIVE"]
    assert listed(renter, due_before=NOON + 60 * DAY) == ["GRACE", "SUSPENDED"]


def test_by_whose_they_are(crowd):
    renter = crowd["GRACE"]

    assert listed(renter, user_id=renter.user_id) == ["GRACE"]
    assert listed(renter, user_id=new_id()) == []


def test_what_was_replaced_is_shown_when_asked_for(crowd):
    renter = crowd["SUSPENDED"]
    renter.buy("BASIC", now=NOON + 60 * DAY)

    assert len(listed(renter)) == 3
    assert len(listed(renter, closed=True)) == 4


def test_one_contract_with_its_owner_and_periods(crowd):
    renter, now = crowd["ACTIVE"], NOON + 60 * DAY
    contract_id = renter.contract().contract_id
    shown = renter.office.run(show_contract, contract_id, now)

    assert shown.user.user_id == renter.user_id
    assert shown.plan.code == "PREMIUM"
    assert [p.kind for p in renter.office.run(periods_of, contract_id)] == ["START"]
    assert renter.office.run(show_contract, new_id(), now) is None


def test_another_tenant_sees_none(crowd, new_tenant):
    renter = crowd["ACTIVE"]
    renter.office.tenant = new_tenant()

    assert listed(renter) == []


def running(renter, now):
    """Return the running stretch as one contract and as the list tell it."""
    contract = renter.contract()
    with renter.office.transaction() as session:
        alone = running_period(session, contract, now)
    shown = renter.office.run(show_contract, contract.contract_id, now).running
    assert (alone and alone.period_start) == (shown and shown.period_start)
    return shown


def test_the_running_period_is_told_whatever_is_paid_ahead(renter):
    first = renter.buy("BASIC")
    renew_at = first.period_end - DAY
    renewed = renter.renew(renew_at)
    assert renewed.period_start == first.period_end

    before, after = (running(renter, at) for at in (renew_at, first.period_end))

    assert (before.period_start, before.period_end) == (NOON, first.period_end)
    assert (after.period_start, after.period_end) == (
        first.period_end,
        renewed.period_end,
    )
    assert running(renter, renewed.period_end) is None


def test_what_a_change_left_and_what_was_cancelled_runs_no_more(renter):
    renter.buy("BASIC")
    renter.change("PREMIUM", NOON + DAY)
    assert running(renter, NOON + 2 * DAY).period_start == NOON + DAY

    renter.cancel(NOON + 3 * DAY, When.NOW)

    assert running(renter, NOON + 3 * DAY) is None
