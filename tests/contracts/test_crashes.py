"""Killed between any two statements, an operation is done once or not at all."""

from datetime import timedelta

import pytest

from abtpro_saas.contracts.office.acts import RentalRefund, refund
from abtpro_saas.contracts.words import When
from abtpro_saas.errors import DomainError
from tests.campaigns.crashes import AFTER_COMMIT, BEFORE_COMMIT, CRASHES, Crashes
from tests.conftest import NOON

DAY = timedelta(days=1)
STATE = """
SELECT (SELECT sum(balance) FROM wallets WHERE tenant_id = :tenant) AS balance,
       (SELECT count(*) FROM contract_periods WHERE tenant_id = :tenant) AS periods,
       (SELECT count(*) FROM documents WHERE tenant_id = :tenant) AS documents,
       (SELECT array_agg(kind ORDER BY happened_at, kind) FROM contract_events
        WHERE tenant_id = :tenant) AS events,
       (SELECT array_agg(kind ORDER BY kind) FROM notices
        WHERE tenant_id = :tenant) AS told,
       (SELECT array_agg(period_end - :noon ORDER BY contract_id) FROM contracts
        WHERE tenant_id = :tenant) AS ends
"""


def end_of(renter):
    return renter.contract().period_end


def give_back(renter):
    invoice = "SELECT document_id FROM documents WHERE tenant_id = :tenant"
    order = RentalRefund(renter.ask(invoice)[0].document_id, 100, "sorry", "r1")
    contract_id = renter.contract().contract_id
    at = {"by": renter.admin, "now": NOON + DAY}
    return renter.office.run(refund, contract_id, order, **at)


OPERATIONS = {
    "buying": (None, lambda renter: renter.buy("BASIC", auto_renew=True)),
    "renewing": ("BASIC", lambda renter: renter.renew(end_of(renter))),
    "changing": ("BASIC", lambda renter: renter.change("PREMIUM", NOON + DAY)),
    "cancelling": ("BASIC", lambda renter: renter.cancel(NOON + DAY, When.NOW)),
    "a look that renews": ("BASIC", lambda renter: renter.review(NOON + 31 * DAY)),
    "a look in grace": ("POOR", lambda renter: renter.review(NOON + 31 * DAY)),
    "a look after grace": ("POOR", lambda renter: renter.review(NOON + 40 * DAY)),
    "giving back": ("BASIC", give_back),
}


@pytest.fixture
def crashes(engine, server):
    made = Crashes(engine, server.superuser_url)
    yield made
    made.close()


@pytest.fixture
def prepared(new_renter, new_tenant, user):
    """Return a function that makes a renter at a tenant of its own, on a plan."""

    def make(plan):
        renter = new_renter()
        renter.office.tenant = new_tenant()
        renter.office.user_id = user(tenant_id=renter.office.tenant)
        renter.admin = renter.office.user_id
        renter.office.pay_in(49_900 if plan == "POOR" else 1_000_000)
        if plan:
            renter.buy("BASIC", auto_renew=True)
        return renter

    return make


def state(renter):
    renter.balance()  # audits the books
    return tuple(renter.ask(STATE, noon=NOON)[0])


def ends(operation, renter, crashes, point):
    """Do it, crash at ``point``, and tell whether it came to its end.

    What dies while the pool tests a connection is made good by the pool.
    """
    try:
        with crashes.at(point):
            operation(renter)
    except CRASHES:
        return False
    return True


def do_again(operation, renter, point):
    """Do it again, as a user or a process would."""
    try:
        operation(renter)
    except DomainError:
        assert point == AFTER_COMMIT  # it was done: what is done says so


@pytest.mark.parametrize("name", OPERATIONS)
def test_case_48_killed_between_every_two_steps_it_is_done_once(
    name, crashes, prepared
):
    plan, operation = OPERATIONS[name]
    calm = prepared(plan)
    untouched = state(calm)
    operation(calm)
    expected = state(calm)

    renter, survived = prepared(plan), 0
    for point in (BEFORE_COMMIT, AFTER_COMMIT, *range(1, 200)):
        crashed_before = crashes.count
        ended = ends(operation, renter, crashes, point)
        if not ended and state(renter) == untouched:
            survived += 1  # it is not done at all: it is still to be done
            continue
        if not ended:
            do_again(operation, renter, point)
        assert state(renter) == expected, f"crashed at {point}"
        if crashes.count == crashed_before:
            break  # it has fewer statements than that
        survived += 1
        renter = prepared(plan)

    assert survived > 8
