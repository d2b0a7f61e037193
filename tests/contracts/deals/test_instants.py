"""Who waits for a contract's row has read the clock before: instants out of order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from abtpro_saas.contracts.office.acts import give_time, set_blocked
from abtpro_saas.contracts.words import Billing, When
from abtpro_saas.errors import DomainError
from tests.conftest import NOON

MOMENT = timedelta(microseconds=1)
LATE = NOON + timedelta(days=10)
EARLY = LATE - timedelta(seconds=1)
STRETCHES = """
SELECT period_start, coalesce(left_at, period_end) AS ended FROM contract_periods
WHERE tenant_id = :tenant ORDER BY period_start
"""


def stretches(renter):
    """Return (start, end) of each stretch, which must follow one another."""
    found = [tuple(row) for row in renter.ask(STRETCHES)]
    for (start, ended), (following, _) in pairwise(found):
        assert start < ended <= following
    return found


def test_a_change_that_read_the_clock_too_early_comes_after_the_other(renter):
    renter.buy("BASIC")
    renter.change("PREMIUM", LATE)

    contract = renter.change("ENTERPRISE", EARLY)

    assert contract.period_start == LATE + MOMENT
    assert [start for start, _ in stretches(renter)] == [NOON, LATE, LATE + MOMENT]


def test_a_change_in_the_instant_of_a_start_comes_after_it(renter):
    renter.buy("BASIC")

    contract = renter.change("PREMIUM", NOON)

    assert contract.period_start == NOON + MOMENT
    assert renter.balance() == 1_000_000 - 149_900
    stretches(renter)


@pytest.mark.parametrize("turn", range(4))
def test_changes_at_once_leave_stretches_that_follow_one_another(renter, turn):
    renter.buy("BASIC")
    ways = [("PREMIUM", None), ("ENTERPRISE", None), ("PREMIUM", Billing.YEARLY)] * 2

    def click(number):
        plan, billing = ways[number]
        at = LATE - (number + turn) % 6 * MOMENT
        try:
            renter.change(plan, at, billing=billing)
        except DomainError as refusal:
            return refusal.code
        return "changed"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(click, range(6)))

    assert len(stretches(renter)) == 1 + answers.count("changed") > 1
    renter.balance()  # audits the books


def test_a_contract_does_not_end_before_what_it_changed_to_began(renter):
    renter.buy("BASIC")
    renter.change("PREMIUM", LATE)

    contract = renter.cancel(EARLY, When.NOW)

    assert contract.period_end == contract.cancelled_at == LATE


def test_who_buys_anew_does_not_begin_before_the_old_one_ended(renter):
    renter.buy("BASIC")
    renter.cancel(LATE, When.NOW)

    assert renter.buy("PREMIUM", now=EARLY).period_start == LATE


def test_who_resumes_or_renews_by_hand_does_so_after_what_was_done(renter):
    contract = renter.buy("BASIC")
    late = contract.grace_ends_at + timedelta(days=1)
    renter.renew(late)
    renter.cancel(late)
    renter.resume(late - timedelta(hours=1))

    when = "SELECT kind, happened_at FROM contract_events WHERE tenant_id = :tenant"
    assert dict(map(tuple, renter.ask(when)))["RESUMED"] == late


def test_an_admin_s_acts_come_one_after_the_other(renter):
    contract_id = renter.buy("BASIC").contract_id
    act = {"by": renter.admin, "blocked": True}
    renter.office.run(set_blocked, contract_id, "check", **act, now=LATE)
    act["blocked"] = False
    renter.office.run(set_blocked, contract_id, "fine", **act, now=EARLY)
    given = {"by": renter.admin, "now": EARLY}
    renter.office.run(give_time, contract_id, "P1D", "sorry", **given)

    assert renter.events()[-3:] == ["BLOCKED", "UNBLOCKED", "EXTENDED"]
