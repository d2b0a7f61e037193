from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.contracts.terms.proration import (
    Rate,
    same_worth,
    unused_share,
    unused_value,
)
from abtpro_saas.errors import InvalidError

START = datetime(2027, 4, 1, 3, tzinfo=UTC)
END = datetime(2027, 5, 1, 3, tzinfo=UTC)
PREMIUM = 149_900


@pytest.mark.parametrize(
    ("price", "days", "of", "worth"),
    [
        (49_900, 20, 30, 33_267),
        (149_900, 20, 30, 99_933),
        (149_900, 15, 31, 72_532),
        (499_900, 15, 31, 241_887),
    ],
)
def test_each_value_rounds_once_half_up(price, days, of, worth):
    end = START + timedelta(days=of)

    assert unused_value(price, START, end, end - timedelta(days=days)) == worth


def test_today_is_not_yet_used_until_midnight_in_bangkok():
    tomorrow = START + timedelta(hours=24)
    before_midnight = datetime(2027, 4, 1, 16, 59, tzinfo=UTC)

    assert unused_value(PREMIUM, START, END, before_midnight) == PREMIUM
    assert unused_value(PREMIUM, START, END, tomorrow) == 144_903


def test_a_day_is_counted_in_seconds_or_its_last_second_would_give_it_back():
    end = START + timedelta(days=1)

    assert unused_value(19_900, START, end, end - timedelta(seconds=1)) == 0
    assert unused_value(19_900, START, end, end - timedelta(hours=12)) == 9_950


MONTH = timedelta(days=30)
CHEAP, DEAR = Rate(49_900, MONTH), Rate(149_900, MONTH)


@pytest.mark.parametrize(
    ("left", "old", "new", "lasts"),
    [
        (timedelta(days=3), CHEAP, DEAR, timedelta(seconds=86_284)),
        (timedelta(days=3), DEAR, CHEAP, timedelta(days=3)),
        (timedelta(days=3), CHEAP, CHEAP, timedelta(days=3)),
        (timedelta(days=365), CHEAP, Rate(500, timedelta(seconds=5)), 6_071),
        (timedelta(days=3), Rate(0, MONTH), DEAR, timedelta()),
        (timedelta(days=3), CHEAP, Rate(0, MONTH), timedelta(days=3)),
    ],
)
def test_given_time_keeps_its_worth_and_never_grows(left, old, new, lasts):
    expected = lasts if isinstance(lasts, timedelta) else timedelta(seconds=lasts)

    assert same_worth(left, old, new) == expected


def test_less_than_a_day_is_counted_in_seconds():
    end = START + timedelta(seconds=20)

    assert unused_value(1_000, START, end, START + timedelta(seconds=5)) == 750


def test_the_last_morning_is_a_day_until_the_period_ends():
    a_minute = timedelta(minutes=1)

    assert unused_value(PREMIUM, START, END, END - a_minute) == 4_997
    assert unused_value(PREMIUM, START, END, END) == 0


@given(integers(0, 10**12), integers(-40, 40))
def test_never_more_than_the_price_nor_less_than_nothing(price, day):
    worth = unused_value(price, START, END, START + timedelta(days=day))

    assert 0 <= worth <= price


@given(integers(0, 10**9), integers(0, 29))
def test_every_day_makes_it_worth_less(price, day):
    here = START + timedelta(days=day)

    later = unused_value(price, START, END, here + timedelta(days=1))
    assert later <= unused_value(price, START, END, here)


def test_after_the_end_nothing_is_left_and_an_empty_period_is_refused():
    assert unused_value(PREMIUM, START, END, END) == 0
    with pytest.raises(InvalidError):
        unused_value(PREMIUM, START, START, START)


def test_a_share_says_what_was_multiplied():
    share = unused_share(START, END, START + timedelta(days=10))

    assert share.words(PREMIUM, "en") == "20 of 30 days, at ฿1,499.00 for 30 days"
    assert share.words(PREMIUM, "th") == ("20 วันจาก 30 วัน ในราคา ฿1,499.00 ต่อ 30 วัน")


def test_a_share_of_less_than_a_day_is_said_in_seconds():
    end = START + timedelta(seconds=20)
    share = unused_share(START, end, START + timedelta(seconds=4, milliseconds=250))

    assert share.words(1_000, "en") == "15.75 of 20 seconds, at ฿10.00 for 20 seconds"
    assert share.words(1_000, "th") == (
        "15.75 วินาทีจาก 20 วินาที ในราคา ฿10.00 ต่อ 20 วินาที"
    )


def test_a_share_of_a_single_day_is_said_of_one():
    share = unused_share(START, START + timedelta(hours=25), START)

    assert share.words(100, "en") == "1 of 1 day, at ฿1.00 for 1 day"


@given(integers(0, 10**12), integers(-40, 40))
def test_the_figures_that_are_said_give_the_amount(price, day):
    now = START + timedelta(days=day)
    share = unused_share(START, END, now)
    exact = Fraction(price * share.left, share.whole)

    assert unused_value(price, START, END, now) == floor(exact + Fraction(1, 2))
