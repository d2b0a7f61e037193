"""Renewals, top-ups, revenue, cohorts and lags: one rule at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.billing import ledger
from abtpro_saas.billing.tables import GatewayAccount, Topup
from abtpro_saas.billing.words import AccountKind
from abtpro_saas.contracts.figures.months import Month
from abtpro_saas.contracts.figures.report import Enforcement, Renewals, Topups
from abtpro_saas.contracts.history import record
from abtpro_saas.contracts.life.missed import note_missed
from abtpro_saas.contracts.office.acts import RentalRefund, give_time, refund
from abtpro_saas.contracts.tables import Contract
from abtpro_saas.contracts.words import EventKind, When
from abtpro_saas.ids import new_id

DAY = timedelta(days=1)
START = datetime(2026, 1, 10, 5, tzinfo=UTC)
DUE = datetime(2026, 2, 10, 5, tzinfo=UTC)
LATE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def figures(figures_of, renter):
    """Return a function that gives the first half of 2026, and a month of it."""

    def read(month=None, now=LATE):
        found = figures_of(renter, "2026-01", "2026-06", now)
        return found if month is None else found.lines[month - 1]

    return read


@pytest.fixture
def renewals(figures):
    return lambda month=2, now=LATE: figures(month, now).renewals


def test_a_period_renewed_in_grace_was_renewed(renter, renewals):
    renter.buy("BASIC", now=START)
    renter.renew(DUE + 2 * DAY)

    assert renewals() == Renewals(due=1, renewed=1)


def test_a_period_renewed_ahead_was_renewed_in_the_month_of_its_end(renter, renewals):
    renter.buy("BASIC", now=datetime(2026, 1, 1, tzinfo=UTC))
    renter.renew(datetime(2026, 1, 30, tzinfo=UTC))

    assert renewals(1) == Renewals()
    assert renewals(2) == Renewals(due=1, renewed=1)


def test_who_comes_back_after_grace_had_lapsed(renter, renewals):
    renter.buy("BASIC", now=START)
    renter.renew(DUE + 5 * DAY)

    assert (renewals().due, renewals().lapsed) == (1, 1)


def test_in_grace_a_period_waits(renter, renewals):
    renter.buy("BASIC", now=START)

    assert renewals(now=DUE + DAY) == Renewals(due=1, waiting=1)
    assert renewals(now=DUE + 4 * DAY).lapsed == 1


def test_of_months_long_past_nothing_waits(renter, figures_of):
    renter.buy("BASIC", now=datetime(2025, 12, 30, tzinfo=UTC))  # due 30 January

    found = figures_of(renter, "2026-01", "2026-01", LATE)

    assert found.renewals == Renewals(due=1)


@pytest.mark.parametrize("when", list(When))
def test_a_cancelled_period_lapses_when_it_ends(renter, renewals, when):
    renter.buy("BASIC", now=START)
    renter.cancel(DUE - 20 * DAY, when)  # in January

    assert renewals(1 if when is When.NOW else 2).lapsed == 1
    assert renewals(2 if when is When.NOW else 1).due == 0


def test_a_cancellation_in_grace_decides_at_once(renter, renewals):
    renter.buy("BASIC", now=START)
    renter.cancel(DUE + DAY)

    assert renewals(now=DUE + 2 * DAY).lapsed == 1


def test_a_trial_is_no_period_that_comes_due(renter, renewals):
    renter.sell("TRY", trial_period="P31D")
    renter.buy("TRY", now=START, auto_renew=True)
    renter.review(DUE)

    assert renewals() == Renewals()
    assert renewals(3).due == 1


def test_free_time_moves_the_due_to_its_end(renter, renewals):
    contract = renter.buy("BASIC", now=START)
    args = (contract.contract_id, "P1M", "sorry")
    renter.office.run(give_time, *args, by=renter.admin, now=START + DAY)

    assert (renewals(2).due, renewals(3).due) == (0, 1)


def test_what_a_change_ended_was_not_due(renter, renewals):
    renter.buy("BASIC", now=START)
    renter.change("PREMIUM", START + DAY)

    assert (renewals(1).due, renewals(2).due) == (0, 1)


@pytest.fixture
def topups(engine, renter):
    """Return a function that writes a top-up of each of these statuses."""

    def write(at, *statuses):
        with renter.office.transaction() as session:
            tenant_id = renter.office.tenant
            clearing = ledger.account(
                session, tenant_id, AccountKind.CLEARING, new_id(), at
            )
            account = GatewayAccount(
                tenant_id=tenant_id, driver="manual", merchant_id=f"m-{new_id()}",
                base_url="", sealed_secrets=[], least=1, most=10**9, qr_life_s=900,
                clearing_id=clearing, active=False, created_at=at,
            )  # fmt: skip
            session.add(account)
            session.flush()
            wallet = ledger.wallet(session, tenant_id, renter.user_id, at)
            for status in statuses:
                made = Topup(
                    tenant_id=tenant_id, user_id=renter.user_id, amount=100,
                    wallet_id=wallet.account_id, reference=new_id().hex,
                    gateway_account_id=account.gateway_account_id, description="",
                    status=status, created_at=at, expires_at=at,
                )  # fmt: skip
                session.add(made)

    return write


def test_top_ups_count_in_the_month_in_which_they_were_begun(topups, figures):
    topups(Month(2026, 2).start - timedelta(microseconds=1), "SUCCESS", "EXPIRED")
    topups(Month(2026, 2).start, "SUCCESS", "PENDING", "FAILED", "CANCELLED")

    assert figures(1).topups == Topups(2, 1)
    assert figures(2).topups == Topups(4, 1, 1)
    assert figures().topups.rate_bps == 4000


def test_a_top_up_that_can_still_be_paid_is_on_neither_side(topups, figures):
    topups(START, "PENDING", "PENDING")
    assert figures(1).topups.rate_bps is None

    topups(START, "SUCCESS")
    assert figures(1).topups.rate_bps == 10_000


def test_revenue_is_without_vat_and_credit_notes_take_it_back(renter, figures):
    renter.office.register(START)
    contract = renter.buy("BASIC", now=START)
    row = renter.ask("SELECT document_id FROM documents WHERE tenant_id = :tenant")[0]
    order = RentalRefund(row.document_id, 10_700, "sorry", "1")
    args = (contract.contract_id, order)
    renter.office.run(refund, *args, by=renter.admin, now=DUE)

    first, second, whole = figures(1).revenue, figures(2).revenue, figures().revenue

    assert (first.invoiced, first.net, first.vat) == (46_636, 46_636, 3_264)
    assert (second.credited, second.net, second.vat) == (10_000, -10_000, -700)
    assert (whole.net, whole.agrees) == (36_636, True)


def test_granted_credit_earns_as_money_does(renter, figures):
    renter.office.grant(49_900, START)
    renter.buy("BASIC", now=START)

    assert figures(1).revenue.net == 49_900
    assert figures(1).mrr.closing == 49_900


def test_cohorts_are_by_the_month_of_the_first_contract(new_renter, figures_of):
    stays, leaves, late = (new_renter(1_000_000) for _ in range(3))
    stays.buy("BASIC", now=START, billing="YEARLY")
    leaves.buy("BASIC", now=START)
    late.buy("BASIC", now=DUE)
    leaves.buy("BASIC", now=DUE + 60 * DAY)  # back in April

    found = figures_of(stays, "2026-01", "2026-05", LATE).cohorts

    assert [cohort.size for cohort in found] == [2, 1, 0, 0, 0]
    assert found[0].kept == (1, 1, 2, 1)
    assert found[1].kept == (0, 0, 0)


def test_a_month_that_runs_keeps_nobody_yet(renter, figures_of):
    renter.buy("BASIC", now=START)

    found = figures_of(renter, "2026-01", "2026-02", DUE - DAY).cohorts

    assert [cohort.kept for cohort in found] == [(), ()]


@pytest.fixture
def late_by(renter):
    """Return a function that writes ends of grace down, each so late, in seconds."""

    def write(at, *seconds, kind=EventKind.SUSPENDED):
        with renter.office.transaction() as session:
            contract = session.get_one(
                Contract, (renter.office.tenant, renter.contract().contract_id)
            )
            for late in seconds:
                record(session, contract, kind, at + timedelta(seconds=late), at=at)

    return write


def test_lags_are_the_nearest_ranks(renter, late_by, figures):
    renter.buy("BASIC", now=START)
    late_by(DUE, *range(1, 101), kind=EventKind.GRACE_BEGAN)
    late_by(DUE, *range(101, 201))
    late_by(DUE, 9_999, kind=EventKind.REMINDED)
    late_by(START, 0.0004, 7)

    assert figures(2).enforcement == Enforcement(200, 100_000, 198_000, 200_000)
    assert figures(1).enforcement == Enforcement(2, 0, 7_000, 7_000)
    assert figures().enforcement.measured == 202
    assert figures(3).enforcement == Enforcement()


def test_contracts_that_were_forgotten_count_once_a_month(renter, figures):
    contract = renter.buy("BASIC", now=START)
    for at in (DUE, DUE + DAY):
        with renter.office.transaction() as session:
            key = (renter.office.tenant, contract.contract_id)
            session.get_one(Contract, key).review_at = at
            session.flush()
            note_missed(session, *key, at + DAY)

    assert figures(2).enforcement == Enforcement(missed=1)
    assert figures().enforcement.missed == 1
