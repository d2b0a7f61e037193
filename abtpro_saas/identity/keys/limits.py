"""What a new API key may have at most: a key begets none mightier than itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from abtpro_saas.errors import InvalidError
from abtpro_saas.identity.keys import networks


class ScopeError(InvalidError):
    """A scope that does not exist, or that who asks does not have."""

    code = "invalid_scope"


class KeyExpiryError(InvalidError):
    """An expiry in the past, or beyond that of the key that asks."""

    code = "invalid_expiry"


@dataclass(frozen=True)
class KeyLimits:
    """What the minter has: a person all of their role, a key what it has itself."""

    scopes: frozenset[str]
    expires_at: datetime | None = None
    allowed_networks: tuple[str, ...] = ()

    def bound_scopes(self, scopes: Collection[str]) -> list[str]:
        """Return the scopes in order, each once.

        Raises:
            ScopeError: none is given, or one that the minter does not have.
        """
        beyond = sorted(set(scopes) - self.scopes)
        if beyond:
            raise ScopeError("you cannot give " + ", ".join(beyond), "scopes")
        if not scopes:
            raise ScopeError("choose at least one scope", "scopes")
        return sorted(set(scopes))

    def bound_expiry(
        self, expires_at: datetime | None, now: datetime
    ) -> datetime | None:
        """Return the expiry, or the minter's own where none is given.

        Raises:
            KeyExpiryError: it is past, or later than the minter's.
        """
        if expires_at is None:
            return self.expires_at
        if expires_at <= now:
            raise KeyExpiryError("the expiry must lie in the future", "expires_at")
        if self.expires_at is not None and expires_at > self.expires_at:
            raise KeyExpiryError("not later than your own key's expiry", "expires_at")
        return expires_at

    def bound_networks(self, allowed: Sequence[str]) -> list[str]:
        """Return the networks, or the minter's own where none is given.

        Raises:
            NetworkError: one is no network, or reaches beyond the minter's.
        """
        if not allowed:
            return list(self.allowed_networks)
        chosen = networks.check_networks(allowed)
        if not networks.covers(self.allowed_networks, chosen):
            message = "not beyond your own key's networks"
            raise networks.NetworkError(message, "allowed_networks")
        return chosen
