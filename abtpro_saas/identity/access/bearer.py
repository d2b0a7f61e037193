"""Random secrets that somebody carries: cookies and mailed links.

They hold 256 random bits, so a plain hash protects them at rest: there is nothing to
guess, and a slow hash would only slow each request.
"""

import hashlib
import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bearer:
    """A fresh secret: ``plain`` goes to its owner, ``hash`` into the database."""

    plain: str = field(repr=False)
    hash: bytes


def new_bearer() -> Bearer:
    """Return a secret of 256 random bits, in URL-safe base64."""
    plain = secrets.token_urlsafe(32)
    return Bearer(plain, bearer_hash(plain))


def bearer_hash(plain: str) -> bytes:
    """Return what the database keeps of ``plain``: its SHA-256."""
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
