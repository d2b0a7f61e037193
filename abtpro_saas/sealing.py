"""Secrets at rest: envelope encryption with AES-256-GCM, and its rotation.

A sealed value is ``key_id . wrapped data key . sealed text`` (see ``Keyring.seal``).
Each value has a data key of its own, wrapped by a key of the ring; the context (tenant
and column) is authenticated, so a value moved to another row does not open.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
WRAPPED = NONCE + 32 + 16


class SealError(Exception):
    """A sealed value does not open: unknown key, other context, or changed bytes."""


@dataclass(frozen=True)
class Keyring:
    """The sealing keys, (id, 32 bytes) each: the first seals, all open."""

    keys: tuple[tuple[str, bytes], ...]

    @property
    def head(self) -> bytes:
        """What every value that is sealed under the current key begins with."""
        key_id = self.keys[0][0].encode()
        return bytes([len(key_id)]) + key_id

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return ``plain`` sealed for ``context`` under the current key."""
        key, head = self.keys[0][1], self.head
        data_key = AESGCM.generate_key(256)
        return (
            head
            + _encrypt(key, data_key, head)
            + _encrypt(data_key, plain, context.encode())
        )

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed for ``context``.

        Raises:
            SealError: the key is not in the ring, or the value was changed or moved.
        """
        head = sealed[: 1 + sealed[0]] if sealed else b""
        key = dict(self.keys).get(head[1:].decode(errors="replace"))
        if key is None:
            raise SealError("sealed under a key that is not in ABTPRO_SEALING_KEYS")
        wrapped, body = sealed[len(head) :][:WRAPPED], sealed[len(head) + WRAPPED :]
        return _decrypt(_decrypt(key, wrapped, head), body, context.encode())

    def key_id(self, sealed: bytes) -> str:
        """Return the id of the key that ``sealed`` needs."""
        return sealed[1 : 1 + sealed[0]].decode()

    def derive(self, purpose: str) -> tuple[tuple[str, bytes], ...]:
        """Return a key of its own for ``purpose`` from each key (HKDF, RFC 5869)."""
        return tuple(
            (key_id, HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(key))
            for key_id, key in self.keys
        )


def _encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], context)
    except (InvalidTag, ValueError):
        raise SealError("the sealed value was changed or moved") from None
