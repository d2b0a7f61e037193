"""What a trader reads of their contract, in the order in which it is told."""

from datetime import timedelta

import pytest

from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.tables import Notice
from abtpro_saas.notifications.texts import write

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
