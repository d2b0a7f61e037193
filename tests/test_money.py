"""Amounts in baht: what is read is what is written, and fits the database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.money import LARGEST, AmountError, baht, parse_baht


@given(st.integers(0, LARGEST))
def test_an_amount_reads_back(satang):
    assert parse_baht(baht(satang)) == satang


@given(st.integers(1, LARGEST))
def test_what_is_taken_has_a_sign(satang):
    assert baht(-satang) == "-" + baht(satang)


def test_more_than_the_database_holds_is_refused():
    assert parse_baht(baht(LARGEST)) == LARGEST
    with pytest.raises(AmountError):
        parse_baht(baht(LARGEST + 1))
