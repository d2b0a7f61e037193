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

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable code and a message that a user may read."""

    code: ClassVar[str] = "error"


class InvalidError(DomainError):
    """Wrong whatever the state; ``field`` is the input's name, if one is at fault.

    ``others`` are what else is wrong with the same input.
    """

    code = "invalid"
    others: "tuple[InvalidError, ...]" = ()

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


class Faults:
    """What is wrong with an input, noted so that all of it is told at once.

    Of one field the first is told: what comes later often follows from it.
    """

    def __init__(self) -> None:
        self._found: list[InvalidError] = []

    def note(self, error: InvalidError) -> None:
        """Add a fault, and those that it carries."""
        for each in (error, *error.others):
            told = each.field is not None and self.at(each.field)
            if not told and each not in self._found:
                self._found.append(each)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what the block is refused with, and go on after it."""
        try:
            yield
        except InvalidError as error:
            self.note(error)

    def at(self, *fields: str) -> bool:
        """Tell whether one of these fields, or a part of one, is at fault."""
        named = [each.field for each in self._found if each.field is not None]
        inside = tuple(f"{field}." for field in fields)
        return any(name in fields or name.startswith(inside) for name in named)

    def tell(self) -> None:
        """Go on where nothing was noted.

        Raises:
            InvalidError: the first that was noted, which carries the others.
        """
        if self._found:
            first, *others = self._found
            first.others = tuple(others)
            raise first
