"""Whom a PromptPay QR can pay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.qr.promptpay import (
    IdKind,
    PaymentReferenceError,
    PromptPayError,
    biller_id,
    check_digit,
    new_reference,
    promptpay_id,
    reference,
)


@pytest.mark.parametrize("text", ["0812345678", "+66812345678", "0066812345678"])
def test_a_mobile_number_has_one_form_in_a_qr(text):
    assert promptpay_id(IdKind.PHONE, text).value == "0066812345678"


@pytest.mark.parametrize("prefix", ["06", "08", "09"])
def test_mobile_numbers_begin_with_06_08_or_09(prefix):
    assert promptpay_id(IdKind.PHONE, f"{prefix}12345678")


@pytest.mark.parametrize(
    "text",
    [
        "021234567",  # a landline in Bangkok
        "0212345678",
        "0712345678",
        "+660812345678",
        "66812345678",
        "812345678",
        "08123456789",
        "081234567",
        "081-234-5678",
        "081 234 5678",
        " 0812345678",
        "0812345678\n",
        "٠٨١٢٣٤٥٦٧٨",
        "",
    ],
)
def test_what_is_no_mobile_number_is_refused(text):
    with pytest.raises(PromptPayError):
        promptpay_id(IdKind.PHONE, text)


@pytest.mark.parametrize("text", ["1101700230708", "0000000000001"])
def test_a_national_or_tax_id_with_its_check_digit_is_taken(text):
    assert promptpay_id(IdKind.NATIONAL_ID, text).value == text


@given(st.integers(0, 10**12 - 1), st.integers(1, 9))
def test_a_wrong_check_digit_is_always_seen(number, shift):
    first12 = f"{number:012d}"
    wrong = (int(check_digit(first12)) + shift) % 10

    with pytest.raises(PromptPayError):
        promptpay_id(IdKind.NATIONAL_ID, f"{first12}{wrong}")


@pytest.mark.parametrize(
    "text", ["110170023070", "11017002307080", "1-1017-00230-70-8", "", "110170023070X"]
)
def test_what_is_no_national_id_is_refused(text):
    with pytest.raises(PromptPayError):
        promptpay_id(IdKind.NATIONAL_ID, text)


def test_a_mobile_number_is_never_taken_for_a_national_id():
    first12 = "006681234567"

    with pytest.raises(PromptPayError, match="mobile"):
        promptpay_id(IdKind.NATIONAL_ID, first12 + check_digit(first12))


@pytest.mark.parametrize("text", ["14000081234567", "1400008123456789", "0812345678"])
def test_an_e_wallet_has_fifteen_digits(text):
    with pytest.raises(PromptPayError):
        promptpay_id(IdKind.EWALLET, text)


def test_an_e_wallet_stays_as_it_is():
    assert promptpay_id(IdKind.EWALLET, "140000812345678").value == "140000812345678"


def test_a_biller_is_a_tax_id_and_a_suffix():
    assert biller_id("000000000000101") == "000000000000101"


def test_a_reference_of_twenty_characters_is_the_longest():
    assert reference("A" * 20)
    with pytest.raises(PaymentReferenceError):
        reference("A" * 21)


def test_our_references_fit_every_bank_and_never_repeat():
    made = {new_reference() for _ in range(10_000)}

    assert len(made) == 10_000
    assert all(len(reference(each)) == 15 for each in made)


def test_our_references_use_every_letter_evenly():
    text = "".join(new_reference() for _ in range(2_000))

    assert len(set(text)) == 32
    assert all(700 < text.count(letter) < 1_200 for letter in set(text))
