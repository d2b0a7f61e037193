"""The words of a PromptPay QR, as we write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.qr import emvco
from abtpro_saas.billing.qr.emvco import (
    BillPayment,
    CreditTransfer,
    bill_payment,
    crc16,
    credit_transfer,
    parse,
    parse_fields,
    read_payload,
)
from abtpro_saas.billing.qr.promptpay import (
    IdKind,
    PaymentReferenceError,
    PromptPayError,
    PromptPayId,
    promptpay_id,
)
from abtpro_saas.money import AmountError, Satang
from tests.billing.qr.payloads import (
    BILL_QR,
    BILLER,
    MOBILE,
    MOBILE_QR,
    amounts,
    references,
)


def test_a_mobile_number_is_written_as_banks_write_it():
    assert credit_transfer(MOBILE, None) == MOBILE_QR


def test_a_bill_payment_is_written_as_banks_write_it():
    assert bill_payment(BILLER, "TOPUP7F3K9Q2", Satang(49_900)) == BILL_QR


def test_the_checksum_is_crc_16_ccitt_false():
    assert crc16("123456789") == "29B1"


def test_a_checksum_with_leading_zeros_keeps_them():
    padded = [
        payload
        for number in range(400)
        if (payload := bill_payment(BILLER, f"R{number}", None))[-4] == "0"
    ]
    assert padded
    assert all(read_payload(each) for each in padded)


@given(references, amounts, st.none() | references, st.none() | references)
def test_a_bill_payment_reads_back(ref1, amount, ref2, terminal):
    written = bill_payment(BILLER, ref1, amount, ref2=ref2, terminal=terminal)

    assert read_payload(written) == BillPayment(
        BILLER, ref1, amount, ref2, terminal, one_time=amount is not None
    )


@given(st.integers(600_000_000, 699_999_999) | st.integers(800_000_000, 999_999_999))
def test_a_transfer_to_a_mobile_number_reads_back(number):
    target = promptpay_id(IdKind.PHONE, f"0{number}")

    assert read_payload(credit_transfer(target, Satang(1))) == CreditTransfer(
        target, Satang(1)
    )


@pytest.mark.parametrize(
    ("kind", "value", "tag"),
    [
        (IdKind.PHONE, "0066812345678", "01"),
        (IdKind.NATIONAL_ID, "1101700230708", "02"),
        (IdKind.EWALLET, "140000812345678", "03"),
    ],
)
def test_each_kind_of_id_has_its_own_tag(kind, value, tag):
    payload = credit_transfer(PromptPayId(kind, value), None)

    assert parse_fields(parse(payload)["29"])[tag] == value


def test_the_third_reference_is_the_terminal_in_field_62():
    fields = parse(bill_payment(BILLER, "REF1", None, terminal="TILL7"))

    assert parse_fields(fields["62"]) == {"07": "TILL7"}
    assert "04" not in parse_fields(fields["30"])


def test_fields_stand_in_ascending_order():
    tags = list(parse(bill_payment(BILLER, "A", Satang(1), terminal="T")))

    assert tags == sorted(tags, key=lambda tag: (tag == "63", tag))


@pytest.mark.parametrize(("amount", "point"), [(None, "11"), (Satang(1), "12")])
def test_only_a_qr_with_an_amount_is_one_time(amount, point):
    assert parse(bill_payment(BILLER, "A", amount))["01"] == point


@pytest.mark.parametrize(
    ("satang", "text"),
    [
        (1, "0.01"),
        (110, "1.10"),
        (49_900, "499.00"),
        (100_000_000, "1000000.00"),
        (emvco.MOST, "9999999999.99"),
    ],
)
def test_an_amount_has_two_decimals_and_nothing_else(satang, text):
    assert parse(bill_payment(BILLER, "A", Satang(satang)))["54"] == text


def test_an_open_amount_has_no_field():
    assert "54" not in parse(bill_payment(BILLER, "A", None))


@pytest.mark.parametrize("satang", [0, -1, -500, emvco.MOST + 1])
def test_an_amount_that_cannot_be_paid_is_refused(satang):
    with pytest.raises(AmountError):
        bill_payment(BILLER, "A", Satang(satang))


@pytest.mark.parametrize("ref", ["", "abc", "A B", "A-1", "A" * 21, "ก", "1\n", "A_"])
def test_a_reference_is_capital_letters_and_digits(ref):
    with pytest.raises(PaymentReferenceError):
        bill_payment(BILLER, ref, None)
    with pytest.raises(PaymentReferenceError):
        bill_payment(BILLER, "A", None, ref2=ref)


@pytest.mark.parametrize("label", ["", "till", "T" * 26])
def test_a_terminal_is_capital_letters_and_digits(label):
    with pytest.raises(PaymentReferenceError):
        bill_payment(BILLER, "A", None, terminal=label)


@pytest.mark.parametrize("biller", ["1" * 13, "1" * 14, "1" * 16, "", "1" * 14 + "A"])
def test_a_biller_has_fifteen_digits(biller):
    with pytest.raises(PromptPayError):
        bill_payment(biller, "A", None)


def test_a_transfer_to_an_unchecked_id_is_refused():
    with pytest.raises(PromptPayError):
        credit_transfer(PromptPayId(IdKind.NATIONAL_ID, "1101700230709"), None)
