from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.contracts.offers.coupons import (
    CouponError,
    CouponTakenError,
    NewCoupon,
    list_coupons,
    make_coupon,
    reduced,
    withdraw,
)
from abtpro_saas.contracts.tables import Coupon
from abtpro_saas.contracts.words import When
from abtpro_saas.errors import DomainError
from tests.conftest import NOON


@pytest.fixture
def coupon(renter):
    """Return a function that makes a coupon: by default 50 % off, once."""

    def make(code="HALF", **terms):
        values = {} if "amount_off" in terms else {"percent_off": 50}
        new = NewCoupon(code, **values | terms)
        return renter.office.run(make_coupon, new, by=renter.admin, now=NOON)

    return make


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"percent_off": 0}, "percent_off"),
        ({"percent_off": 101}, "percent_off"),
        ({"percent_off": None}, "percent_off"),
        ({"amount_off": 0}, "amount_off"),
        ({"periods": 0}, "periods"),
        ({"most": 1_000_001}, "most"),
        ({"code": "X"}, "code"),
        ({"code": "TWO WORDS"}, "code"),
    ],
)
def test_what_takes_off_nothing_or_too_much_is_refused_by_its_field(
    coupon, terms, field
):
    with pytest.raises(CouponError) as refusal:
        coupon(**terms)

    assert refusal.value.field == field


def test_a_coupon_lowers_the_first_charge_alone(renter, coupon):
    coupon()
    contract = renter.buy("BASIC", coupon="half", auto_renew=True)

    assert renter.balance() == 1_000_000 - 24_950
    renter.review(contract.period_end)
    assert renter.balance() == 1_000_000 - 24_950 - 49_900


def test_a_coupon_may_last_for_several_charges(renter, coupon):
    coupon(percent_off=100, periods=2)
    contract = renter.buy("BASIC", coupon="HALF", auto_renew=True)
    renter.review(contract.period_end)

    assert renter.balance() == 1_000_000
    renter.review(renter.contract().period_end)
    assert renter.balance() == 1_000_000 - 49_900


def test_a_coupon_for_some_plans_lowers_nothing_on_another(renter, coupon):
    coupon(percent_off=90, periods=3, plans=["BASIC"])
    contract = renter.buy("BASIC", coupon="HALF")
    held = renter.balance()

    renter.renew(contract.period_end, plan_code="ENTERPRISE")

    assert renter.balance() == held - 499_900


def test_each_user_uses_a_coupon_once(renter, coupon):
    coupon(most=1_000)
    renter.buy("BASIC", coupon="HALF")
    renter.cancel(NOON, When.NOW)

    with pytest.raises(CouponError):
        renter.buy("BASIC", coupon="HALF")
    renter.buy("BASIC")


def test_an_amount_off_never_goes_below_nothing(renter, coupon):
    coupon(amount_off=60_000)
    renter.buy("BASIC", coupon="HALF")

    assert renter.balance() == 1_000_000


def test_the_last_use_goes_to_one_of_those_who_race(coupon, new_renter):
    coupon(most=2)

    def buy(renter):
        try:
            return bool(renter.buy("BASIC", coupon="HALF"))
        except CouponError:
            return False

    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(buy, [new_renter(50_000) for _ in range(5)]))

    assert sum(found) == 2


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({}, "NONE"),
        ({"expires_at": NOON}, "HALF"),
        ({"plans": ["PREMIUM"]}, "HALF"),
    ],
)
def test_a_coupon_that_does_not_fit_buys_nothing(renter, coupon, terms, code):
    coupon(**terms)

    with pytest.raises(CouponError) as refusal:
        renter.buy("BASIC", coupon=code)

    assert refusal.value.field == "coupon"
    assert renter.contract() is None


def test_a_withdrawn_coupon_is_used_no_more_but_kept_by_who_has_it(renter, coupon):
    made = coupon(percent_off=100, periods=2)
    contract = renter.buy("BASIC", coupon="HALF", auto_renew=True)
    renter.office.run(withdraw, made.coupon_id, NOON + timedelta(days=1))

    renter.review(contract.period_end)

    assert renter.balance() == 1_000_000
    with pytest.raises(CouponError):
        renter.buy("BASIC", coupon="HALF", now=NOON + timedelta(days=400))


def test_a_code_is_taken_once(renter, coupon):
    coupon("HALF")

    with pytest.raises(CouponTakenError):
        coupon("half")
    assert [each.code for each in renter.office.run(list_coupons)] == ["HALF"]


@pytest.mark.parametrize(
    "terms",
    [
        {"percent_off": 50, "amount_off": 100},
        {"percent_off": None},
        {"percent_off": 101},
        {"amount_off": 0},
        {"periods": 0},
        {"most": -1},
        {"code": "x y"},
    ],
)
def test_what_is_no_coupon_is_refused(coupon, terms):
    with pytest.raises(DomainError):
        coupon(**terms)


@given(integers(0, 10**9), integers(1, 100))
def test_a_percentage_rounds_in_the_user_s_favour(price, percent):
    left = reduced(price, Coupon(percent_off=percent))

    assert 0 <= left * 100 <= price * (100 - percent)


def test_each_charge_s_document_names_the_coupon_while_it_lowers(renter):
    renter.sell("TRY", trial_period="P14D", price=10_000)
    coupon = NewCoupon("HALF", percent_off=50, periods=2)
    renter.office.run(make_coupon, coupon, by=renter.admin, now=NOON)
    renter.buy("TRY", coupon="HALF", auto_renew=True)
    renter.change("BASIC", NOON + timedelta(days=1))
    for _ in range(2):
        renter.review(renter.contract().period_end)

    lines = "SELECT lines -> 0 FROM documents WHERE tenant_id = :tenant"
    found = [row[0] for row in renter.ask(f"{lines} ORDER BY issued_at, number")]

    shown = [(each["coupon"], each["discount"], each["amount"]) for each in found]
    assert shown == [("HALF", 24_950, 24_950)] * 2 + [(None, 0, 49_900)]
