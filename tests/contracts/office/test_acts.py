from datetime import timedelta

import pytest

from abtpro_saas.billing.invoices.parts import CreditTooLargeError
from abtpro_saas.billing.ledger import PostedError
from abtpro_saas.billing.reasons import ReasonNeededError
from abtpro_saas.contracts.deals.finding import (
    ContractBlockedError,
    ContractStateError,
)
from abtpro_saas.contracts.deals.paying import BalanceShortError
from abtpro_saas.contracts.office.acts import (
    RentalRefund,
    force_renew,
    give_time,
    refund,
    set_blocked,
)
from abtpro_saas.contracts.words import When
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.ids import new_id
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def act(renter):
    """Return a function that lets the admin do something to the renter's contract."""

    def do(what, *details, now=NOON + DAY, **named):
        contract_id = renter.contract().contract_id
        named = {"by": renter.admin, "now": now} | named
        return renter.office.run(what, contract_id, *details, **named)

    return do


@pytest.fixture
def invoice(renter):
    """Return a function that gives the id of the first invoice."""

    def find():
        query = "SELECT document_id FROM documents WHERE tenant_id = :tenant ORDER BY 1"
        return renter.ask(query)[0].document_id

    return find


def test_a_forced_renewal_pays_one_period_ahead_and_no_more(renter, act):
    contract = renter.buy("BASIC", auto_renew=False)
    act(force_renew, "paid by hand")

    assert renter.contract().period_start == contract.period_end
    assert renter.balance() == 1_000_000 - 2 * 49_900
    with pytest.raises(ContractStateError):
        act(force_renew, "again")


def test_a_forced_renewal_needs_the_money(new_renter, engine):
    poor = new_renter(49_900)
    poor.buy("BASIC")

    with pytest.raises(BalanceShortError):
        poor.office.run(
            force_renew, poor.contract().contract_id, "x", by=poor.admin, now=NOON
        )


def test_free_time_moves_the_end_and_the_periods_after_it(renter, act):
    contract = renter.buy("BASIC", auto_renew=True)
    act(give_time, "P1M", "sorry for the outage")
    new_end = renter.contract().period_end

    assert new_end > contract.period_end + 27 * DAY
    assert renter.balance() == 1_000_000 - 49_900
    assert renter.told()[-1] == "CONTRACT_EXTENDED"
    renter.review(new_end)
    assert renter.contract().period_start == new_end


def test_free_time_brings_a_suspended_contract_back_at_once(renter, act):
    contract = renter.buy("BASIC")
    later = contract.grace_ends_at + 5 * DAY
    act(give_time, "P7D", "come back", now=later)

    assert renter.status(later) == "ACTIVE"
    assert renter.contract().period_end == later + 7 * DAY


@pytest.mark.parametrize("duration", ["PT0S", "week", "P9Y"])
def test_no_duration_gives_no_time(renter, act, duration):
    renter.buy("BASIC")

    with pytest.raises(InvalidError) as refusal:
        act(give_time, duration, "why")
    assert refusal.value.field == "duration"


def test_a_suspended_user_can_neither_renew_nor_buy_nor_change(renter, act):
    contract = renter.buy("BASIC")
    act(set_blocked, "chargeback", blocked=True)

    for way in (
        lambda: renter.renew(contract.period_end),
        lambda: renter.buy("PREMIUM", now=contract.grace_ends_at),
        lambda: renter.change("PREMIUM", NOON + DAY),
    ):
        with pytest.raises(ContractBlockedError):
            way()
    assert renter.told()[-1] == "CONTRACT_BLOCKED"


@pytest.mark.parametrize("when", When)
def test_a_suspended_user_can_cancel_and_stays_without_access(renter, act, when):
    contract = renter.buy("BASIC", auto_renew=True)
    act(set_blocked, "chargeback", blocked=True)
    renter.cancel(NOON + DAY, when)

    assert not renter.has("basic_strategies", NOON + DAY)
    act(set_blocked, "settled", blocked=False, now=NOON + 2 * DAY)
    runs_out = when is When.PERIOD_END
    assert renter.has("basic_strategies", NOON + 2 * DAY) is runs_out
    renter.review(contract.period_end)
    assert renter.status(contract.period_end) == "CANCELLED"
    assert renter.balance() == 1_000_000 - 49_900


def test_who_is_told_of_a_lifted_suspension_hears_until_when(renter, act):
    contract = renter.buy("BASIC")
    act(set_blocked, "chargeback", blocked=True)
    renter.cancel(NOON + DAY)
    act(set_blocked, "settled", blocked=False)

    query = """SELECT params->>'at_access_end' FROM notices
        WHERE tenant_id = :tenant AND kind = 'CONTRACT_UNBLOCKED'"""
    assert renter.ask(query) == [(contract.period_end.isoformat(),)]


def test_a_suspended_contract_renews_itself_no_more(renter, act):
    contract = renter.buy("BASIC", auto_renew=True)
    act(set_blocked, "chargeback", blocked=True)

    renter.review(contract.period_end)

    assert renter.balance() == 1_000_000 - 49_900


def test_suspending_twice_is_told_once(renter, act):
    renter.buy("BASIC")
    for _ in range(2):
        act(set_blocked, "check", blocked=True)

    assert renter.events().count("BLOCKED") == 1


def test_case_58_a_refund_gives_a_credit_note_and_the_money_back(renter, act, invoice):
    renter.buy("BASIC")
    note = act(refund, RentalRefund(invoice(), 20_000, "bad week", "r1"))

    assert note.cites_id == invoice()
    assert renter.balance() == 1_000_000 - 29_900
    assert renter.told()[-1] == "RENTAL_REFUNDED"
    assert renter.events()[-1] == "REFUNDED"


def test_a_refund_is_paid_once_and_never_more_than_was_charged(renter, act, invoice):
    renter.buy("BASIC")
    act(refund, RentalRefund(invoice(), 20_000, "bad week", "r1"))

    with pytest.raises(PostedError):
        act(refund, RentalRefund(invoice(), 20_000, "bad week", "r1"))
    with pytest.raises(CreditTooLargeError):
        act(refund, RentalRefund(invoice(), 29_901, "bad week", "r2"))
    assert renter.balance() == 1_000_000 - 29_900


def test_an_invoice_of_another_contract_is_not_refunded_here(renter, new_renter, act):
    other = new_renter(49_900)
    other.buy("BASIC")
    query = "SELECT document_id FROM documents WHERE tenant_id = :tenant"
    theirs = renter.ask(query)[0].document_id
    renter.buy("BASIC")

    with pytest.raises(ContractStateError):
        act(refund, RentalRefund(theirs, 100, "x", "r1"))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "bell\a"])
def test_every_act_says_why(renter, act, reason):
    renter.buy("BASIC")

    for what, details in (
        (force_renew, ()),
        (give_time, ("P1D",)),
    ):
        with pytest.raises(ReasonNeededError):
            act(what, *details, reason)
    with pytest.raises(ReasonNeededError):
        act(set_blocked, reason, blocked=True)


def test_a_contract_that_is_not_there_is_not_found(renter):
    with pytest.raises(NotFoundError):
        renter.office.run(force_renew, new_id(), "why", by=renter.admin, now=NOON)
