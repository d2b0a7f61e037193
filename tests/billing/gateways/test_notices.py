"""What a verified notice must look like to be believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abtpro_saas.billing.gateways.json_reading import FieldError, MalformedError
from abtpro_saas.billing.gateways.notices import (
    EventTypeError,
    OtherMerchantError,
    TestEventError,
    named_merchant,
    read_hint,
    read_notice,
)
from abtpro_saas.billing.gateways.port import EventType, Hint, Notice
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import AmountError, Satang

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
PAID = NOW - timedelta(seconds=30)


@pytest.fixture
def read(account, body):
    return lambda **changes: read_notice(account(), body(**changes), NOW)


def test_a_notice_is_read_whole(read):
    assert read(created_at="2026-11-22T05:00:00Z", livemode=True) == Notice(
        event_id="evt_1",
        event_type=EventType.SUCCEEDED,
        gateway_txn_id="txn_1",
        reference="REF1",
        amount=Satang(49_900),
        currency="THB",
        paid_at=PAID,
        created_at=NOW,
        livemode=True,
    )


def test_without_its_own_time_a_notice_is_as_old_as_its_payment(read):
    assert read().created_at == PAID
    assert read(event_type="payment.failed", paid_at=None).created_at == NOW


@pytest.mark.parametrize("text", ['"499"', '"499.0"', '"499.00"', "499", "499.00"])
def test_case_25_exact_amounts_are_read(account, body, text):
    raw = body(amount="?").replace(b'"?"', text.encode())

    assert read_notice(account(), raw, NOW).amount == 49_900


@pytest.mark.parametrize(
    "text",
    [
        '"499.001"',
        "499.001",
        '"-1.00"',
        "-1",
        '"1e3"',
        "1e3",
        "1E-2",
        '"NaN"',
        '""',
        '" 499"',
        '"+499"',
        '"4,99.00"',
        '"٤٩٩"',
        '"0"',
        "0",
        "0.00",
        "-0.0",
        "true",
        "null",
        "[499]",
        '{"value": 499}',
        "0.0000001",
    ],
)
def test_case_25_other_amounts_are_refused(account, body, text):
    raw = body(amount="?").replace(b'"?"', text.encode())

    with pytest.raises(AmountError):
        read_notice(account(), raw, NOW)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1" * 5000])
def test_case_25_numbers_that_json_does_not_know_are_malformed(account, body, text):
    raw = body(amount="?").replace(b'"?"', text.encode())

    with pytest.raises(MalformedError):
        read_notice(account(), raw, NOW)


@pytest.mark.parametrize("amount", ["10000000.00", "99999999999999999", "9" * 40])
def test_case_26_more_than_the_account_allows_is_refused(read, amount):
    with pytest.raises(AmountError):
        read(amount=amount)


def test_case_26_the_accounts_limit_itself_is_allowed(read):
    assert read(amount="9999999.99").amount == 999_999_999


@pytest.mark.parametrize("currency", ["764", "THB", "thb"])
def test_case_24_baht_has_several_names(read, currency):
    assert read(currency=currency).currency == "THB"


@pytest.mark.parametrize(("currency", "code"), [("usd", "USD"), ("840", "840")])
def test_case_24_another_currency_is_told_and_not_refused(read, currency, code):
    assert read(currency=currency).currency == code


@pytest.mark.parametrize("currency", ["", "BAHT", "TH", "7640", 764, 7.64, True, "บาท"])
def test_what_is_no_currency_is_refused(read, currency):
    with pytest.raises(FieldError):
        read(currency=currency)


def test_case_16_a_test_event_is_refused_by_name(read):
    with pytest.raises(TestEventError) as refused:
        read(livemode=False)

    assert refused.value.code == "test_event"


@pytest.mark.parametrize("value", ["true", 1, 0, []])
def test_livemode_is_true_or_false(read, value):
    with pytest.raises(FieldError):
        read(livemode=value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"a": 1} x',
        b'{"amount": "1", "amount": "2"}',
        b'\xff{"a": 1}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_case_13_what_is_not_one_json_object_is_malformed(account, raw):
    with pytest.raises(MalformedError):
        read_notice(account(), raw, NOW)


@pytest.mark.parametrize(
    "name",
    [
        "event_id",
        "event_type",
        "merchant_id",
        "transaction_id",
        "reference_id",
        "amount",
        "currency",
        "paid_at",
    ],
)
def test_a_missing_field_is_named(read, name):
    with pytest.raises(InvalidError) as refused:
        read(**{name: None})

    assert refused.value.field == name


def test_an_unknown_field_is_named(read):
    with pytest.raises(FieldError) as refused:
        read(amout="1.00")

    assert refused.value.field == "amout"


@pytest.mark.parametrize("name", ["event_id", "transaction_id", "reference_id"])
@pytest.mark.parametrize("value", ["", " ", "a b", "x" * 129, "ก", "a\x00", 5, ["a"]])
def test_identifiers_are_short_visible_ascii(read, name, value):
    with pytest.raises(FieldError):
        read(**{name: value})


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T05:00:00",
        "2026-13-22T05:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1763787600",
        1763787600,
        "20261122T050000Z",
        "",
    ],
)
def test_an_instant_without_zone_or_sense_is_refused(read, text):
    with pytest.raises(FieldError):
        read(paid_at=text)


def test_a_payment_that_failed_or_expired_need_not_say_when(read):
    assert read(event_type="payment.failed", paid_at=None).paid_at is None
    assert read(event_type="payment.expired", paid_at=None).paid_at is None


def test_an_event_of_unknown_type_is_refused(read):
    with pytest.raises(EventTypeError):
        read(event_type="payment.imagined")


def test_a_notice_of_another_merchant_is_refused(read):
    with pytest.raises(OtherMerchantError):
        read(merchant_id="m-lanna")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary())
def test_any_bytes_are_read_or_refused(account, raw):
    with pytest.raises(InvalidError):
        read_notice(account(), raw, NOW)


@pytest.mark.parametrize(
    ("raw", "merchant"),
    [
        (b'{"merchant_id": "m-siam"}', "m-siam"),
        (b'{"merchant\\u005fid": "m-siam"}', "m-siam"),
        (b'{"merchant_id" : "m-siam", "amount": 4', "m-siam"),
        (b'{"merchant_id": 5}', None),
        (b"{}", None),
        (b"\xff\xfe", None),
        (b"", None),
    ],
)
def test_the_merchant_is_found_before_the_notice_is_verified(raw, merchant):
    assert named_merchant(raw) == merchant


def test_a_hint_names_a_reference_and_nothing_that_is_believed():
    raw = b'{"reference_id": "REF1", "status": "SUCCESS", "metadata": {"a": 1}}'

    assert read_hint(raw) == Hint("REF1", "SUCCESS")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"reference_id": "REF1"}',
        b'{"status": "SUCCESS"}',
        b'{"reference_id": "REF1", "status": "PAID"}',
        b'{"reference_id": "REF1", "status": "SUCCESS", "metadata": "x"}',
        b'{"reference_id": "REF1", "status": "SUCCESS", "amount": "1.00"}',
    ],
)
def test_a_hint_of_another_form_is_refused(raw):
    with pytest.raises(InvalidError):
        read_hint(raw)


def test_a_refund_may_have_a_number_and_nothing_else_has(read):
    refund = read(event_type="payment.refunded", refund_id="rfd_1")

    assert (refund.refund_id, read().refund_id) == ("rfd_1", None)
    with pytest.raises(FieldError):
        read(refund_id="rfd_1")
