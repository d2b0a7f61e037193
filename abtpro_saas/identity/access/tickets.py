"""Tickets that open one stream of events for a minute.

The web process mints them, the events process reads them: it never sees a cookie.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from abtpro_saas.errors import UnauthenticatedError

MAX_AGE_S = 60


class TicketError(UnauthenticatedError):
    """The ticket is not ours, was changed, or is older than a minute."""

    code = "invalid_ticket"


@dataclass(frozen=True)
class Ticket:
    """Who may hear what: one user, one topic, one subject."""

    tenant_id: UUID
    user_id: UUID
    credential_id: UUID
    """The session or the API key that asked: when it ends, so does the stream."""
    topic: str
    subject: str

    def sign(self, secret_key: str) -> str:
        """Return the ticket as a text that fits in a URL."""
        values = {name: str(value) for name, value in asdict(self).items()}
        return str(_signer(secret_key).dumps(values))

    @classmethod
    def read(cls, text: str, secret_key: str, max_age_s: int = MAX_AGE_S) -> Self:
        """Return the ticket that ``sign`` wrote.

        Raises:
            TicketError: it is not ours, was changed, or is too old.
        """
        try:
            found: dict[str, Any] = _signer(secret_key).loads(text, max_age=max_age_s)
            return cls(
                UUID(found["tenant_id"]),
                UUID(found["user_id"]),
                UUID(found["credential_id"]),
                found["topic"],
                found["subject"],
            )
        except (BadData, KeyError, ValueError):
            raise TicketError("this ticket is not valid any more") from None


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="events")
