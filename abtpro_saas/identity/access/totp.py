"""Time-based one-time passwords (RFC 6238): six digits, thirty seconds."""

import hmac
from datetime import datetime

import pyotp

PERIOD_S = 30
_DRIFT = 1
"""Steps that a phone's clock may be ahead or behind (RFC 6238 section 5.2)."""


def new_secret() -> str:
    """Return a fresh secret of 160 bits, in base 32."""
    return pyotp.random_base32(32)


def enrolment_uri(secret: str, account: str, issuer: str) -> str:
    """Return the ``otpauth://`` address that an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(
    secret: str, code: str, now: datetime, last_step: int | None
) -> int | None:
    """Return the time step whose code this is, or None where none fits.

    Steps up to ``last_step`` are used up: a code that was seen once is worth nothing.
    """
    present = int(now.timestamp()) // PERIOD_S
    generator = pyotp.TOTP(secret)
    found = None
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        fits = hmac.compare_digest(generator.generate_otp(step), code)
        if fits and (last_step is None or step > last_step):
            found = step
    return found


def code_at(secret: str, instant: datetime) -> str:
    """Return the code that an authenticator shows at ``instant``."""
    return pyotp.TOTP(secret).at(int(instant.timestamp()))
