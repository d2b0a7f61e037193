from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.contracts.deals.finding import ContractStateError, NoContractError
from abtpro_saas.contracts.deals.paying import BalanceShortError
from abtpro_saas.contracts.deals.renewing import TooEarlyError, renewable_from
from abtpro_saas.errors import DomainError
from tests.conftest import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRICE = 49_900


def test_in_grace_a_renewal_goes_on_from_the_old_end(renter):
    old = renter.buy("BASIC")

    new = renter.renew(old.period_end + 2 * DAY)

    assert new.period_start == old.period_end
    assert new.contract_id == old.contract_id
    assert renter.balance() == 1_000_000 - 2 * PRICE


def test_after_suspension_a_renewal_starts_at_payment(renter):
    old = renter.buy("BASIC")
    later = old.grace_ends_at + 40 * DAY

    new = renter.renew(later)

    assert new.period_start == new.anchor_at == later
    assert renter.status(later) == "ACTIVE"


def test_a_period_can_be_renewed_in_its_last_days_and_not_before(renter):
    old = renter.buy("BASIC")

    with pytest.raises(TooEarlyError):
        renter.renew(renewable_from(old) - HOUR)
    new = renter.renew(renewable_from(old))

    assert new.period_start == old.period_end
    with pytest.raises(TooEarlyError):
        renter.renew(old.period_end - HOUR)


def test_a_renewal_may_name_another_plan(renter):
    old = renter.buy("BASIC")

    renter.renew(old.period_end, plan_code="PREMIUM")

    assert renter.has("telegram_notifications", old.period_end)
    assert renter.balance() == 1_000_000 - PRICE - 149_900


@pytest.mark.parametrize(
    ("first", "then", "feature"),
    [
        ("BASIC", "ENTERPRISE", "backtesting"),
        ("ENTERPRISE", "BASIC", "backtesting"),
    ],
)
def test_a_plan_paid_ahead_counts_from_its_own_period_on(renter, first, then, feature):
    contract = renter.buy(first)
    before = contract.period_end - HOUR

    renter.renew(before, plan_code=then)

    assert renter.has(feature, before) is (first == "ENTERPRISE")
    assert renter.has(feature, contract.period_end) is (then == "ENTERPRISE")


def test_in_grace_a_renewal_onto_a_shorter_plan_starts_now(renter):
    renter.sell("BRIEF", period="PT1H", grace_period="PT1H", price=100)
    contract = renter.buy("BASIC")
    at = contract.period_end + 2 * DAY

    renewed = renter.renew(at, plan_code="BRIEF")

    assert (renewed.period_start, renewed.period_end) == (at, at + HOUR)


def test_who_has_no_contract_or_cancelled_it_cannot_renew(renter):
    with pytest.raises(NoContractError):
        renter.renew(NOON)
    contract = renter.buy("BASIC")
    renter.cancel(NOON)
    with pytest.raises(ContractStateError):
        renter.renew(contract.period_end - HOUR)


@pytest.mark.parametrize("clicks", [2, 8])
def test_case_49_manual_and_automatic_renewal_race_for_one_debit(renter, clicks):
    contract = renter.buy("BASIC", auto_renew=True)
    at = contract.period_end

    def renew(turn):
        try:
            return renter.review(at) if turn % 2 else renter.renew(at)
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(clicks) as pool:
        list(pool.map(renew, range(clicks)))

    assert renter.balance() == 1_000_000 - 2 * PRICE
    assert (
        len(renter.ask("SELECT 1 FROM contract_periods WHERE tenant_id=:tenant")) == 2
    )


def test_case_37_two_renewals_against_money_for_one(new_renter, engine, tenant, user):
    renter = new_renter(2 * PRICE)
    contract = renter.buy("BASIC")

    def click(_):
        try:
            return renter.renew(contract.period_end + HOUR)
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(click, range(2)))

    assert renter.balance() == 0
    assert "renewal_too_early" in found


def test_too_little_money_leaves_the_contract_as_it_was(new_renter):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC")

    with pytest.raises(BalanceShortError):
        renter.renew(contract.period_end)

    assert renter.contract().period_end == contract.period_end
    assert renter.status(contract.period_end) == "GRACE"


def test_case_50_unpaid_keeps_access_in_grace_and_a_top_up_renews(new_renter):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC", auto_renew=True)
    end = contract.period_end

    renter.review(end)
    assert renter.status(end) == "GRACE"
    assert renter.has("basic_strategies", end + 2 * DAY)
    renter.office.pay_in(PRICE)
    renter.review(end + 2 * DAY)

    assert renter.contract().period_start == end
    assert renter.balance() == 0
    assert renter.told()[-2:] == ["CONTRACT_GRACE", "CONTRACT_RENEWED"]


def test_case_50_grace_ends_in_suspension_whether_or_not_anything_looks(new_renter):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC", auto_renew=True)

    assert renter.status(contract.grace_ends_at) == "SUSPENDED"
    assert not renter.has("basic_strategies", contract.grace_ends_at)
    renter.review(contract.grace_ends_at)

    assert renter.events()[1:] == ["GRACE_BEGAN", "RENEWAL_FAILED", "SUSPENDED"]
    assert renter.told()[-1] == "CONTRACT_SUSPENDED"


@pytest.mark.parametrize(("days", "renewed"), [(29, True), (31, False)])
def test_after_suspension_a_top_up_renews_for_thirty_days(new_renter, days, renewed):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC", auto_renew=True)
    renter.review(contract.grace_ends_at)
    renter.office.pay_in(PRICE)
    later = contract.grace_ends_at + days * DAY

    renter.review(later)

    assert (renter.status(later) == "ACTIVE") is renewed
    assert (renter.contract().period_start == later) is renewed


def test_a_top_up_renews_nothing_where_that_is_switched_off(new_renter):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC", auto_renew=False)
    renter.office.pay_in(PRICE)

    renter.review(contract.period_end + HOUR)

    assert renter.status(contract.period_end + HOUR) == "GRACE"
    assert renter.balance() == PRICE


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        (datetime(2027, 1, 31, 5, tzinfo=UTC), ["02-28", "03-31", "04-30", "05-31"]),
        (datetime(2028, 1, 31, 5, tzinfo=UTC), ["02-29", "03-31", "04-30", "05-31"]),
    ],
)
def test_case_51_the_31st_survives_february(renter, start, ends):
    contract = renter.buy("BASIC", now=start, auto_renew=True)

    found = []
    for _ in ends:
        found.append(f"{contract.period_end:%m-%d}")
        renter.review(contract.period_end)
        contract = renter.contract()

    assert found == ends
    assert contract.period_end.time() == start.time()


def test_case_51_at_its_end_a_period_is_over(renter):
    contract = renter.buy("BASIC")
    before = contract.period_end - timedelta(microseconds=1)

    assert renter.status(before) == "ACTIVE"
    assert renter.status(contract.period_end) == "GRACE"


def test_case_53_a_new_price_leaves_the_running_period_alone(renter):
    contract = renter.buy("BASIC", auto_renew=True)
    renter.sell("BASIC", now=NOON + DAY, price=59_900, features={"max_bots": 3})
    renter.review(NOON + DAY)

    assert renter.balance() == 1_000_000 - PRICE
    assert renter.told()[-1] == "PRICE_CHANGES"
    renter.review(NOON + 2 * DAY)
    assert renter.told().count("PRICE_CHANGES") == 1
    renter.review(contract.period_end)
    assert renter.balance() == 1_000_000 - PRICE - 59_900


def test_case_55_an_outage_of_days_renews_each_missed_period_once(renter):
    renter.sell("DAILY", period="P1D", grace_period="P4D")
    contract = renter.buy("DAILY", auto_renew=True)

    renter.review(contract.period_end + 3 * DAY - HOUR)  # nobody looked for three days

    assert renter.balance() == 1_000_000 - 4 * 10_000
    assert renter.contract().period_end == contract.period_end + 3 * DAY
    assert renter.told().count("RENEWAL_COMES") <= 1


def test_a_long_outage_of_short_periods_is_caught_up_in_parts(renter):
    renter.sell("BRIEF", period="PT1H", grace_period="P30D", price=100)
    contract = renter.buy("BRIEF", auto_renew=True)
    late = contract.period_end + 5 * DAY - timedelta(minutes=1)

    looks = 0
    while renter.review(late).review_at == late:
        looks += 1

    assert looks == 2
    assert renter.balance() == 1_000_000 - 121 * 100
    assert renter.status(late) == "ACTIVE"


def test_case_55_grace_counts_from_the_due_date_not_from_the_outage_s_end(new_renter):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC", auto_renew=True)

    renter.review(contract.period_end + 4 * DAY)

    assert renter.status(contract.period_end + 4 * DAY) == "SUSPENDED"
    assert renter.told()[-1] == "CONTRACT_SUSPENDED"
    assert "CONTRACT_GRACE" not in renter.told()


def test_case_56_cancelled_in_grace_is_charged_no_more(new_renter):
    renter = new_renter(PRICE)
    contract = renter.buy("BASIC", auto_renew=True)
    in_grace = contract.period_end + HOUR
    renter.cancel(in_grace)
    renter.office.pay_in(PRICE)

    renter.review(in_grace + HOUR)

    assert renter.balance() == PRICE
    assert renter.status(in_grace) == "CANCELLED"
    again = renter.buy("BASIC", now=in_grace + HOUR)
    assert again.contract_id != contract.contract_id
