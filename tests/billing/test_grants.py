"""Granted credit is spent before the wallet, soonest first, and expires once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from abtpro_saas.billing import grants, ledger
from abtpro_saas.billing.invoices import issuing
from abtpro_saas.billing.reasons import ReasonNeededError
from abtpro_saas.database import tenant_transaction
from abtpro_saas.errors import NotFoundError
from abtpro_saas.money import AmountError
from tests.billing.office import Office
from tests.conftest import NOON

DAY = timedelta(days=1)


def journals(office, kind):
    query = "SELECT source FROM journals WHERE kind = :kind"
    return office.column(query, kind=kind)


def test_a_gift_costs_the_tenant_and_is_not_the_wallets_money(office):
    office.grant(10_000)

    assert office.held() == (0, 10_000)
    assert office.sums() == {"GRANTED": 10_000, "PROMOTIONS": -10_000}


def test_a_charge_spends_gifts_before_the_wallet(office):
    office.pay_in(10_000)
    office.grant(3000)

    document = office.charge(5000)

    assert (document.total, document.granted) == (5000, 3000)
    assert office.held() == (8000, 0)


def test_a_gift_may_pay_all(office):
    office.register()
    office.grant(10_700)

    document = office.charge(10_700)

    assert (document.granted, document.vat) == (10_700, 700)
    assert office.held() == (0, 0)
    assert office.sums()["REVENUE"] == 10_000


def test_the_gift_that_expires_first_is_spent_first(office):
    late, soon = office.grant(500, days=20), office.grant(500, days=10)

    office.charge(700)

    left = {each.grant_id: each.remaining for each in listed(office)}
    assert left == {soon.grant_id: 0, late.grant_id: 300}


def listed(office):
    return office.run(grants.grants_of, office.user_id)


def test_an_expired_gift_pays_nothing_even_before_it_is_taken_back(office):
    office.grant(500, days=1)

    with pytest.raises(ledger.InsufficientFundsError):
        office.charge(500, now=NOON + DAY)

    assert office.granted(NOON + DAY) == 0
    assert office.charge(500, now=NOON + DAY - timedelta(microseconds=1)).total == 500


def test_granted_credit_expires_once_however_often_it_is_swept(office):
    office.grant(500, days=1)
    office.grant(300, days=1)
    office.grant(200, days=2)
    office.charge(100)

    swept = [office.expire(NOON + DAY) for _ in range(3)]

    assert swept == [2, 0, 0]
    assert len(journals(office, "GRANT_EXPIRY")) == 2
    assert office.held(NOON + DAY) == (0, 200)
    assert office.sums()["PROMOTIONS"] == -300


def test_granted_credit_swept_by_many_at_once_expires_once(office):
    for _ in range(5):
        office.grant(100, days=1)

    with ThreadPoolExecutor(6) as pool:
        swept = sum(pool.map(lambda _: office.expire(NOON + DAY), range(6)))

    assert swept + office.expire(NOON + DAY) == 5
    assert len(journals(office, "GRANT_EXPIRY")) == 5
    assert office.sums() == {}


def test_of_an_expiry_and_a_charge_at_once_one_gets_the_credit(office):
    """Ten times, whoever comes first: the credit is spent or gone, and never both."""
    for turn in range(10):
        given = office.grant(100, days=1)
        start = threading.Barrier(2)

        def spend(start=start, turn=turn):
            start.wait()
            try:
                return office.charge(100, source=f"race:{turn}").granted
            except ledger.InsufficientFundsError:
                return 0

        def sweep(start=start):
            start.wait()
            return office.expire(NOON + DAY)

        with ThreadPoolExecutor(2) as pool:
            spent, swept = pool.submit(spend), pool.submit(sweep)
        won = spent.result() // 100 + swept.result()

        assert won == 1, given.grant_id
        assert office.held() == (0, 0)


def test_an_expiry_waits_for_no_charge_that_holds_the_credit(office):
    office.grant(100, days=1)

    with office.transaction() as session:
        issuing.charge(session, office.tenant, office.order(100), NOON)
        meanwhile = office.expire(NOON + DAY)

    assert meanwhile == 0
    assert office.expire(NOON + DAY) == 0
    assert journals(office, "GRANT_EXPIRY") == []


def test_two_charges_at_once_never_spend_a_gift_twice(office):
    office.grant(1000)

    def attempt(_):
        try:
            return office.charge(300).granted
        except ledger.InsufficientFundsError:
            return 0

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 900
    assert office.held() == (0, 100)


def test_money_that_users_paid_never_expires(office):
    office.pay_in(500)

    assert office.expire(NOON + 3650 * DAY) == 0
    assert office.held() == (500, 0)


def test_a_credit_gives_money_back_as_money_and_gifts_as_gifts(office):
    office.pay_in(600)
    office.grant(400, days=90)
    document = office.charge(1000)

    notes = [office.credit(document, amount) for amount in (500, 300, 200)]

    assert [note.granted for note in notes] == [0, 200, 200]
    assert office.held() == (600, 400)
    assert office.sums()["PROMOTIONS"] == -400


@pytest.mark.parametrize(("life", "lasts"), [(90, 90), (45, 45), (10, 30)])
def test_a_gift_given_back_lasts_as_it_did_and_a_month_at_least(office, life, lasts):
    office.grant(400, days=life)
    document = office.charge(400)

    office.credit(document, 400)

    newest = max(listed(office), key=lambda each: each.expires_at)
    [(remaining, expires_at)] = [
        (each.remaining, each.expires_at) for each in listed(office) if each.remaining
    ]
    assert remaining == 400
    assert expires_at == newest.expires_at == NOON + lasts * DAY


def test_a_gift_given_back_after_its_end_pays_the_next_plan(office):
    office.grant(400, days=1)
    document = office.charge(400)
    later = NOON + 20 * DAY
    office.expire(later)

    office.credit(document, 300, now=later)

    assert office.charge(300, now=later).granted == 300
    assert office.held(later) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": 0}, AmountError),
        ({"amount": -1}, AmountError),
        ({"amount": grants.MOST + 1}, AmountError),
        ({"expires_at": NOON}, grants.GrantExpiryError),
        ({"reason": " "}, ReasonNeededError),
        ({"reason": "x" * 201}, ReasonNeededError),
    ],
)
def test_a_gift_of_nothing_for_no_time_or_without_a_reason_is_refused(
    office, changes, error
):
    order = {"amount": 100, "expires_at": NOON + DAY, "reason": "welcome", **changes}

    with pytest.raises(error):
        office.run(
            grants.grant, office.user_id, *order.values(), by=office.user_id, now=NOON
        )
    assert office.sums() == {}


def test_another_tenants_user_is_given_nothing(office, new_tenant, user):
    with pytest.raises(NotFoundError):
        office.grant(100, user_id=user(tenant_id=new_tenant()))


def test_another_tenant_sees_and_expires_nothing(office, new_tenant):
    office.grant(100, days=1)
    stranger = Office(office.engine, new_tenant(), office.user_id)

    assert stranger.expire(NOON + DAY) == 0
    assert stranger.granted() == 0
    assert office.held() == (0, 100)


def test_the_sweep_finds_the_tenants_whose_credit_has_expired(office):
    office.grant(100, days=1)

    def due(at):
        return office.tenant in grants.tenants_due(office.engine, at, 100_000)

    assert [due(NOON), due(NOON + DAY)] == [False, True]
    office.expire(NOON + DAY)
    assert not due(NOON + DAY)


def test_the_database_itself_lets_no_gift_fall_below_zero(office):
    office.grant(100)

    with (
        pytest.raises(IntegrityError, match="ck_grants_remaining"),
        tenant_transaction(office.engine, office.tenant) as session,
    ):
        session.execute(text("UPDATE grants SET remaining = remaining - 101"))
