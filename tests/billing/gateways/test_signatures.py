"""Signed notices: which are believed."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtpro_saas.billing.gateways.signatures import (
    NotSignedError,
    SignatureHeaderError,
    SignatureMismatchError,
    SignatureTooOldError,
    request_text,
    sign,
    sign_classic,
    verify,
    verify_classic,
)
from abtpro_saas.errors import UnauthenticatedError

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
RAW = b'{"amount": "499.00"}'
OURS, OLD, THEIRS = "whsec_ours", "whsec_old", "whsec_theirs"


def v1(raw=RAW, secret=OURS, stamp=STAMP):
    return hmac.new(secret.encode(), b"%d." % stamp + raw, hashlib.sha256).hexdigest()


def check(header, raw=RAW, secrets=(OURS,), now=NOW):
    return verify(header, raw, secrets, now)


@given(st.binary(), st.text(min_size=1))
def test_what_is_signed_verifies(raw, secret):
    assert verify(sign(raw, [secret], NOW), raw, [secret], NOW) == NOW


def test_the_signed_text_is_the_time_a_point_and_the_raw_body():
    assert sign(RAW, [OURS], NOW) == f"t={STAMP},v1={v1()}"


@pytest.mark.parametrize("header", [None, ""])
def test_case_1_a_notice_without_signature_is_refused(header):
    with pytest.raises(NotSignedError):
        check(header)


@pytest.mark.parametrize(
    "header",
    [
        f"t={STAMP},v1={v1(secret=THEIRS)}",
        f"t={STAMP},v1={v1()[:-1]}",
        f"t={STAMP},v1={v1()}0",
        f"t={STAMP + 1},v1={v1()}",
        f"t=0{STAMP},v1={v1()}",
        f"t={STAMP},v1=nothex",
    ],
)
def test_case_2_a_wrong_signature_is_refused(header):
    with pytest.raises(SignatureMismatchError):
        check(header)


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_case_2_one_changed_byte_is_refused(place, change):
    changed = bytearray(RAW)
    changed[place] ^= change

    with pytest.raises(SignatureMismatchError):
        check(sign(RAW, [OURS], NOW), bytes(changed))


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_case_3_five_minutes_either_way_are_tolerated(seconds):
    signed_at = NOW + timedelta(seconds=seconds)

    assert check(sign(RAW, [OURS], signed_at)) == signed_at


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400])
def test_case_3_more_than_five_minutes_either_way_are_refused(seconds):
    with pytest.raises(SignatureTooOldError):
        check(sign(RAW, [OURS], NOW + timedelta(seconds=seconds)))


def test_case_4_the_second_of_two_signatures_may_be_the_valid_one():
    assert check(f"t={STAMP},v1={v1(secret=THEIRS)},v1={v1()}")


def test_case_4_either_live_secret_verifies_while_one_rotates():
    assert check(sign(RAW, [OLD], NOW), secrets=(OURS, OLD))
    assert check(sign(RAW, [THEIRS, OURS], NOW), secrets=(OURS, OLD))


@pytest.mark.parametrize(
    "header",
    [
        f"t={STAMP},v0={v1()}",
        f"t={STAMP},t={STAMP},v1={v1()}",
        f"t={STAMP},t={STAMP + 1},v1={v1()}",
        f"v1={v1()}",
        f"t=,v1={v1()}",
        f"t=-1,v1={v1()}",
        f"t=1e9,v1={v1()}",
        f"t={'9' * 12},v1={v1()}",
        f"t={STAMP}",
        f"t={STAMP};v1={v1()}",
        f"t={STAMP}, v1={v1()}",
        f"t={STAMP},v1=",
        f"t={STAMP},,v1={v1()}",
        f"t={STAMP},v1={v1()}," + "v1=00," * 400 + "v1=00",
        f"t={STAMP},v1={v1()},v1=" + "0" * 1024,
        "ลายเซ็น",
        "=",
    ],
)
def test_case_4_a_header_that_can_be_read_in_two_ways_is_refused(header):
    with pytest.raises(SignatureHeaderError):
        check(header)


def test_case_5_the_same_content_written_otherwise_is_refused():
    with pytest.raises(SignatureMismatchError):
        check(sign(RAW, [OURS], NOW), b'{"amount":"499.00"}')


def test_without_a_live_secret_nothing_is_believed():
    with pytest.raises(SignatureMismatchError):
        check(sign(RAW, [OURS], NOW), secrets=())


def test_an_empty_secret_never_verifies():
    with pytest.raises(SignatureMismatchError):
        check(sign(RAW, [""], NOW), secrets=("",))
    with pytest.raises(SignatureMismatchError):
        verify_classic(sign_classic(RAW, ""), RAW, [""])


def test_newer_schemes_beside_v1_are_passed_over():
    assert check(f"t={STAMP},v2=ffff,v1={v1()}")


@given(st.text())
def test_any_header_is_refused_as_unauthenticated(header):
    with pytest.raises(UnauthenticatedError):
        check(header)


def test_each_refusal_has_a_code_of_its_own():
    kinds = {
        NotSignedError,
        SignatureHeaderError,
        SignatureTooOldError,
        SignatureMismatchError,
    }

    assert len({kind.code for kind in kinds}) == len(kinds)


def test_a_signed_request_fits_no_other_method_path_or_body():
    texts = {
        request_text("GET", "/v1/payments?date=2026-11-22", b""),
        request_text("GET", "/v1/payments?date=2026-11-23", b""),
        request_text("DELETE", "/v1/payments?date=2026-11-22", b""),
        request_text("GET", "/v1/payments?date=2026-11-22", b"{}"),
    }

    assert len(texts) == 4


def test_the_classic_header_is_the_bare_digest_of_the_body():
    header = hmac.new(OURS.encode(), RAW, hashlib.sha256).hexdigest()

    assert sign_classic(RAW, OURS) == header
    verify_classic(header, RAW, [OLD, OURS])


@pytest.mark.parametrize("header", ["", None])
def test_a_classic_notice_without_signature_is_refused(header):
    with pytest.raises(NotSignedError):
        verify_classic(header, RAW, [OURS])


@pytest.mark.parametrize("header", ["00", "ก", sign_classic(RAW + b" ", OURS)])
def test_a_classic_notice_with_a_wrong_signature_is_refused(header):
    with pytest.raises(SignatureMismatchError):
        verify_classic(header, RAW, [OURS])
