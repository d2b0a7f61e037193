"""The root of every refusal. A room adds leaves beside the rule that raises them.

DomainError
├── InvalidError          wrong whatever the state: asking again cannot help
├── UnauthenticatedError  nobody known is asking
├── PaymentRequiredError  buying, renewing or upgrading would help
├── ForbiddenError        the caller may not do this
├── NotFoundError         the tenant has no such thing
├── ConflictError         the present state does not allow it
├── TooManyError          asked too often
└── UnavailableError      an outside system failed: asking again may help
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable code and a message that a user may read."""

    code: ClassVar[str] = "error"


class InvalidError(DomainError):
    """Wrong whatever the state; ``field`` is the input's name, if one is at fault."""

    code = "invalid"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class UnauthenticatedError(DomainError):
    """Nobody known is asking."""

    code = "unauthenticated"


class PaymentRequiredError(DomainError):
    """Buying, renewing or upgrading would help; ``members`` say what, and where."""

    code = "payment_required"
    members: Mapping[str, Any] = {}


class ForbiddenError(DomainError):
    """The caller may not do this."""

    code = "forbidden"


class NotFoundError(DomainError):
    """The tenant has no such thing."""

    code = "not_found"


class ConflictError(DomainError):
    """The present state does not allow it."""

    code = "conflict"


class TooManyError(DomainError):
    """Asked too often; ``retry_after_s`` says when asking again is worth it."""

    code = "too_many_requests"

    def __init__(self, message: str, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnavailableError(DomainError):
    """An outside system failed: asking again may help."""

    code = "unavailable"
