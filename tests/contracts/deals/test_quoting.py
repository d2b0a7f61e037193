from datetime import timedelta

import pytest

from abtpro_saas.contracts.deals.buying import Purchase
from abtpro_saas.contracts.deals.finding import ContractRunsError, ContractStateError
from abtpro_saas.contracts.deals.quoting import quote
from abtpro_saas.contracts.deals.renewing import TooEarlyError, quote_renewal
from abtpro_saas.contracts.offers.coupons import CouponError, NewCoupon, make_coupon
from abtpro_saas.contracts.offers.plans import PlanError
from abtpro_saas.contracts.words import Billing
from abtpro_saas.errors import DomainError
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def ask(renter):
    """Return a function that asks what a purchase would cost the renter."""

    def asked(plan="BASIC", now=NOON, **choices):
        order = Purchase(plan, **choices)
        return renter.office.run(quote, renter.user_id, order, now)

    return asked


@pytest.fixture
def ask_renewal(renter):
    """Return a function that asks what the renter's next period would cost."""

    def asked(now, **choices):
        def work(session, _tenant):
            contract = session.merge(renter.contract())
            return quote_renewal(session, contract, now, **choices)

        return renter.office.run(work)

    return asked


@pytest.fixture
def coupon(renter):
    """Return a function that makes a coupon."""

    def make(code="WELCOME", **values):
        new = NewCoupon(code, **values)
        return renter.office.run(make_coupon, new, by=renter.admin, now=NOON)

    return make


@pytest.mark.parametrize(
    "choices",
    [{}, {"billing": Billing.YEARLY}, {"coupon": "WELCOME"}],
    ids=["monthly", "yearly", "coupon"],
)
def test_what_is_quoted_is_what_is_paid(renter, ask, coupon, choices):
    coupon(percent_off=30)
    renter.office.pay_in(1_000_000)
    quoted = ask("PREMIUM", **choices)

    bought = renter.buy("PREMIUM", **choices)

    assert renter.balance() == quoted.balance_after == quoted.balance - quoted.due
    assert bought.period_end == quoted.end
    assert bought.price == quoted.full_price


def test_a_trial_is_quoted_as_nothing_now_and_the_price_later(renter, ask):
    renter.sell("TRY", price=20_000, trial_period="P14D")

    quoted = ask("TRY")

    assert (quoted.trial, quoted.due, quoted.price) == (True, 0, 20_000)
    assert quoted.end == NOON + 14 * DAY
    renter.buy("TRY")
    over = renter.contract().grace_ends_at + DAY
    assert not ask("TRY", over).trial


def test_a_quote_changes_nothing(renter, ask, coupon):
    coupon(amount_off=5_000, most=1)

    assert ask(coupon="welcome").due == ask(coupon="welcome").due == 44_900
    assert renter.contract() is None
    assert renter.balance() == 1_000_000


@pytest.mark.parametrize(
    ("choices", "refusal"),
    [
        ({"plan": "GOLD"}, DomainError),
        ({"coupon": "NOTHING"}, CouponError),
        ({"plan": "TRY", "billing": Billing.YEARLY}, PlanError),
    ],
)
def test_what_cannot_be_bought_is_not_quoted(renter, ask, choices, refusal):
    renter.sell("TRY")
    with pytest.raises(refusal):
        ask(**choices)


def test_who_has_a_contract_gets_no_quote_for_another(renter, ask):
    renter.buy()
    with pytest.raises(ContractRunsError):
        ask("PREMIUM")


@pytest.mark.parametrize(
    ("late", "choices"),
    [
        (-1, {}),
        (1, {}),
        (1, {"plan_code": "PREMIUM"}),
        (1, {"billing": Billing.YEARLY}),
        (40, {"plan_code": "PREMIUM", "billing": Billing.YEARLY}),
    ],
)
def test_a_renewal_takes_what_was_quoted(renter, ask_renewal, late, choices):
    renter.office.pay_in(2_000_000)
    before = renter.buy().period_end
    held = renter.balance()
    at = before + late * DAY
    quoted = ask_renewal(at, **choices)

    renewed = renter.renew(at, **choices)

    assert renter.balance() == held - quoted.paid
    assert (renewed.period_start, renewed.period_end) == (quoted.start, quoted.end)
    assert renewed.billing == quoted.billing


def test_a_renewal_on_a_plan_sold_by_the_month_alone_is_by_the_month(
    renter, ask_renewal
):
    renter.sell("LITE", price=10_000)
    end = renter.buy(billing=Billing.YEARLY).period_end

    assert ask_renewal(end, plan_code="LITE").billing == "MONTHLY"
    with pytest.raises(PlanError):
        ask_renewal(end, plan_code="LITE", billing=Billing.YEARLY)


def test_what_cannot_be_renewed_is_not_quoted(renter, ask_renewal):
    end = renter.buy().period_end

    with pytest.raises(TooEarlyError):
        ask_renewal(NOON)
    renter.cancel(NOON)
    with pytest.raises(ContractStateError):
        ask_renewal(end - DAY)
