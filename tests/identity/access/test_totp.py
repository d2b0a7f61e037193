"""Time-based one-time passwords."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from abtpro_saas.identity.access.totp import (
    code_at,
    enrolment_uri,
    matching_step,
    new_secret,
)

# RFC 6238, appendix B (SHA-1): the last six of its eight digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_codes_are_those_of_the_standard(seconds, code):
    instant = datetime.fromtimestamp(seconds, UTC)

    assert code_at(RFC_SECRET, instant) == code
    assert matching_step(RFC_SECRET, code, instant, None) == seconds // 30


@pytest.mark.parametrize(("drift_s", "fits"), [(-30, True), (30, True), (-61, False)])
def test_a_phones_clock_may_be_a_step_off(now, drift_s, fits):
    secret = new_secret()
    code = code_at(secret, now + timedelta(seconds=drift_s))

    assert (matching_step(secret, code, now, None) is not None) is fits


def test_a_step_is_used_up(now):
    secret = new_secret()
    step = matching_step(secret, code_at(secret, now), now, None)

    assert matching_step(secret, code_at(secret, now), now, step) is None


def test_an_authenticator_can_scan_the_secret():
    uri = enrolment_uri(RFC_SECRET, "somchai@example.com", "Siam Trading")

    assert uri.startswith("otpauth://totp/Siam%20Trading:somchai%40example.com?")
    assert f"secret={RFC_SECRET}" in uri
