"""Passwords."""

import time

import pytest

from abtpro_saas.identity.access.passwords import (
    QUICK,
    STRONG,
    NamedPasswordError,
    WeakPasswordError,
    check_strength,
    hash_password,
    is_outdated,
    verify_password,
)

EMAIL = "somchai@example.com"


@pytest.mark.parametrize(
    "password",
    ["short", "a" * 10, "abcabcabcabc", "x" * 100 + "abcdefghij" * 11, "Somchai12345!"],
)
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(WeakPasswordError):
        check_strength(password, EMAIL)


@pytest.mark.parametrize("email", ["somchai@example.com", "Boy@example.com"])
def test_the_name_in_the_address_is_refused_by_its_own_reason(email):
    name = email.partition("@")[0].upper()
    with pytest.raises(NamedPasswordError):
        check_strength(f"battery {name} staple", email)


def test_a_name_of_a_letter_or_two_stands_in_any_password():
    check_strength("correct horse", "co@example.com")


@pytest.mark.parametrize("password", ["correct horse", "กขคงจฉชซฌญ", "1234567890"])
def test_length_counts_not_kinds_of_characters(password):
    check_strength(password, EMAIL)


def test_the_right_password_opens_and_another_does_not():
    stored = hash_password("correct horse", QUICK)

    assert verify_password(stored, "correct horse")
    assert not verify_password(stored, "correct horsf")


def test_the_same_keys_on_another_device_give_the_same_password():
    stored = hash_password("น้ำตาลหวาน", QUICK)  # SARA AM as one code point

    assert verify_password(stored, "น้ําตาลหวาน")  # and as two


def test_an_unknown_account_takes_as_long_as_a_known_one():
    known = hash_password("correct horse")

    def cost(stored):
        verify_password(stored, "wrong horse")
        started = time.process_time()
        for _ in range(3):
            assert not verify_password(stored, "wrong horse")
        return time.process_time() - started

    assert cost(None) > cost(known) / 2


def test_the_strong_profile_is_what_owasp_names():
    stored = hash_password("correct horse")

    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert not is_outdated(stored)
    assert is_outdated(hash_password("correct horse", QUICK))
    assert STRONG.memory_cost >= 46 * 1024
