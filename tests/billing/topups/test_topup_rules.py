"""What a payment means for its top-up, and when a top-up is looked at."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abtpro_saas.billing.topups.rules import (
    INQUIRIES,
    LATE_INQUIRIES,
    Paid,
    Standing,
    flags_of,
    inquiry_due,
    next_review,
)
from abtpro_saas.billing.words import Flag, TopupStatus
from tests.conftest import NOON

END = NOON + timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def standing(status="PENDING", credited=0, flags=()):
    return Standing(TopupStatus(status), 49_900, credited, END, flags)


@pytest.mark.parametrize(
    ("topup", "amount", "paid_at", "flags"),
    [
        (standing(), 49_900, END, ()),
        (standing(), 49_899, END, ("UNDERPAID",)),
        (standing(), 49_901, END, ("OVERPAID",)),
        (standing(), 49_900, END + SECOND, ("PAID_LATE",)),
        (standing("EXPIRED"), 49_900, END - SECOND, ()),
        (standing("CANCELLED"), 49_900, NOON, ("PAID_LATE",)),
        (standing("SUCCESS", 49_900), 1, NOON, ("PAID_TWICE",)),
        (standing("SUCCESS", 49_900, ("OVERPAID",)), 1, END + SECOND,
         ("OVERPAID", "PAID_LATE", "PAID_TWICE")),
    ],
)  # fmt: skip
def test_what_is_unusual_about_a_payment_is_flagged(topup, amount, paid_at, flags):
    assert flags_of(topup, Paid(amount, paid_at)) == flags


@given(
    amount=st.integers(1, 10**12),
    late=st.integers(-(10**6), 10**6),
    flags=st.sets(st.sampled_from(list(Flag))),
)
def test_flags_are_only_ever_added(amount, late, flags):
    topup = standing(flags=tuple(sorted(flags)))
    paid = Paid(amount, END + timedelta(seconds=late))

    assert set(flags_of(topup, paid)) >= flags


def every_look(*, unheard_until=None):
    """Return the instants at which an unpaid top-up is looked at."""
    now, looks = NOON, []
    status = TopupStatus.PENDING
    while now is not None and len(looks) < 1000:
        unheard = unheard_until is not None and now < unheard_until
        if now >= END and not unheard:
            status = TopupStatus.EXPIRED
        now = next_review(status, NOON, END, now, unheard=unheard)
        looks.append(now)
    return [look for look in looks if look]


def test_looks_follow_the_schedule_to_its_end():
    assert every_look() == [
        *(NOON + each for each in INQUIRIES),
        *(END + each for each in LATE_INQUIRIES),
    ]


def test_a_silent_gateway_is_asked_more_often_but_not_for_ever():
    looks = every_look(unheard_until=END + timedelta(days=7))

    assert looks == sorted(set(looks))
    assert looks[-1] == END + LATE_INQUIRIES[-1]
    assert len(looks) < 150


@pytest.mark.parametrize(
    ("after", "again"),
    [(timedelta(minutes=59), True), (timedelta(hours=1), False)],
)
def test_what_we_could_not_ask_prolongs_the_watch_by_an_hour_alone(after, again):
    now = END + LATE_INQUIRIES[-1] + after

    at = next_review(TopupStatus.PENDING, NOON, END, now, unheard=True, unasked=True)

    assert at == (now + timedelta(seconds=15) if again else None)


@given(asked=st.integers(0, 100_000), now=st.integers(0, 100_000))
@example(asked=5, now=7)  # it was asked at the very instant
def test_an_answered_inquiry_is_not_repeated_before_the_next_is_due(asked, now):
    asked_at, at = (NOON + timedelta(seconds=n) for n in (asked, now))
    instants = [NOON + each for each in INQUIRIES] + [END + e for e in LATE_INQUIRIES]

    due = inquiry_due(NOON, END, asked_at, at)

    assert due == any(asked_at < instant <= at for instant in instants)


def test_a_paid_topup_is_looked_at_no_more():
    assert next_review(TopupStatus.SUCCESS, NOON, END, NOON, unheard=True) is None


def test_a_short_qr_is_asked_about_within_its_life_alone():
    end = NOON + timedelta(seconds=20)

    assert (
        next_review(
            TopupStatus.PENDING, NOON, end, NOON + timedelta(seconds=15), unheard=False
        )
        == end
    )
