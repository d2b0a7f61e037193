"""How an API key is written: ``abt_live_<public id>_<secret><check>``.

The prefix lets scanners recognise a key that leaked into a repository; the check, a
CRC-32 in base 62, tells a typing error from a wrong key without asking the database.
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

from abtpro_saas.errors import UnauthenticatedError

TENANT_PREFIX = "abt_live"
OPERATOR_PREFIX = "abt_oper"

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH = 8
_SECRET_LENGTH = 43  # 62**43 > 2**256
_CHECK_LENGTH = 6  # 62**6 > 2**32
_KEY = re.compile(
    rf"(abt_live|abt_oper)_([0-9A-Za-z]{{{_ID_LENGTH}}})"
    rf"_([0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECK_LENGTH}}})"
)


class InvalidKeyError(UnauthenticatedError):
    """No such API key; says nothing about which part is wrong."""

    code = "invalid_key"


@dataclass(frozen=True)
class KeyText:
    """The parts of an API key; the secret is kept nowhere but with its owner."""

    prefix: str
    public_id: str
    secret: str = field(repr=False)

    @property
    def plain(self) -> str:
        """The whole key, as its owner writes it."""
        body = f"{self.prefix}_{self.public_id}_{self.secret}"
        return body + _check(body)

    @property
    def secret_hash(self) -> bytes:
        """What the database keeps of the secret: its SHA-256 (see ``bearer``)."""
        return hashlib.sha256(self.secret.encode()).digest()


def new_key_text(prefix: str) -> KeyText:
    """Return a fresh random key."""
    return KeyText(prefix, _random(_ID_LENGTH), _random(_SECRET_LENGTH))


def parse_key(text: str, prefix: str) -> KeyText:
    """Read a key of the kind ``prefix``.

    Raises:
        InvalidKeyError: not of this form, or its check does not fit.
    """
    match = _KEY.fullmatch(text)
    if match is None or match[1] != prefix:
        raise InvalidKeyError("this is no API key of this service")
    key = KeyText(match[1], match[2], match[3])
    if key.plain != text:
        raise InvalidKeyError("this API key has a typing error")
    return key


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _check(body: str) -> str:
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK_LENGTH):
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return digits
