from datetime import timedelta

import pytest

from abtpro_saas.identity.roles import Role
from abtpro_saas.workflows.activities.credited import tell_credited
from tests.billing.office import Office
from tests.conftest import NOON
from tests.contracts.renting import Renter

DAY = timedelta(days=1)


@pytest.fixture
def renter(engine, tenant, user):
    """A trader with a contract that renews itself, and nothing left to pay it."""
    office = Office(engine, tenant, user())
    office.pay_in(49_900)
    made = Renter(office, user(Role.ADMIN))
    made.buy("BASIC", auto_renew=True)
    return made


def woken(renter):
    query = "SELECT 1 FROM outbox WHERE tenant_id = :tenant AND kind = 'contract.watch'"
    return len(renter.ask(query))


def credited(renter, now):
    ids = str(renter.office.tenant), str(renter.user_id)
    before = woken(renter)
    waited = tell_credited(renter.engine, *ids, now)
    assert woken(renter) - before == int(waited)
    return waited


@pytest.mark.parametrize(
    ("days", "waited"), [(-1, False), (0, True), (2, True), (20, True), (40, False)]
)
def test_money_wakes_a_contract_that_waits_for_it(renter, days, waited):
    end = renter.contract().period_end

    assert credited(renter, end + days * DAY) is waited


def test_money_wakes_nothing_where_renewal_is_off_or_cancelled(renter):
    end = renter.contract().period_end
    renter.auto_renew(NOON, on=False)
    assert not credited(renter, end + DAY)
    renter.auto_renew(NOON, on=True)
    renter.cancel(NOON)
    assert not credited(renter, end + DAY)


def test_money_of_who_has_no_contract_wakes_nothing(renter, user):
    renter.office.user_id = user()

    assert not credited(renter, NOON)


def test_granted_credit_leaves_a_message_to_who_waits_for_money(renter):
    renter.office.grant(49_900)

    query = (
        "SELECT process_id FROM outbox"
        " WHERE tenant_id = :tenant AND kind = 'wallet.credited'"
    )
    assert [row.process_id for row in renter.ask(query)] == [
        f"wallet:{renter.office.tenant}:{renter.user_id}"
    ]
