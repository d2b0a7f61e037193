"""The small QR on a transfer slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.qr.emvco import crc16, fields_text
from abtpro_saas.billing.qr.slips import Slip, SlipError, read_slip, slip, slip_payload

numbers = st.from_regex(r"[A-Za-z0-9]{1,25}", fullmatch=True)


def printed(api="000001", bank="004", transfer="0123", country="TH"):
    named = fields_text([("00", api), ("01", bank), ("02", transfer)])
    text = fields_text([("00", named), ("51", country)]) + "9104"
    return text + crc16(text)


@given(st.from_regex(r"[0-9]{3}", fullmatch=True), numbers)
def test_a_slip_reads_back(bank, transfer):
    assert read_slip(slip_payload(Slip(bank, transfer))) == Slip(bank, transfer)


def test_a_checksum_without_its_leading_zeros_is_read():
    made = next(
        payload
        for number in range(10_000)
        if (payload := printed(transfer=f"T{number}"))[-4:-2] == "00"
    )
    body, checksum = made[:-8], made[-4:].lstrip("0")

    assert read_slip(made) == read_slip(f"{body}9104{checksum}")
    assert read_slip(made) == read_slip(f"{body}91{len(checksum):02d}{checksum}")


def test_a_checksum_in_small_letters_is_read():
    made = printed()

    assert read_slip(made[:-4] + made[-4:].lower()) == read_slip(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9104",
        printed()[:-1] + "X",
        printed() + "0",
        printed().replace("0123", "0124"),
        printed(api="000002"),
        printed(country="SG"),
        printed(transfer="A B"),
        printed(bank="04"),
        printed(transfer="A" * 26),
        "9" * 200,
        "ก" * 40,
    ],
)
def test_what_is_no_slip_is_refused(text):
    with pytest.raises(SlipError):
        read_slip(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(SlipError):
        read_slip(text)


@pytest.mark.parametrize(
    ("bank", "transfer", "field"),
    [("4", "A1", "bank"), ("", "A1", "bank"), ("004", "", "transfer")],
)
def test_a_typed_slip_says_which_field_is_wrong(bank, transfer, field):
    with pytest.raises(SlipError) as refused:
        slip(bank, transfer)

    assert refused.value.field == field
