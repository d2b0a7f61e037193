"""A top-up is followed until nothing more can come of it, whatever is paid when."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.billing import accounts
from abtpro_saas.billing.payments.notices import accept_notice
from abtpro_saas.billing.topups.locking import lock_topup
from abtpro_saas.clock import utc_now
from abtpro_saas.money import Satang
from abtpro_saas.reruns import rerun

MIDNIGHT = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
"""The start of 22 November in Bangkok."""


def test_a_payment_that_nobody_told_of_is_found(till, pay):
    made = till.begin()
    pay(made)

    standing = till.review(made, seconds=5)

    assert (standing.status, standing.review_at) == ("SUCCESS", None)
    assert till.sums() == {"WALLET": 49_900, "CLEARING": -49_900}


def test_the_gateway_is_asked_again_at_growing_distances(till):
    made, looks = till.begin(now=utc_now().replace(microsecond=0)), []
    standing = till.review(made, seconds=0)
    while standing.review_at is not None:
        looks.append(standing.review_at - made.created_at)
        standing = till.review(made, at=standing.review_at)

    assert [int(look.total_seconds()) for look in looks] == [
        5, 15, 30, 60, 120, 300, 600, 900, 900 + 3600, 900 + 86_400,
    ]  # fmt: skip
    assert standing.status == "EXPIRED"
    kinds = till.column("SELECT kind FROM notices")
    assert kinds == ["TOPUP_EXPIRED"]


def test_what_was_found_is_not_credited_again_when_told(till, pay):
    made = till.begin()
    event = pay(made)
    till.review(made, seconds=5)

    told = till.notice(made, gateway_txn_id=event["transaction_id"])

    assert till.accept(told) == "DUPLICATE"
    assert till.balance() == 49_900


def test_a_look_and_a_notice_at_once_credit_once(till, pay):
    for _ in range(5):
        made = till.begin("10.00")
        event = pay(made)
        told = till.notice(made, gateway_txn_id=event["transaction_id"])
        start = threading.Barrier(3)

        def together(work, start=start):
            start.wait(5)
            return work()

        with ThreadPoolExecutor(3) as pool:
            runs = [
                pool.submit(together, lambda m=made: till.review(m, seconds=5)),
                pool.submit(together, lambda t=told: till.accept(t)),
                pool.submit(together, lambda m=made: till.review(m, seconds=6)),
            ]
            assert [run.exception() for run in runs] == [None] * 3

    assert till.sums() == {"WALLET": 5_000, "CLEARING": -5_000}


def test_what_was_paid_after_a_failure_is_found(till, pay):
    made = till.begin()
    till.accept(till.notice(made, event_type="payment.failed"))
    pay(made)

    assert till.read(made).status == "FAILED"
    assert till.review(made, seconds=5).status == "SUCCESS"


def test_around_midnight_both_days_are_asked(till, pay):
    made = till.begin(now=MIDNIGHT - timedelta(seconds=20))
    pay(made, paid_at=(MIDNIGHT - timedelta(seconds=1)).isoformat())

    standing = till.review(made, at=MIDNIGHT + timedelta(seconds=30))

    assert standing.status == "SUCCESS"
    assert till.read(made).flags == []


def test_a_late_payment_is_found_and_flagged(till, pay):
    made = till.begin()
    expired = till.review(made, minutes=15)
    pay(made, paid_at=(made.expires_at + timedelta(seconds=1)).isoformat())

    found = till.review(made, minutes=15, hours=1)

    assert (expired.status, found.status) == ("EXPIRED", "SUCCESS")
    assert till.read(made).flags == ["PAID_LATE"]
    kinds = till.column("SELECT kind FROM notices ORDER BY notice_id")
    assert kinds == ["TOPUP_EXPIRED", "TOPUP_PAID", "TOPUP_FLAGGED"]


def test_money_of_a_cancelled_topup_is_found(till, pay):
    made = till.begin()
    till.review(made, seconds=0)
    till.cancel(made)
    pay(made)

    # Not yet an instant to ask: that it cannot be withdrawn says that it was paid.
    assert till.review(made, seconds=1).status == "SUCCESS"
    assert till.read(made).flags == ["PAID_LATE"]


def test_a_cancelled_qr_is_withdrawn_at_the_gateway_once(till, sim, gateway_url):
    made = till.begin()
    till.review(made, seconds=0)
    till.cancel(made)
    till.review(made, seconds=1)

    assert till.read(made).withdrawn_at is not None
    assert till.balance() == 0


def test_a_payment_that_failed_at_the_gateway_is_no_money(till, pay):
    made = till.begin()
    pay(made, event_type="payment.failed")

    standing = till.review(made, seconds=5)

    assert (standing.status, till.balance(), till.sums()) == ("PENDING", 0, {})


def test_each_thing_is_told_once(till, pay):
    made = till.begin()
    pay(made, amount="500.00")
    for seconds in (5, 6, 7):
        till.review(made, seconds=seconds)

    kinds = till.column("SELECT kind FROM notices ORDER BY notice_id")
    assert kinds == ["TOPUP_PAID", "TOPUP_FLAGGED"]


def test_a_limit_lowered_since_does_not_hold_what_was_asked_for(till, pay):
    made = till.begin()
    pay(made)
    with till.transaction() as session:
        accounts.get_account(session, till.tenant, till.account_id).most = Satang(100)

    till.review(made, seconds=5)

    assert (till.read(made).status, till.balance()) == ("SUCCESS", 49_900)


def test_what_the_gateway_took_back_unheard_is_not_given_away(till, pay):
    made = till.begin()
    event = pay(made)
    pay(made, event_type="payment.refunded", transaction_id=event["transaction_id"])

    till.review(made, seconds=5)

    assert till.balance() == 0
    assert till.sums() == {"SUSPENSE": 49_900, "CLEARING": -49_900}
    refund = till.notice(
        made,
        event_type="payment.refunded",
        gateway_txn_id=event["transaction_id"],
    )
    assert till.accept(refund) == "REFUNDED"
    assert till.sums() == {}


def test_a_refund_told_before_the_look_comes_to_nothing(till, pay):
    made = till.begin()
    event = pay(made)
    txn = event["transaction_id"]
    pay(made, event_type="payment.refunded", transaction_id=txn)
    told = till.notice(made, event_type="payment.refunded", gateway_txn_id=txn)

    assert till.accept(told) == "PARKED"
    assert till.review(made, seconds=5).status == "SUCCESS"
    assert till.read(made).refunded == 49_900
    assert till.sums() == {}


def test_an_amount_above_the_limit_is_parked_by_the_look(open_till, gateway_url, sim):
    till = open_till(gateway_url, most=100_000)
    sim(
        "accounts",
        merchant_id=till.merchant_id,
        name="a shop",
        secrets=["whsec_for_tests_only_0123"],
        callback_url="http://127.0.0.1:9/nobody",
    )
    made = till.begin("1000.00")
    sim(
        "pay",
        merchant_id=till.merchant_id,
        reference_id=made.reference,
        amount="1000.01",
        deliver=False,
    )

    till.review(made, seconds=5)

    assert till.sums() == {"SUSPENSE": 100_001, "CLEARING": -100_001}
    assert till.column("SELECT kind FROM incidents") == ["ABOVE_LIMIT"]


def test_deadlocked_transactions_are_run_again(till):
    """Two hold a top-up each and want the other's: the database ends one of them."""
    topups = [till.begin("10.00"), till.begin("10.00")]
    told = [till.notice(each) for each in topups]
    meet = threading.Barrier(2)

    def both(first, second):
        tries = []

        def work():
            tries.append(1)
            with till.transaction() as session:
                key = (till.tenant, till.account_id)
                lock_topup(session, *key, first.reference)
                if len(tries) == 1:
                    meet.wait(10)
                for each in (second, first):
                    accept_notice(session, *key, each, utc_now())

        rerun(work)
        return len(tries)

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(both, *told), pool.submit(both, *reversed(told))]
        tries = sorted(run.result(30) for run in runs)

    assert tries[0] == 1 < tries[1]
    assert till.sums() == {"WALLET": 2_000, "CLEARING": -2_000}


@pytest.mark.parametrize("order", [1, -1])
def test_one_transaction_told_with_two_amounts_counts_as_told_first(
    open_till, odd_gateway, order
):
    till = open_till(odd_gateway.url)
    made = till.begin("10.00")
    odd_gateway.pay(made)
    (paid,) = odd_gateway.payments
    odd_gateway.payments[:] = [paid, paid | {"amount": "99.00"}][::order]

    till.review(made, seconds=5)

    first = 1_000 if order == 1 else 9_900
    assert till.balance() == first
    assert till.column("SELECT kind FROM incidents") == ["AMOUNT_MISMATCH"]
    assert till.column("SELECT detail -> 'credited' FROM incidents") == [first]
    assert "AMOUNT_MISMATCH" in till.read(made).flags


def test_one_transaction_told_twice_alike_is_nothing_strange(open_till, odd_gateway):
    till = open_till(odd_gateway.url)
    made = till.begin()
    odd_gateway.pay(made)
    odd_gateway.payments *= 2

    till.review(made, seconds=5)

    assert (till.balance(), till.read(made).flags) == (49_900, [])
    assert till.column("SELECT kind FROM incidents") == []


@pytest.mark.parametrize("order", [1, -1])
def test_one_transaction_told_as_paid_and_as_given_back_is_held(
    open_till, odd_gateway, order
):
    till = open_till(odd_gateway.url)
    made = till.begin()
    odd_gateway.pay(made)
    (paid,) = odd_gateway.payments
    odd_gateway.payments[:] = [paid, paid | {"status": "REFUNDED"}][::order]

    till.review(made, seconds=5)

    assert till.balance() == 0
    assert till.column("SELECT kind FROM incidents") == ["REFUNDED_UNHEARD"]
