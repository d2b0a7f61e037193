"""Ids: who they belong to stands in their type, when they were made in their bits."""

import secrets
import time
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)


def new_id() -> UUID:
    """Return a fresh time-ordered UUID (version 7, RFC 9562 section 5.7).

    Its 74 random bits make it unguessable enough for an identifier, not for a secret.
    """
    stamp, noise = time.time_ns() // 1_000_000, secrets.randbits(74)
    value = (stamp & (1 << 48) - 1) << 80 | 7 << 76 | noise >> 62 << 64
    return UUID(int=value | 2 << 62 | noise & (1 << 62) - 1)
