"""Given time is worth no money, is never lost, and keeps nobody from a better plan."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from abtpro_saas.contracts.deals.changing import CheaperPlanError
from abtpro_saas.contracts.deals.coming import NotNowError
from abtpro_saas.contracts.office.acts import force_renew, give_time
from abtpro_saas.contracts.words import Billing, When
from abtpro_saas.errors import DomainError

DAY = timedelta(days=1)
APRIL = datetime(2027, 4, 1, 3, tzinfo=UTC)  # 30 days
MAY = datetime(2027, 5, 1, 3, tzinfo=UTC)
AT = APRIL + 10 * DAY
GIVEN = """
SELECT period_start, coalesce(left_at, period_end) AS ended FROM contract_periods
WHERE tenant_id = :tenant AND kind = 'EXTENSION' ORDER BY period_start
"""


def kept(days, price=49_900, new_price=149_900):
    """Return how long given days last on a dearer plan of the same length."""
    return timedelta(seconds=days * 86_400 * price // new_price)


@pytest.fixture
def give(renter):
    """Return a function that gives the renter time."""

    def run(duration, now=APRIL):
        contract_id = renter.contract().contract_id
        by = {"by": renter.admin, "now": now}
        return renter.office.run(give_time, contract_id, duration, "sorry", **by)

    return run


@pytest.fixture
def given(renter):
    """Return a function that tells (start, end) of given time, as it was had."""
    return lambda: [tuple(row) for row in renter.ask(GIVEN)]


def test_time_that_is_to_come_follows_the_period_of_an_upgrade(renter, give, given):
    renter.buy("BASIC", now=APRIL)
    give("P3D")
    before = renter.balance()

    planned = renter.preview("PREMIUM", AT)
    contract = renter.change("PREMIUM", AT)

    assert (planned.credit, planned.charge) == (33_267, 149_900)
    assert renter.balance() == before - planned.due == planned.balance_after
    assert (planned.end, planned.given) == (AT + 30 * DAY, kept(3))
    assert given() == [(AT + 30 * DAY, AT + 30 * DAY + kept(3))]
    assert contract.period_end == AT + 30 * DAY + kept(3)
    assert contract.grace_ends_at == AT + 33 * DAY + kept(3)


def test_time_that_runs_gives_nothing_back_and_its_rest_follows(renter, give, given):
    renter.buy("BASIC", now=APRIL)
    give("P31D")
    at, before = MAY + 10 * DAY, renter.balance()

    planned = renter.preview("PREMIUM", at)
    contract = renter.change("PREMIUM", at)

    assert (planned.credit, planned.charge) == (0, 149_900)
    assert renter.balance() == before - 149_900
    end = at + 31 * DAY
    assert given() == [(MAY, at), (end, end + kept(21))]
    assert contract.period_end == end + kept(21)


def test_all_that_was_given_follows(renter, give, given):
    renter.buy("BASIC", now=APRIL)
    for duration in ("P3D", "P2D", "P1D"):
        give(duration)
    at = MAY + DAY

    renter.change("PREMIUM", at)

    assert given() == [(MAY, at), (at + 31 * DAY, at + 31 * DAY + kept(5))]


def test_time_can_follow_again_and_in_the_instant_in_which_it_begins(
    renter, give, given
):
    renter.buy("BASIC", now=APRIL)
    give("P3D")
    renter.change("PREMIUM", MAY)
    renter.change("ENTERPRISE", MAY + DAY)

    end, rest = MAY + 32 * DAY, kept(3) / DAY
    assert given() == [(end, end + kept(rest, 149_900, 499_900))]
    spent = 49_900 + 149_900 + 499_900 - 145_065  # 30 of 31 days of PREMIUM
    assert renter.balance() == 1_000_000 - spent


@pytest.mark.parametrize("duration", ["P3D", "P1M", "P1Y"])
def test_a_gift_never_makes_an_upgrade_cheaper(renter, new_renter, give, duration):
    renter.buy("BASIC", now=APRIL)
    plain = renter.preview("PREMIUM", AT)
    give(duration)

    gifted = renter.preview("PREMIUM", AT)

    assert gifted.credit == plain.credit
    assert gifted.charge >= plain.charge


def test_the_period_after_given_time_is_counted_from_its_end(renter, give):
    renter.buy("BASIC", now=APRIL, auto_renew=True)
    give("P3D")
    end = renter.change("PREMIUM", AT).period_end

    renter.review(end)

    assert renter.contract().period_start == end
    assert renter.contract().period_end == end.replace(month=end.month + 1)
    assert renter.has("telegram_notifications", end)


def test_a_trial_ends_with_the_change_and_what_was_given_stays(renter, give, given):
    renter.sell("TRY", APRIL, trial_period="P14D")
    renter.buy("TRY", now=APRIL)
    give("P7D")

    renter.change("PREMIUM", APRIL + 2 * DAY)

    end = APRIL + 32 * DAY
    assert given() == [(end, end + kept(7, price=10_000))]
    assert renter.balance() == 1_000_000 - 149_900
    assert renter.status(APRIL + 2 * DAY) == "ACTIVE"


def test_a_year_given_on_a_cheap_plan_is_no_year_of_a_dear_one(renter, give):
    renter.sell("PASS", APRIL, price=500, period="PT5S")
    renter.buy("BASIC", now=APRIL)
    give("P1Y")
    at = MAY + DAY

    end = renter.change("PASS", at).period_end

    assert at < end < at + timedelta(hours=2)


def test_a_gift_beside_a_yearly_choice_is_reckoned_with_what_is_paid_today(
    renter, give
):
    renter.sell("HALVES", APRIL, price=90_000, period="P6M")
    renter.buy("HALVES", now=APRIL)
    give("P3D")

    planned = renter.preview("PREMIUM", AT, billing=Billing.YEARLY)

    assert planned.end == AT.replace(year=2028)


def test_from_months_to_a_year_given_time_follows_the_year(renter, give, given):
    renter.buy("BASIC", now=APRIL)
    give("P3D")

    renter.change("BASIC", AT, billing=Billing.YEARLY)

    end = AT.replace(year=2028)
    assert given() == [(end, end + 3 * DAY)]


@pytest.mark.parametrize("at", [AT, MAY + DAY])
def test_a_cheaper_plan_waits_for_the_end_of_given_time(renter, give, given, at):
    renter.buy("PREMIUM", now=APRIL)
    end = give("P3D").period_end
    before = given()

    with pytest.raises(CheaperPlanError):
        renter.change("BASIC", at)
    renter.change("BASIC", at, When.PERIOD_END)

    assert given() == before
    assert renter.preview("BASIC", at, When.PERIOD_END).start == end


def test_a_period_that_is_paid_ahead_keeps_the_change_for_its_end(renter, give):
    contract_id = renter.buy("BASIC", now=APRIL).contract_id
    give("P3D")
    by = {"by": renter.admin, "now": AT}
    renter.office.run(force_renew, contract_id, "by phone", **by)

    with pytest.raises(NotNowError):
        renter.change("PREMIUM", AT)
    with pytest.raises(NotNowError):
        renter.change("PREMIUM", MAY + DAY)  # in what was given before it


def test_too_little_money_moves_nothing(new_renter, given):
    renter = new_renter(49_900)
    contract_id = renter.buy("BASIC", now=APRIL).contract_id
    by = {"by": renter.admin, "now": APRIL}
    renter.office.run(give_time, contract_id, "P3D", "sorry", **by)
    before = renter.ask(GIVEN)

    with pytest.raises(DomainError):
        renter.change("PREMIUM", AT)

    assert renter.ask(GIVEN) == before


def test_granted_credit_pays_the_difference_and_sets_no_money_free(renter):
    renter.buy("BASIC", now=APRIL)
    money = renter.balance()
    renter.office.grant(200_000, now=AT)

    due = renter.change("PREMIUM", AT) and renter.office.granted(AT) - 200_000

    assert renter.balance() == money
    assert due == -66_666


def test_what_granted_credit_has_paid_pays_again(renter):
    renter.office.grant(49_900, now=APRIL)
    renter.buy("BASIC", now=APRIL)

    renter.change("PREMIUM", AT)

    assert renter.balance() == 1_000_000 - 66_666
    assert renter.office.granted(AT) == 0


def test_the_database_lets_no_paid_time_be_taken_out(renter):
    renter.buy("BASIC", now=APRIL)

    with pytest.raises(DBAPIError, match="append-only"):
        renter.ask("DELETE FROM contract_periods WHERE tenant_id = :tenant RETURNING 1")
