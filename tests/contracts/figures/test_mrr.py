"""What is paid a month, and why it changes: one renter at a time."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from abtpro_saas.contracts.figures.months import Month
from abtpro_saas.contracts.figures.report import Mrr, ShortPeriods
from abtpro_saas.contracts.offers import coupons
from abtpro_saas.contracts.office.acts import give_time, set_blocked
from abtpro_saas.contracts.words import Billing, When

DAY = timedelta(days=1)
START = datetime(2026, 1, 10, 5, tzinfo=UTC)
LATE = datetime(2026, 9, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def lines(figures_of, renter):
    """Return a function that gives the tenant's movements by month of 2026."""

    def read(now=LATE):
        found = figures_of(renter, "2026-01", "2026-12", now)
        return {line.month.month: line.mrr for line in found.lines}

    return read


@pytest.fixture
def at_ends(lines):
    """Return a function that gives what is paid at the ends of the first months."""
    return lambda *months, now=LATE: [lines(now)[month].closing for month in months]


def test_a_new_contract_is_new_once_and_then_stays(renter, lines):
    renter.buy("BASIC", now=START, auto_renew=True)
    for month in (2, 3):
        renter.review(START.replace(month=month))

    found = lines()

    assert found[1] == Mrr(0, 49_900, 0, 0, 0, 0, 49_900)
    assert found[2] == Mrr(49_900, 0, 0, 0, 0, 0, 49_900)


def test_it_is_churn_when_access_has_ended_and_not_in_grace(renter, lines):
    renter.buy("BASIC", now=START)  # until 10 February, grace until the 13th

    found = lines()

    assert found[2] == Mrr(49_900, 0, 0, 0, 0, 49_900, 0)
    assert lines(START.replace(month=2, day=12))[2].closing == 49_900


def test_who_comes_back_is_a_reactivation_also_with_a_new_contract(renter, lines):
    renter.buy("BASIC", now=START)
    renter.buy("PREMIUM", now=START.replace(month=4))

    found = lines()

    assert found[4] == Mrr(0, 0, 149_900, 0, 0, 0, 149_900)


def test_an_upgrade_counts_its_whole_price_and_a_downgrade_when_it_begins(
    renter, lines
):
    renter.buy("BASIC", now=START, auto_renew=True)
    renter.change("PREMIUM", START + 5 * DAY)
    renter.change("BASIC", START + 6 * DAY, When.PERIOD_END)
    renter.review(START.replace(month=2))

    found = lines()

    assert found[1] == Mrr(0, 149_900, 0, 0, 0, 0, 149_900)
    assert found[2] == Mrr(149_900, 0, 0, 0, 100_000, 0, 49_900)


def test_an_upgrade_in_a_later_month_is_expansion(renter, lines):
    renter.buy("BASIC", now=START, auto_renew=True)
    renter.review(START.replace(month=2))
    renter.change("PREMIUM", START.replace(month=2) + DAY)

    assert lines()[2] == Mrr(49_900, 0, 0, 100_000, 0, 0, 149_900)


def test_a_year_counts_a_twelfth_rounded_half_up(renter, at_ends):
    renter.buy("BASIC", now=START, billing=Billing.YEARLY)

    assert at_ends(1, 8) == [41_583, 41_583]  # 499000 / 12 = 41583.33


@pytest.mark.parametrize(
    ("period", "price", "monthly"),
    [
        ("P3M", 100_000, 33_333),
        ("P18M", 1, 0),
        ("P2M", 1, 1),
        ("P10D", 10_000, 30_417),  # a month is 30 days and 10 hours
        ("P4W", 28_000, 30_417),
        ("P1M5D", 10_000, 8588),
        ("P40DT1H30M20S", 10_000, 7592),
    ],
)
def test_other_periods_count_what_they_cost_a_month(
    renter, at_ends, period, price, monthly
):
    renter.sell("ODD", period=period, price=price)
    renter.buy("ODD", now=datetime(2026, 1, 30, tzinfo=UTC))

    assert at_ends(1) == [monthly]


def test_a_coupon_counts_as_what_is_paid_while_it_lasts(renter, lines):
    new = coupons.NewCoupon("HALF", percent_off=50, periods=1)
    renter.office.run(coupons.make_coupon, new, by=renter.admin, now=START)
    renter.buy("BASIC", now=START, coupon="HALF", auto_renew=True)
    renter.review(START.replace(month=2))

    found = lines()

    assert found[1].closing == 24_950
    assert found[2] == Mrr(24_950, 0, 0, 24_950, 0, 0, 49_900)


def test_a_trial_counts_nothing_and_its_first_payment_is_new(renter, lines):
    renter.sell("TRY", trial_period="P30D", price=10_000)
    renter.buy("TRY", now=START, auto_renew=True)
    renter.review(START + 30 * DAY)

    found = lines()

    assert found[1] == Mrr(0, 0, 0, 0, 0, 0, 0)
    assert found[2] == Mrr(0, 10_000, 0, 0, 0, 0, 10_000)


def test_free_time_counts_nothing_but_nobody_has_left(renter, lines):
    contract = renter.buy("BASIC", now=START, auto_renew=True)
    at = START.replace(month=2) - DAY
    args = (contract.contract_id, "P1M", "sorry")
    renter.office.run(give_time, *args, by=renter.admin, now=at)
    renter.review(START.replace(month=3))

    found = lines()

    assert found[2] == Mrr(49_900, 0, 0, 0, 49_900, 0, 0)
    assert found[3] == Mrr(0, 0, 0, 49_900, 0, 0, 49_900)


def test_who_is_suspended_by_an_admin_counts_nothing_meanwhile(renter, lines):
    contract = renter.buy("BASIC", now=START, billing=Billing.YEARLY)
    for month, blocked in [(1, True), (2, False)]:
        at = datetime(2026, month, 20, tzinfo=UTC)
        args = (contract.contract_id, "check")
        renter.office.run(set_blocked, *args, blocked=blocked, by=renter.admin, now=at)

    found = lines()

    assert found[1].closing == 0
    assert found[2].closing == 41_583


@pytest.mark.parametrize("resumed", [False, True])
def test_a_cancellation_leaves_what_is_paid_and_no_grace(renter, lines, resumed):
    renter.buy(
        "BASIC", now=datetime(2025, 12, 31, tzinfo=UTC)
    )  # grace ends in February
    renter.cancel(START)
    if resumed:
        renter.resume(START + DAY)

    assert lines(datetime(2026, 1, 30, tzinfo=UTC))[1].closing == 49_900
    assert lines()[1].churn == (0 if resumed else 49_900)


def test_a_cancellation_at_once_ends_all_that_is_paid_ahead(renter, lines):
    contract = renter.buy("BASIC", now=START)
    renter.renew(contract.period_end - DAY)
    renter.cancel(contract.period_end - DAY / 2, When.NOW)

    found = lines()

    assert (found[1].closing, found[2].closing) == (49_900, 0)


def test_what_happens_at_a_months_first_instant_is_the_next_months(renter, lines):
    renter.buy("BASIC", now=Month(2026, 2).start, billing=Billing.YEARLY)

    found = lines()

    assert (found[1].closing, found[2].new) == (0, 41_583)


def test_what_happens_an_instant_before_is_this_months(renter, lines):
    at = Month(2026, 2).start - MICROSECOND
    renter.buy("BASIC", now=at, billing=Billing.YEARLY)

    assert lines()[1].new == 41_583


def test_a_period_that_ends_with_the_month_counts_in_it(renter, lines):
    renter.sell("NONE", grace_period="PT0S", price=10_000)
    renter.buy("NONE", now=Month(2026, 1).start)

    found = lines()

    assert (found[1].closing, found[2].churn) == (10_000, 10_000)


def test_a_month_that_is_over_never_changes(renter, lines):
    renter.buy("BASIC", now=datetime(2025, 12, 30, tzinfo=UTC))
    after = datetime(2026, 2, 1, tzinfo=UTC)  # in grace since 30 January
    before = lines(after)[1]
    renter.sell("BASIC", after, price=99_900)
    renter.renew(after)

    assert lines(after + DAY)[1] == before
    assert lines(after + DAY)[2].expansion == 50_000


def test_periods_missed_at_once_count_the_last_of_them(renter, at_ends):
    renter.sell("DAYS", period="P1D", grace_period="P5D", price=1_000)
    renter.buy("DAYS", now=datetime(2026, 1, 27, tzinfo=UTC), auto_renew=True)
    renter.review(datetime(2026, 1, 31, tzinfo=UTC))

    assert at_ends(1) == [30_417]


def test_periods_of_less_than_a_day_count_apart(renter, figures_of):
    renter.sell("BLINK", period="PT20S", grace_period="P60D", price=100)
    renter.buy("BLINK", now=START, auto_renew=True)
    renter.review(START + timedelta(seconds=20))

    found = figures_of(renter, "2026-01", "2026-02", LATE)

    assert [line.mrr.closing for line in found.lines] == [0, 0]
    assert [line.short for line in found.lines] == [
        ShortPeriods(2, 200),
        ShortPeriods(0, 0),
    ]
    assert (found.lines[0].paying, found.lines[0].with_access) == (0, 1)
    assert found.short.paid == found.revenue.net == 200


@pytest.mark.parametrize(
    ("period", "monthly"), [("P1D", 3_042), ("PT24H", 3_042), ("PT23H59M59S", 0)]
)
def test_from_a_day_on_a_period_counts_as_if_repeated(
    renter, figures_of, period, monthly
):
    renter.sell("DAY", period=period, grace_period="P60D", price=100)
    renter.buy("DAY", now=START)

    line = figures_of(renter, "2026-01", "2026-01", LATE).lines[0]

    assert line.mrr.closing == monthly
    assert line.short.periods == (0 if monthly else 1)


def test_a_short_plan_that_is_paid_by_the_year_counts_its_twelfth(renter, figures_of):
    renter.sell("BLINK", period="PT20S", price=100, yearly_price=1_200)
    renter.buy("BLINK", now=START, billing=Billing.YEARLY)

    line = figures_of(renter, "2026-01", "2026-01", LATE).lines[0]

    assert (line.mrr.closing, line.short.periods) == (100, 0)


def test_from_a_short_plan_to_a_lasting_one_is_new(renter, lines):
    renter.sell("BLINK", period="PT6H", price=100)
    renter.buy("BLINK", now=START)
    renter.renew(START.replace(month=2), plan_code="BASIC")

    found = lines()

    assert (found[1].closing, found[2].new) == (0, 49_900)


def test_the_months_are_one_row_of_openings_and_closings(renter, lines):
    renter.buy("BASIC", now=START)
    renter.buy("PREMIUM", now=START.replace(month=4))
    found = lines()

    for month in range(2, 9):
        assert found[month].opening == found[month - 1].closing


def test_another_tenant_s_contracts_are_not_counted(renter, lines, new_tenant):
    renter.buy("BASIC", now=START)
    renter.office.tenant = new_tenant()

    assert lines()[1].closing == 0


def test_a_tenant_asks_for_no_other_tenant(renter, new_tenant):
    renter.buy("BASIC", now=START)
    asked = text(
        "SELECT count(*) FROM renter_figures(ARRAY[cast(:id AS uuid)], ARRAY[:a, :b])"
    )
    values = {"id": str(renter.office.tenant), "a": START, "b": START + DAY}
    with renter.office.transaction() as session:
        assert session.scalar(asked, values) == 10
    renter.office.tenant = new_tenant()
    with renter.office.transaction() as session:
        assert session.scalar(asked, values) == 0
