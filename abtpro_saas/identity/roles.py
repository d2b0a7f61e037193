"""What a role may do, as the scopes that it and its API keys can have."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to a tenant."""

    TRADER = "trader"
    ADMIN = "admin"
    VIEWER = "viewer"

    @property
    def is_staff(self) -> bool:
        """Tell whether it sees, or changes, more than what is one's own."""
        return self is not Role.TRADER


_OWN = frozenset({"account:write"})
_TRADER = _OWN | frozenset(
    {
        "wallet:read",
        "wallet:write",
        "rental:read",
        "rental:write",
        "keys:read",
        "keys:write",
        "notices:read",
        "notices:write",
        "market:read",
        "market:write",
        "backtests:read",
        "backtests:write",
    }
)
_ADMIN = _TRADER | {
    "members:read",
    "members:write",
    "audit:read",
    "tenant:read",
    "tenant:write",
    "topups:read",
    "topups:refund",
    "suspense:read",
    "suspense:write",
    "contracts:read",
    "contracts:write",
    "plans:write",
}

SCOPES: dict[Role, frozenset[str]] = {
    Role.TRADER: _TRADER,
    Role.ADMIN: _ADMIN,
    Role.VIEWER: _OWN | {scope for scope in _ADMIN if scope.endswith(":read")},
}
"""The scopes of each role; a key has some of its owner's, never more."""
