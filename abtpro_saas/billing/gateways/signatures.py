"""Signatures of notices: who sent these bytes, and when.

The header is ``t=<unix>,v1=<hex>``: HMAC-SHA256 over ``t``, a point and the raw body.
While a secret rotates the sender puts several ``v1``, or we hold several secrets; one
match is enough. The body is never parsed before this has passed.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from abtpro_saas.errors import UnauthenticatedError

HEADER = "X-PromptPay-Signature"
CLASSIC_HEADER = "X-Webhook-Signature"
TOLERANCE_S = 300

_LONGEST = 1024
_ELEMENT = re.compile(r"([a-z][a-z0-9]*)=([0-9A-Za-z]+)", re.ASCII)
_TIME = re.compile(r"\d{1,11}", re.ASCII)


class NotSignedError(UnauthenticatedError):
    """The signature header is missing."""

    code = "signature_missing"


class SignatureHeaderError(UnauthenticatedError):
    """The signature header cannot be read: no or two times, no v1, or broken."""

    code = "signature_header_invalid"


class SignatureTooOldError(UnauthenticatedError):
    """Signed more than 300 seconds ago, or that far in the future."""

    code = "signature_too_old"


class SignatureMismatchError(UnauthenticatedError):
    """No signature fits these bytes and a live secret."""

    code = "signature_mismatch"


def sign(raw: bytes, secrets: Sequence[str], at: datetime) -> str:
    """Return the header for ``raw`` at ``at``, with one ``v1`` for each secret."""
    stamp = str(int(at.timestamp()))
    return ",".join(
        [f"t={stamp}", *(f"v1={_digest(secret, stamp, raw)}" for secret in secrets)]
    )


def verify(
    header: str | None, raw: bytes, secrets: Sequence[str], now: datetime
) -> datetime:
    """Return when ``raw`` was signed by a holder of one of ``secrets``.

    Raises:
        NotSignedError: there is no header.
        SignatureHeaderError: it is broken, has two times, or no ``v1``.
        SignatureTooOldError: its time is over 300 s from ``now``, either way.
        SignatureMismatchError: no ``v1`` fits.
    """
    if not header:
        raise NotSignedError("this notice is not signed")
    stamp, given = _read(header)
    signed_at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(int(now.timestamp()) - int(stamp)) > TOLERANCE_S:
        raise SignatureTooOldError("signed more than 300 seconds from now")
    expected = [_digest(secret, stamp, raw) for secret in secrets if secret]
    if not any(_same(mine, theirs) for mine in expected for theirs in given):
        raise SignatureMismatchError("the signature does not fit this body")
    return signed_at


def request_text(method: str, target: str, body: bytes) -> bytes:
    """Return what a request to a gateway signs: method, path with query, and body.

    A signature over the body alone would fit every request that has none.
    """
    return f"{method} {target}\n".encode() + body


def sign_classic(raw: bytes, secret: str) -> str:
    """Return the original platform's header: hex HMAC-SHA256 of the body alone."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def verify_classic(header: str | None, raw: bytes, secrets: Sequence[str]) -> None:
    """Check the original platform's header. It has no time: it can be replayed.

    Raises:
        NotSignedError: there is no header.
        SignatureMismatchError: it fits no secret.
    """
    if not header:
        raise NotSignedError("this notice is not signed")
    if not any(
        _same(sign_classic(raw, secret), header) for secret in secrets if secret
    ):
        raise SignatureMismatchError("the signature does not fit this body")


def _read(header: str) -> tuple[str, list[str]]:
    """Return the time as written, and every ``v1``; other schemes are passed over."""
    elements = [_ELEMENT.fullmatch(part) for part in header[:_LONGEST].split(",")]
    if len(header) > _LONGEST or None in elements:
        raise SignatureHeaderError("the signature header is not t=…,v1=…")
    pairs = [each.groups() for each in elements if each]
    stamps = [value for key, value in pairs if key == "t"]
    given = [value for key, value in pairs if key == "v1"]
    if len(stamps) != 1 or not _TIME.fullmatch(stamps[0]):
        raise SignatureHeaderError("the signature header needs one time t")
    if not given:
        raise SignatureHeaderError("the signature header has no v1")
    return stamps[0], given


def _digest(secret: str, stamp: str, raw: bytes) -> str:
    return hmac.new(
        secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256
    ).hexdigest()


def _same(mine: str, theirs: str) -> bool:
    # As bytes: compare_digest refuses text that is not ASCII with a TypeError.
    return hmac.compare_digest(mine.encode(), theirs.lower().encode())
