"""The tax in a price, and what parts of a document say of it."""

import pytest
from hypothesis import given
from hypothesis.strategies import data, integers, sampled_from

from abtpro_saas.billing.invoices.vat import Vat, gross, part, split
from abtpro_saas.money import Satang, parse_baht

SEVEN = 700
TOTALS = integers(1, 10**12).map(Satang)
RATES = sampled_from([0, 1, 700, 1000, 10_000])


@pytest.mark.parametrize(
    ("total", "net", "tax"),
    [
        ("499.00", "466.36", "32.64"),
        ("1499.00", "1400.93", "98.07"),
        ("4999.00", "4671.96", "327.04"),
        ("999.33", "933.95", "65.38"),
        ("332.67", "310.91", "21.76"),
        ("0.07", "0.07", "0.00"),
        ("0.08", "0.07", "0.01"),  # 0.0052...: the first satang
    ],
)
def test_a_price_holds_its_tax(total, net, tax):
    found = split(parse_baht(total), SEVEN)

    assert found == (parse_baht(net), parse_baht(tax), parse_baht(total))


def test_the_tax_of_a_difference_is_not_the_difference_of_the_taxes():
    """Why an upgrade is a credit note and an invoice, and never one of their sum."""
    charged, credited, paid = (
        split(parse_baht(each), SEVEN).vat for each in ("999.33", "332.67", "666.66")
    )

    assert (charged - credited, paid) == (4362, 4361)


@pytest.mark.parametrize(
    ("price", "paid"),
    [("499.00", "533.93"), ("1499.00", "1603.93"), ("4999.00", "5348.93")],
)
def test_tax_is_added_to_prices_without_it(price, paid):
    assert gross(parse_baht(price), SEVEN, included=False) == parse_baht(paid)
    assert gross(parse_baht(price), SEVEN, included=True) == parse_baht(price)


@given(TOTALS, RATES)
def test_net_and_tax_are_the_total_and_tax_is_its_share(total, rate):
    net, tax, same = split(total, rate)

    assert net + tax == same == total
    assert 0 <= tax <= total
    assert abs(2 * (tax * (10_000 + rate) - total * rate)) <= 10_000 + rate


@given(TOTALS, RATES)
def test_the_tax_that_is_added_is_found_again(price, rate):
    paid = gross(price, rate, included=False)

    assert abs(split(paid, rate).net - price) <= 1


def parts_of(whole, amounts, rate):
    """Return what each credit note takes of an invoice, one after another."""
    taken, done = [], Vat(0, 0, 0)
    for amount in amounts:
        taken.append(part(whole, done, amount, rate))
        done = Vat(*(sum(column) for column in zip(*taken, strict=True)))
    return taken


@given(data(), integers(1, 10**6), RATES)
def test_parts_that_take_a_whole_back_sum_to_it(data, total, rate):
    whole, amounts, left = split(total, rate), [], total
    while left:
        amounts.append(data.draw(integers(1, left)) if len(amounts) < 9 else left)
        left -= amounts[-1]

    taken = parts_of(whole, amounts, rate)

    assert Vat(*(sum(column) for column in zip(*taken, strict=True))) == whole
    assert all(each.net >= 0 and each.vat >= 0 for each in taken)


@pytest.mark.parametrize("amount", [7, 8])
def test_parts_too_small_for_tax_leave_it_to_the_last(amount):
    """The tax of 7 satang is none, of 8 it is one: a hundred of either drift far."""
    whole = split(Satang(100 * amount), SEVEN)

    taken = parts_of(whole, [Satang(amount)] * 100, SEVEN)

    assert sum(each.vat for each in taken) == whole.vat
    assert all(0 <= each.vat <= amount for each in taken)


def test_the_first_part_of_an_invoice_has_the_tax_of_its_own_amount():
    whole = split(parse_baht("499.00"), SEVEN)

    first = part(whole, Vat(0, 0, 0), parse_baht("332.67"), SEVEN)

    assert first.vat == parse_baht("21.76")
