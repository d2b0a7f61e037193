"""What we read of a PromptPay QR, and what we refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.qr import emvco
from abtpro_saas.billing.qr.emvco import (
    QrPayloadError,
    crc16,
    fields_text,
    parse,
    parse_fields,
    read_payload,
)
from tests.billing.qr.payloads import (
    BILL_QR,
    bill,
    nested,
    sealed,
    transfer,
)


@given(st.permutations(["01", "30", "53", "54", "58"]))
def test_fields_are_read_in_any_order(order):
    fields = parse(bill())

    shuffled = sealed(fields_text([("00", "01"), *((t, fields[t]) for t in order)]))

    assert read_payload(shuffled) == read_payload(bill())


@pytest.mark.parametrize(("point", "one_time"), [("11", False), ("12", True)])
def test_both_points_of_initiation_are_read(point, one_time):
    assert read_payload(bill(f01=point)).one_time is one_time


def test_a_qr_that_does_not_say_is_reusable():
    assert not read_payload(bill(f01=None)).one_time


@pytest.mark.parametrize("text", ["499", "499.0", "499.00", "0499.00"])
def test_amounts_of_other_encoders_are_read(text):
    assert read_payload(bill(f54=text)).amount == 49_900


@pytest.mark.parametrize(
    "text",
    [
        "0.00",
        "0",
        "-5.00",
        "1e3",
        "1e+21",
        "499.001",
        "499.",
        ".5",
        "4,99",
        " 1",
        "NaN",
        "10000000000.00",
    ],
)
def test_amounts_that_are_not_exact_are_refused(text):
    with pytest.raises(QrPayloadError):
        read_payload(bill(f54=text))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"f53": "840"}, "baht"),
        ({"f53": None}, "baht"),
        ({"f58": "SG"}, "Thai"),
        ({"f58": None}, "Thai"),
        ({"f01": "13"}, "initiation"),
        ({"f00": "02"}, "000201"),
        ({"f30": None}, "not one"),
        ({"f29": nested({"00": emvco.CREDIT_TRANSFER_AID})}, "not one"),
        ({"account": {"00": "A000000677010113"}}, "domestic"),
        ({"account": {"00": "A000000677012006"}}, "domestic"),  # cross-border
        ({"account": {"00": None}}, "domestic"),
        ({"account": {"02": None}}, "names a biller"),
        ({"account": {"01": None}}, "names a biller"),
        ({"account": {"04": "B"}}, "names a biller"),
        ({"account": {"02": "ref"}}, "capital"),
        ({"account": {"03": "ref"}}, "capital"),
        ({"account": {"02": "A" * 21}}, "capital"),
        ({"account": {"01": "1" * 14}}, "15 digits"),
        ({"f62": "0702"}, "cut short"),
        ({"f62": "0701t"}, "terminal"),
        ({"f30": "0099A"}, "cut short"),
    ],
)
def test_a_bill_payment_that_a_bank_might_read_otherwise_is_refused(changes, reason):
    with pytest.raises(QrPayloadError, match=reason):
        read_payload(bill(**changes))


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ({}, "names one"),
        ({"f01": "0066200000000"}, "from 06"),  # a landline
        ({"f01": "0800000000"}, "0066"),
        ({"f02": "1101700230709"}, "check digit"),
        ({"f01": "0066800000000", "f02": "1101700230708"}, "names one"),
        ({"f01": "0066800000000", "f05": "OTA"}, "names one"),
        ({"f00": "A000000677010114", "f01": "0066800000000"}, "that we know"),
        ({"f04": "0041234567"}, "names one"),  # a bank account
    ],
)
def test_a_transfer_that_we_cannot_name_is_refused(account, reason):
    with pytest.raises(QrPayloadError, match=reason):
        read_payload(transfer(**account))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "63",
        BILL_QR + " ",
        BILL_QR + "0101",
        " " + BILL_QR,
        BILL_QR[:-1],
        BILL_QR[:-4] + "78b2",
        BILL_QR[:-4] + "78B3",
        BILL_QR.replace("499.00", "999.00"),
        BILL_QR[:-8],
        sealed("0002010002015802TH"),  # a tag twice
        sealed("0002015802TH5899TH"),  # cut short
        sealed("0002015800"),  # empty
        sealed("00020158O2TH"),  # a letter in a length
        sealed("5802TH000201"),  # the version is not first
        BILL_QR.replace("6304", "6305") + "A",
        "0" * 600,
    ],
)
def test_a_broken_payload_is_refused(text):
    with pytest.raises(QrPayloadError):
        parse(text)


def test_a_checksum_inside_another_field_does_not_count():
    inside = "0002015810TH6304"

    with pytest.raises(QrPayloadError, match="checksum"):
        parse(inside + crc16(inside))


@pytest.mark.parametrize("text", ["580٢TH", "5802ทย", "5802T\n", "5802T\x00"])
def test_only_printable_ascii_is_read(text):
    with pytest.raises(QrPayloadError):
        parse_fields(text)


@pytest.mark.parametrize("value", ["", "A" * 100, "ก", "\t"])
def test_a_field_that_cannot_be_read_back_is_not_written(value):
    with pytest.raises(QrPayloadError):
        fields_text([("59", value)])


@given(st.text(max_size=120) | st.text("0123456789ATH.", max_size=120))
def test_any_text_is_read_or_refused(text):
    for candidate in (text, f"000201{text}"):
        try:
            parse(candidate)
        except QrPayloadError:
            continue


@given(st.integers(0, len(BILL_QR) - 1), st.characters(codec="ascii"))
def test_one_changed_character_is_always_seen(place, other):
    changed = BILL_QR[:place] + other + BILL_QR[place + 1 :]

    if changed != BILL_QR:
        with pytest.raises(QrPayloadError):
            parse(changed)
