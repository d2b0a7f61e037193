"""What a trader reads of their contract, in the order in which it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.contracts.offers.coupons import NewCoupon, make_coupon
from abtpro_saas.contracts.words import When
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.tables import Notice
from abtpro_saas.notifications.texts import write
from tests.conftest import NOON

PRICE = 49_900
DAY = timedelta(days=1)


def read(renter, locale="en"):
    """Return what the trader was told, oldest first."""
    with renter.office.transaction() as session:
        rows = session.query(Notice).filter_by(user_id=renter.user_id)
        return [
            write(NoticeKind(row.kind), locale, row.params)
            for row in rows.order_by(Notice.notice_id)
        ]


@pytest.fixture
def in_grace(new_renter):
    """Return a function that lets a contract's grace pass, looked at when it is due."""

    def run(paid_in, **choices):
        renter = new_renter(paid_in)
        end = renter.buy("BASIC", **choices).period_end
        for later in (timedelta(0), 1.5 * DAY, 2 * DAY):
            renter.review(end + later)
        return renter

    return run


def test_no_two_notices_of_grace_say_the_same(in_grace):
    renter = in_grace(PRICE + 10_000, auto_renew=True)

    told = renter.told()[1:]
    assert told == ["CONTRACT_GRACE", "GRACE_GOES_ON", "GRACE_ENDS"]
    first, second, last = (text.title + text.body for text in read(renter)[1:])
    assert all("฿399.00 short" in each for each in (first, second, last))
    assert "36\xa0hours left" in second
    assert "24\xa0hours left" in last
    assert "Last notice" in last
    assert "Last notice" not in first + second


def test_who_renews_by_hand_hears_that_the_wallet_holds_enough(in_grace):
    renter = in_grace(3 * PRICE)

    assert "Your wallet holds enough." in read(renter)[-1].body


def test_a_first_notice_that_comes_too_late_for_another_is_the_last(new_renter):
    renter = new_renter(PRICE)
    renter.review(renter.buy("BASIC").period_end + 2.5 * DAY)

    assert renter.told()[1:] == ["GRACE_ENDS"]


def test_a_look_that_comes_seconds_late_takes_no_hour_off(new_renter):
    renter = new_renter(PRICE)
    end = renter.buy("BASIC").period_end
    renter.review(end)
    renter.review(end + 2 * DAY + timedelta(seconds=8))

    assert "24\xa0hours left" in read(renter)[-1].body


def test_a_plan_of_seconds_is_told_to_the_second(renter):
    renter.sell("BRIEF", period="PT20S", grace_period="PT10S", price=100)
    contract = renter.buy("BRIEF")
    end = contract.period_end
    renter.review(end)
    renter.review(end + timedelta(seconds=5))

    started, first, last = read(renter)
    assert f"{end:%M:%S}." in started.body
    assert f"{contract.grace_ends_at:%M:%S}" in first.title
    assert "5\xa0seconds left" in last.body


@pytest.mark.parametrize(
    ("granted", "said"),
    [
        (0, "We took ฿499.00 from your wallet."),
        (20_000, "Of ฿499.00, your granted credit paid ฿200.00 and your wallet ฿299"),
        (60_000, "Your granted credit paid ฿499.00; your wallet paid nothing."),
    ],
)
def test_a_charge_tells_who_paid_it_as_its_document_does(renter, granted, said):
    if granted:
        renter.office.grant(granted)

    renter.buy("BASIC")

    assert said in read(renter)[-1].body


def test_a_coming_renewal_names_granted_credit(renter):
    end = renter.buy("BASIC", auto_renew=True).period_end
    renter.review(end - 7 * DAY)
    renter.office.grant(20_000, end - 4 * DAY)
    renter.review(end - 3 * DAY)

    alone, both = (text.body for text in read(renter)[-2:])
    assert "We will take ฿499.00 from your wallet, which holds enough." in alone
    assert "paid with your granted credit of ฿200.00 first" in both


def test_a_change_at_once_tells_what_was_given_back_and_paid(renter):
    renter.office.grant(20_000)
    start = datetime(2027, 4, 1, 3, tzinfo=UTC)  # 30 days
    renter.buy("BASIC", start)
    before = renter.office.held(start)
    at = start + 10 * DAY

    renter.change("PREMIUM", at)

    wallet, granted = (
        was - now for was, now in zip(before, renter.office.held(at), strict=True)
    )
    body = read(renter)[-1].body
    assert "We charged ฿999.33 for Premium until" in body
    assert "gave back ฿332.67 that was unused of your former plan (credit note" in body
    assert "CN-00000-2027-000001" in body
    assert (wallet, granted) == (66_666, 0)
    assert "We took ฿666.66 from your wallet." in body
    assert "INV-00000-2027-000002" in body
    assert "CN-00000-2027-000001" in read(renter, "th")[-1].body


def test_a_trial_that_is_changed_tells_of_nothing_given_back(renter):
    renter.sell("TRY", trial_period="P14D", price=10_000)
    renter.buy("TRY")

    renter.change("BASIC", NOON + DAY)

    body = read(renter)[-1].body
    assert "We took ฿499.00 from your wallet." in body
    assert "gave back" not in body


def test_a_planned_change_tells_its_price(renter):
    renter.buy("PREMIUM")

    renter.change("BASIC", NOON + DAY, When.PERIOD_END)

    assert "Its first period will cost ฿499.00." in read(renter)[-1].body


def test_a_planned_change_tells_what_the_coupon_takes_off(renter):
    coupon = NewCoupon("HALF", percent_off=50, periods=2)
    renter.office.run(make_coupon, coupon, by=renter.admin, now=NOON)
    renter.buy("BASIC", coupon="HALF")

    renter.change("PREMIUM", NOON + DAY, When.PERIOD_END)

    body = read(renter)[-1].body
    assert "Its first period will cost ฿749.50: your coupon takes off ฿749.50." in body
