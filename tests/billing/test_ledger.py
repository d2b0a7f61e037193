"""The ledger refuses what is not true, whoever writes."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from abtpro_saas.billing import ledger
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.database import tenant_transaction
from tests.billing import raw
from tests.conftest import NOON


@pytest.fixture
def books(engine, tenant, user):
    """A clearing account and two wallets with ฿50.00 each."""
    people = [user(), user()]
    with tenant_transaction(engine, tenant) as session:
        clearing = ledger.account(session, tenant, AccountKind.CLEARING, uuid4(), NOON)
        wallets = [
            ledger.wallet(session, tenant, each, NOON).account_id for each in people
        ]
        for wallet in wallets:
            legs = (Leg(clearing, -5000), Leg(wallet, 5000))
            draft = Draft(JournalKind.TOP_UP, f"opening:{wallet}", legs, "opening")
            ledger.post(session, tenant, draft, NOON)
    return clearing, *wallets


@pytest.fixture
def move(engine, tenant):
    """Return a function that posts one journal in a transaction of its own."""

    def run(*legs, source=None, as_tenant=tenant):
        draft = Draft(JournalKind.DEDUCTION, source or str(uuid4()), legs, "test")
        with tenant_transaction(engine, as_tenant) as session:
            return ledger.post(session, as_tenant, draft, NOON)

    return run


@pytest.fixture
def held(engine, tenant):
    """Return a function that gives a wallet's balance and the sum of its postings."""

    def read(wallet):
        with tenant_transaction(engine, tenant) as session:
            cached = session.scalar(
                text("SELECT balance FROM wallets WHERE account_id = :id"),
                {"id": wallet},
            )
            return cached, ledger.credit_balance(session, tenant, wallet)

    return read


def test_a_wallets_balance_is_the_sum_of_its_postings(books, move, held):
    clearing, wallet, _other = books

    move(Leg(wallet, -1250), Leg(clearing, 1250))

    assert held(wallet) == (3750, 3750)


def test_a_wallet_never_falls_below_zero(books, move, held):
    clearing, wallet, _other = books

    with pytest.raises(ledger.InsufficientFundsError):
        move(Leg(wallet, -5001), Leg(clearing, 5001))
    assert held(wallet) == (5000, 5000)


def test_of_100_parallel_debits_of_1_from_50_exactly_50_succeed(books, move, held):
    clearing, wallet, _other = books

    def debit(_):
        try:
            move(Leg(wallet, -100), Leg(clearing, 100))
        except ledger.InsufficientFundsError:
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(debit, range(100))) == 50
    assert held(wallet) == (0, 0)


def test_transfers_both_ways_at_once_do_not_deadlock(books, move, held):
    _clearing, one, two = books

    def transfer(turn):
        source, target = (one, two) if turn % 2 else (two, one)
        return move(Leg(source, -10), Leg(target, 10))

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(transfer, range(80)))) == 80
    assert held(one)[0] + held(two)[0] == 10_000


def test_one_cause_is_posted_once(books, move, held):
    clearing, wallet, _other = books

    move(Leg(wallet, -100), Leg(clearing, 100), source="rent:march")

    with pytest.raises(ledger.PostedError):
        move(Leg(wallet, -100), Leg(clearing, 100), source="rent:march")
    assert held(wallet) == (4900, 4900)


@pytest.mark.parametrize("amounts", [(100, -99), (100, 0, -100), (100,)])
def test_what_does_not_sum_to_zero_is_refused(books, move, amounts):
    legs = [Leg(books[n], amount) for n, amount in enumerate(amounts)]

    with pytest.raises(ledger.UnbalancedError):
        move(*legs)


def test_lines_of_one_instant_keep_their_order(engine, tenant, books, move):
    clearing, wallet, _other = books
    for amount in (100, 200, 300):
        move(Leg(wallet, amount), Leg(clearing, -amount))

    with tenant_transaction(engine, tenant) as session:
        lines = session.execute(
            text(
                "SELECT amount, balance_after FROM postings WHERE tenant_id = :tenant"
                " AND account_id = :wallet ORDER BY posted_at"
            ),
            {"tenant": tenant, "wallet": wallet},
        ).all()
        instants = session.scalar(
            text(
                "SELECT count(DISTINCT posted_at) FROM postings"
                " WHERE tenant_id = :tenant AND account_id = :wallet"
            ),
            {"tenant": tenant, "wallet": wallet},
        )

    assert [line.amount for line in lines[-3:]] == [100, 200, 300]
    assert [line.balance_after for line in lines[-3:]] == [5100, 5300, 5600]
    assert instants == len(lines)


def test_a_reversal_undoes_a_journal_once(engine, tenant, books, move, held):
    clearing, wallet, _other = books
    journal = move(Leg(wallet, -700), Leg(clearing, 700))

    with tenant_transaction(engine, tenant) as session:
        ledger.reverse(session, tenant, journal, "wrong wallet", NOON)

    assert held(wallet) == (5000, 5000)
    with (
        pytest.raises(ledger.ReversedError),
        tenant_transaction(engine, tenant) as session,
    ):
        ledger.reverse(session, tenant, journal, "again", NOON)


def test_a_reversal_is_not_reversed(engine, tenant, books, move, held):
    clearing, wallet, _other = books
    journal = move(Leg(wallet, -700), Leg(clearing, 700))
    with tenant_transaction(engine, tenant) as session:
        reversal = ledger.reverse(session, tenant, journal, "wrong wallet", NOON)

    with (
        pytest.raises(ledger.ReversedError),
        tenant_transaction(engine, tenant) as session,
    ):
        ledger.reverse(session, tenant, reversal, "right after all", NOON)
    assert held(wallet) == (5000, 5000)


@pytest.fixture
def write_raw(engine, tenant):
    """Return a function that writes a journal past our own code."""
    return partial(raw.write_raw, engine, tenant)


@pytest.mark.parametrize("amounts", [(100, -99), (100,), ()])
def test_raw_sql_cannot_commit_an_unbalanced_journal(books, write_raw, amounts):
    legs = [(books[n + 1], amount) for n, amount in enumerate(amounts)]

    with pytest.raises(IntegrityError, match="sum to"):
        write_raw(*legs)


def test_raw_sql_cannot_write_a_zero_leg(books, write_raw):
    with pytest.raises(IntegrityError, match="ck_postings_amount"):
        write_raw((books[1], 0), (books[2], 0))


def test_raw_sql_cannot_mix_currencies(books, write_raw):
    with pytest.raises(IntegrityError, match="currency"):
        write_raw((books[1], 100), (books[2], -100), currency="USD")
    with pytest.raises(IntegrityError, match="currency"):
        write_raw((books[1], 100), (books[2], -100), leg_currency="USD")


def test_raw_sql_cannot_post_to_another_tenants_account(
    engine, books, new_tenant, write_raw
):
    stranger = new_tenant()
    with tenant_transaction(engine, stranger) as session:
        theirs = ledger.account(session, stranger, AccountKind.BANK, uuid4(), NOON)

    with pytest.raises(IntegrityError, match="fk_postings"):
        write_raw((books[1], 100), (theirs, -100))


def test_raw_sql_cannot_add_a_leg_to_a_posted_journal(engine, tenant, books, move):
    clearing, wallet, _other = books
    journal = move(Leg(wallet, -100), Leg(clearing, 100))
    leg = {
        "tenant": tenant,
        "journal": journal,
        "line": 9,
        "account": wallet,
        "currency": "THB",
        "amount": 100,
    }

    with (
        pytest.raises(IntegrityError, match="sum to"),
        tenant_transaction(engine, tenant) as session,
    ):
        session.execute(raw.LEG, leg)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET amount = 1",
        "DELETE FROM postings",
        "UPDATE journals SET description = 'x'",
        "DELETE FROM journals",
        "TRUNCATE postings",
        "UPDATE wallets SET balance = 1000000",
        "DELETE FROM wallets",
        "UPDATE accounts SET currency = 'USD'",
    ],
)
def test_the_application_cannot_change_what_is_written(
    engine, tenant, books, statement
):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_transaction(engine, tenant) as session,
    ):
        session.execute(text(statement))


@pytest.mark.parametrize("table", ["postings", "journals"])
def test_not_even_the_owner_changes_the_ledger(owner_engine, tenant, books, table):
    with (
        pytest.raises(DBAPIError, match="append-only"),
        tenant_transaction(owner_engine, tenant) as session,
    ):
        session.execute(text(f"DELETE FROM {table}"))


def test_of_two_charges_against_one_balance_one_succeeds(books, move, held):
    clearing, wallet, _other = books

    def charge(n):
        try:
            move(Leg(wallet, -5000), Leg(clearing, 5000), source=f"rent:{n}")
        except ledger.InsufficientFundsError as error:
            return error.code
        return "charged"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(charge, range(2))) == ["charged", "insufficient_funds"]
    assert held(wallet) == (0, 0)
