from datetime import timedelta

import pytest

from abtpro_saas.contracts.deals.finding import ContractStateError, NoContractError
from abtpro_saas.contracts.words import When
from tests.conftest import NOON

DAY = timedelta(days=1)


def test_a_cancelled_contract_runs_until_what_was_paid_for_ends(renter):
    contract = renter.buy("BASIC", auto_renew=True)
    renter.cancel(NOON + DAY)
    last = contract.period_end - DAY

    assert renter.status(last) == "ACTIVE"
    assert renter.has("basic_strategies", last)
    renter.review(contract.period_end)
    assert renter.status(contract.period_end) == "CANCELLED"
    assert not renter.has("basic_strategies", contract.period_end)
    assert renter.balance() == 1_000_000 - 49_900
    assert renter.told()[-1] == "CONTRACT_ENDED"


def test_cancelled_now_it_ends_now(renter):
    renter.buy("BASIC")
    renter.cancel(NOON + DAY, When.NOW)

    assert renter.status(NOON + DAY) == "CANCELLED"
    assert not renter.has("basic_strategies", NOON + DAY)


def test_what_was_to_end_later_can_be_ended_now(renter):
    renter.buy("BASIC")
    renter.cancel(NOON + DAY)
    renter.cancel(NOON + 2 * DAY, When.NOW)

    assert renter.status(NOON + 2 * DAY) == "CANCELLED"


def test_cancelling_twice_is_told_once(renter):
    renter.buy("BASIC")
    renter.cancel(NOON + DAY)
    renter.cancel(NOON + 2 * DAY)

    assert renter.told() == ["CONTRACT_STARTED", "CONTRACT_CANCELLED"]


def test_a_cancellation_is_taken_back_while_the_period_runs(renter):
    contract = renter.buy("BASIC", auto_renew=True)
    renter.cancel(NOON + DAY)
    renter.resume(NOON + 2 * DAY)

    renter.review(contract.period_end)

    assert renter.status(contract.period_end) == "ACTIVE"
    assert renter.told()[1:] == [
        "CONTRACT_CANCELLED", "CONTRACT_RESUMED", "CONTRACT_RENEWED",
    ]  # fmt: skip


def test_an_ended_contract_is_not_resumed(renter):
    contract = renter.buy("BASIC")
    renter.cancel(NOON)

    with pytest.raises(ContractStateError):
        renter.resume(contract.period_end)


def test_switching_renewal_on_and_off_is_written_down_once_each(renter):
    renter.buy("BASIC")
    renter.auto_renew(NOON, on=True)
    renter.auto_renew(NOON + DAY, on=True)
    renter.auto_renew(NOON + 2 * DAY, on=False)

    assert renter.events() == ["STARTED", "AUTO_RENEW_ON", "AUTO_RENEW_OFF"]


def test_who_has_no_contract_has_nothing_to_end(renter):
    with pytest.raises(NoContractError):
        renter.cancel(NOON)
    with pytest.raises(NoContractError):
        renter.resume(NOON)
    with pytest.raises(NoContractError):
        renter.auto_renew(NOON, on=True)
