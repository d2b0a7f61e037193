"""The words of a PromptPay QR: what we write, and what we refuse to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.qr import emvco
from abtpro_saas.billing.qr.emvco import (
    BillPayment,
    CreditTransfer,
    QrPayloadError,
    bill_payment,
    crc16,
    credit_transfer,
    fields_text,
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

BILLER = "000000000000101"
MOBILE = promptpay_id(IdKind.PHONE, "0800000000")
MOBILE_QR = "00020101021129370016A0000006770101110113006680000000053037645802TH63046547"
BILL_QR = (
    "00020101021230550016A00000067701011201150000000000001010212TOPUP7F3K9Q2"
    "53037645406499.005802TH630478B2"
)

DOMESTIC = {"00": emvco.BILL_PAYMENT_AID}

references = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)
amounts = st.none() | st.integers(1, emvco.MOST).map(Satang)


def sealed(body):
    """Return ``body`` with a true checksum: only what it holds may be at fault."""
    return f"{body}6304" + crc16(f"{body}6304")


def bill(account=None, **changes):
    """Return a payload with some fields replaced, or left out for None."""
    fields = {
        "00": "01",
        "01": "12",
        "30": nested(DOMESTIC | {"01": BILLER, "02": "REF1"} | (account or {})),
        "53": "764",
        "54": "499.00",
        "58": "TH",
    } | {tag.removeprefix("f"): value for tag, value in changes.items()}
    return sealed(nested(fields))


def transfer(**fields):
    """Return the payload of a transfer whose account has ``fields`` beside its AID."""
    named = {"00": emvco.CREDIT_TRANSFER_AID}
    named |= {tag.removeprefix("f"): value for tag, value in fields.items()}
    return bill(f30=None, f29=nested(named))


def nested(fields):
    return fields_text((t, v) for t, v in fields.items() if v is not None)


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
