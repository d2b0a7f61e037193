from datetime import timedelta

import pytest

from abtpro_saas.contracts.deals.due import taken_at_once
from abtpro_saas.contracts.life.review import renew_where_due
from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.words import When
from tests.conftest import NOON

DAY = timedelta(days=1)
PRICE = 49_900


def foreseen(renter, now):
    def ask(session, _tenant_id):
        return taken_at_once(session, session.merge(renter.contract()), now)

    return renter.office.run(ask)


def taken(renter, now):
    """Switch it on, let a request of its owner try it, and return what that took."""
    before = renter.balance()
    renter.auto_renew(now, on=True)
    office = renter.office
    renew_where_due(office.engine, office.tenant, renter.user_id, now)
    return before - renter.balance()


@pytest.mark.parametrize("days", [0, 1, 20])
def test_what_is_foreseen_is_what_is_taken(renter, days):
    now = renter.buy("BASIC").period_end + days * DAY

    assert foreseen(renter, now) == taken(renter, now) == PRICE


@pytest.mark.parametrize("paid_in", [30_000, 1_000_000])
def test_each_period_that_was_missed_in_grace_is_foreseen(new_renter, paid_in):
    renter = new_renter(paid_in)
    renter.sell("DAILY", price=10_000, period="P1D", grace_period="P4D")
    now = renter.buy("DAILY").period_end + 3 * DAY

    whole = 40_000 if paid_in > 40_000 else 20_000
    assert foreseen(renter, now) == taken(renter, now) == whole


def test_a_coupon_lowers_what_is_foreseen_as_long_as_it_lasts(renter):
    renter.sell("DAILY", price=10_000, period="P1D", grace_period="P4D")
    coupon = NewCoupon("TWICE", percent_off=50, periods=2)
    renter.office.run(make_coupon, coupon, by=renter.admin, now=NOON)
    now = renter.buy("DAILY", coupon="TWICE").period_end + DAY

    assert foreseen(renter, now) == taken(renter, now) == 15_000


def test_another_length_is_foreseen_once(renter):
    renter.sell("DAILY", price=10_000, period="P1D", grace_period="P4D")
    bought = renter.buy("BASIC")
    renter.change("DAILY", NOON + DAY, When.PERIOD_END)
    now = bought.period_end + 2 * DAY

    assert foreseen(renter, now) == taken(renter, now) == 10_000


def test_nothing_is_foreseen_while_the_period_runs(renter):
    bought = renter.buy("BASIC")

    assert foreseen(renter, bought.period_end - DAY) == 0


def test_nothing_is_foreseen_for_what_was_cancelled_or_has_lapsed_too_long(renter):
    bought = renter.buy("BASIC")
    assert foreseen(renter, bought.grace_ends_at + 31 * DAY) == 0
    renter.cancel(NOON + DAY)

    assert foreseen(renter, bought.period_end) == 0
