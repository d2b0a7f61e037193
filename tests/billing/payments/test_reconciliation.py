"""The gateway's daily file held against our books, once, and only if it makes sense."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from abtpro_saas.billing.gateways.port import GatewayUnavailableError
from abtpro_saas.billing.gateways.settlement import (
    HEADER,
    Settlement,
    SettlementError,
    parse_settlement,
)
from abtpro_saas.billing.payments.reconciliation import due_accounts
from abtpro_saas.billing.payments.settling import Reading
from abtpro_saas.clock import bangkok_date, bangkok_day, utc_now

OPEN = "SELECT kind FROM incidents WHERE closed_at IS NULL ORDER BY kind"


@pytest.fixture
def today():
    return bangkok_date(utc_now())


def csv_of(*rows, total=None):
    """Return a file of (txn, reference, gross, fee, vat, net) rows, amounts as text."""
    at = utc_now().isoformat()
    lines = [",".join(HEADER)] + [",".join([*row, at, "THB"]) for row in rows]
    sums = [f"{sum(float(r[n]) for r in rows):.2f}" for n in range(2, 6)]
    lines.append(",".join(["TOTAL", str(len(rows)), *(total or sums), "", "THB"]))
    return ("\n".join(lines) + "\n").encode()


def row(txn, reference, gross="499.00"):
    return txn, reference, gross, "8.23", "0.58", f"{float(gross) - 8.81:.2f}"


@pytest.fixture
def book(till):
    """Return a function that books a file which is at hand."""

    def read(raw, day):
        reading = Reading(till.engine, till.tenant, till.account_id, day, utc_now())
        return reading.book(parse_settlement(raw, day))

    return read


def test_what_was_credited_is_settled_with_fees_apart(till, pay, today):
    made = till.begin()
    pay(made)
    till.review(made, seconds=5)

    standing = till.reconcile(today)

    assert standing.state == "RECONCILED"
    sums = till.sums()
    assert (sums["WALLET"], sums.get("CLEARING", 0)) == (49_900, 0)
    assert sums["BANK"] + sums["FEES"] + sums["FEE_VAT"] == -49_900
    assert (sums["FEES"], sums["FEE_VAT"]) == (-823, -58)
    assert till.column(OPEN) == []


def test_a_payment_that_nobody_knew_is_credited_and_marked(till, pay, today):
    made = till.begin()
    pay(made)

    till.reconcile(today)

    assert till.balance() == 49_900
    assert till.column("SELECT source FROM gateway_payments") == ["SETTLEMENT"]
    assert till.column("SELECT credited FROM settlements") == [1]
    assert till.read(made).status == "SUCCESS"


def test_money_without_a_topup_is_parked(till, sim, today):
    sim(
        "pay",
        merchant_id=till.merchant_id,
        reference_id="NOBODYKNOWSTHIS",
        amount="10.00",
        deliver=False,
    )

    till.reconcile(today)

    assert till.sums()["SUSPENSE"] == 1_000
    assert till.column("SELECT parked FROM settlements") == [1]


def test_the_same_file_twice_changes_nothing(till, pay, today):
    pay(till.begin())
    till.reconcile(today)
    before = till.sums()

    again = till.reconcile(today)

    assert "unchanged" in again.summary
    assert till.sums() == before
    assert till.column("SELECT count(*) FROM settlements") == [1]


def test_of_many_readers_at_once_one_books(till, pay, today):
    for _ in range(4):
        pay(till.begin("10.00"))

    with ThreadPoolExecutor(4) as pool:
        states = [r.state for r in pool.map(lambda _: till.reconcile(today), range(4))]

    assert states == ["RECONCILED"] * 4
    sums = till.sums()
    assert (sums["WALLET"], sums.get("CLEARING", 0)) == (4_000, 0)


def test_a_changed_file_is_an_incident_and_books_nothing(till, pay, today):
    pay(till.begin())
    till.reconcile(today)
    before = till.sums()
    pay(till.begin())

    assert "changed" in till.reconcile(today).summary
    assert till.sums() == before
    assert till.column(OPEN) == ["SETTLEMENT_MISMATCH"]


def test_a_payment_that_is_missing_there_is_marked_until_it_comes(till, today, book):
    made = till.begin()
    told = till.notice(made)
    till.accept(told)

    till.reconcile(today)
    marked = till.column("SELECT missing_since IS NOT NULL FROM gateway_payments")
    incidents = till.column(OPEN)
    tomorrow = csv_of(row(told.gateway_txn_id, made.reference))
    book(tomorrow, today + timedelta(days=1))

    assert (marked, incidents) == ([True], ["MISSING_IN_SETTLEMENT"])
    assert till.column("SELECT missing_since FROM gateway_payments") == [None]
    assert till.column(OPEN) == []
    assert till.sums().get("CLEARING", 0) == 0


def test_other_money_and_money_that_went_back_are_not_missing(till, today):
    foreign, back = till.begin(), till.begin()
    till.accept(till.notice(foreign, currency="USD"))
    paid = till.notice(back)
    till.accept(paid)
    refund = till.notice(
        back, event_type="payment.refunded", gateway_txn_id=paid.gateway_txn_id
    )
    till.accept(refund)

    till.reconcile(today)

    assert till.column("SELECT missing FROM settlements") == [0]


def test_what_was_paid_at_midnight_belongs_to_the_new_day(till, today):
    _start, end = bangkok_day(today)
    till.accept(till.notice(till.begin(), paid_at=end))

    till.reconcile(today)

    assert till.column("SELECT missing FROM settlements") == [0]


def test_another_amount_than_ours_is_an_incident(till, book, today):
    made = till.begin()
    told = till.notice(made)
    till.accept(told)

    book(csv_of(row(told.gateway_txn_id, made.reference, "599.00")), today)

    assert till.balance() == 49_900
    assert till.read(made).flags == ["AMOUNT_MISMATCH"]
    assert till.column("SELECT mismatched FROM settlements") == [1]
    assert till.sums()["CLEARING"] == 10_000  # what the gateway paid out too much


def test_a_file_that_contradicts_itself_counts_for_nothing(till, book, today):
    made = till.begin()
    raw = csv_of(row("txn_1", made.reference), total=["1.00"] * 4)

    with pytest.raises(SettlementError):
        book(raw, today)

    assert (till.balance(), till.sums()) == (0, {})


def test_a_rejected_file_is_seen_by_a_person_until_a_good_one_comes(till, pay, today):
    reading = Reading(till.engine, till.tenant, till.account_id, today, utc_now())
    rejected = reading.reject("the total differs from the rows")
    before = till.column(OPEN)
    pay(till.begin())

    till.reconcile(today)

    assert rejected.state == "REJECTED"
    assert (before, till.column(OPEN)) == (["SETTLEMENT_REJECTED"], [])


def test_one_payment_is_settled_on_one_day_alone(till, book, today):
    made = till.begin()
    raw = csv_of(row("txn_1", made.reference))
    book(raw, today)
    before = till.sums()

    again = book(raw, today + timedelta(days=1))

    assert again.state == "REJECTED"
    assert till.sums() == before
    assert till.column(OPEN) == ["SETTLEMENT_REJECTED"]


def test_money_that_was_refunded_before_we_heard_is_not_given_away(till, pay, today):
    made = till.begin()
    txn = pay(made)["transaction_id"]
    pay(made, event_type="payment.refunded", transaction_id=txn)

    till.reconcile(today)

    assert till.balance() == 0
    assert till.sums()["SUSPENSE"] == 49_900
    assert till.column(OPEN) == ["REFUNDED_UNHEARD"]


def test_money_that_was_refunded_is_owed_to_the_gateway_when_it_settles_it(
    till, pay, today
):
    made = till.begin()
    txn = pay(made)["transaction_id"]
    till.review(made, seconds=5)
    pay(made, event_type="payment.refunded", transaction_id=txn)
    told = till.notice(made, event_type="payment.refunded", gateway_txn_id=txn)
    till.accept(told)

    till.reconcile(today)

    sums = till.sums()
    assert (sums.get("WALLET", 0), sums["CLEARING"]) == (0, 49_900)


def test_a_reading_that_was_cut_short_is_done_again(till, today, book):
    one, two = till.begin("499.00"), till.begin("499.00")
    raw = csv_of(row("txn_1", one.reference), row("txn_2", two.reference))
    whole = parse_settlement(raw, today)
    reading = Reading(till.engine, till.tenant, till.account_id, today, utc_now())
    reading._receive(whole.rows[0])  # noqa: SLF001 - a crash after the first row

    book(raw, today)

    assert till.column("SELECT credited FROM settlements") == [2]
    assert till.sums()["WALLET"] == 99_800


def test_a_day_without_a_file_is_asked_for_again(till, sim, today):
    with pytest.raises(GatewayUnavailableError):
        till.reconcile(today + timedelta(days=1))
    sim("outage", seconds=60)
    with pytest.raises(GatewayUnavailableError):
        till.reconcile(today)
    sim("outage", seconds=0)

    assert till.reconcile(today).state == "RECONCILED"


def test_files_are_due_from_the_day_that_an_account_was_opened(
    till, open_till, engine, today
):
    other = open_till(driver="classic")
    by_hand = open_till(driver="manual")

    def due(at):
        return {each.account_id for each in due_accounts(engine, at, 10_000)}

    now = utc_now()
    assert {till.account_id, other.account_id} <= due(now)
    assert by_hand.account_id not in due(now)
    assert till.account_id not in due(now - timedelta(days=1))
    till.reconcile(today)
    assert till.account_id not in due(now)


def test_an_empty_day_is_read_too(till, book, today):
    empty = Settlement(today, (), b"nothing")
    reading = Reading(till.engine, till.tenant, till.account_id, today, utc_now())

    assert reading.book(empty).state == "RECONCILED"
    assert till.sums() == {}
