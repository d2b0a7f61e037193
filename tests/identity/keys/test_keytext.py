"""How API keys are written."""

import re

import pytest
from hypothesis import given
from hypothesis.strategies import characters, integers

from abtpro_saas.identity.keys.keytext import (
    OPERATOR_PREFIX,
    TENANT_PREFIX,
    InvalidKeyError,
    new_key_text,
    parse_key,
)

KEY = new_key_text(TENANT_PREFIX)


def test_a_key_has_the_documented_form():
    assert re.fullmatch(r"abt_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", KEY.plain)


def test_a_key_reads_back():
    assert parse_key(KEY.plain, TENANT_PREFIX) == KEY


@given(integers(9, len(KEY.plain) - 1), characters(codec="ascii"))
def test_one_wrong_character_is_found_without_the_database(at, letter):
    wrong = KEY.plain[:at] + letter + KEY.plain[at + 1 :]
    if wrong == KEY.plain:
        return

    with pytest.raises(InvalidKeyError):
        parse_key(wrong, TENANT_PREFIX)


@pytest.mark.parametrize("after", ["x", "\n"])
def test_more_than_a_key_is_no_key(after):
    with pytest.raises(InvalidKeyError):
        parse_key(KEY.plain + after, TENANT_PREFIX)


@pytest.mark.parametrize("text", ["", "abt_live_"])
def test_less_than_a_key_is_no_key(text):
    with pytest.raises(InvalidKeyError):
        parse_key(text, TENANT_PREFIX)


def test_an_operators_key_is_no_tenants_key():
    with pytest.raises(InvalidKeyError):
        parse_key(new_key_text(OPERATOR_PREFIX).plain, TENANT_PREFIX)


def test_a_printed_key_hides_its_secret():
    assert KEY.secret not in repr(KEY)
