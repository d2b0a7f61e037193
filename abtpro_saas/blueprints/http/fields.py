"""Schemas and fields that every domain's requests and answers use."""

import re
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self, TypeVar, cast

from marshmallow import RAISE, Schema, ValidationError
from marshmallow.fields import Field
from marshmallow.validate import Regexp

from abtpro_saas.clock import BANGKOK
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import Satang, baht, parse_baht

Value = TypeVar("Value")

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class JsonNumber(Decimal):
    """A number with a point or an exponent, exactly as the JSON text has it."""

    written: str

    def __new__(cls, written: str) -> Self:
        """Keep the text beside the value: ``1.5e1`` and ``15`` are equal numbers."""
        number = super().__new__(cls, written)
        number.written = written
        return number


class Shaped(Regexp):
    """Takes a text that has this shape from end to end.

    ``$`` is the end for the readers of the API's description (ECMA 262), while
    Python's lets a line feed follow.
    """

    def __call__(self, value: str) -> str:  # type: ignore[override] # bytes never come
        """Return ``value``.

        Raises:
            ValidationError: it has another shape.
        """
        if cast("re.Pattern[str]", self.regex).fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


class StrictSchema(Schema):
    """A request's body or query: a field that nobody knows is refused by its name."""

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE


class Written(Field[Value], ABC):
    """A field whose subclasses say how a value is written, and how it is read."""

    @abstractmethod
    def write(self, value: Value) -> str:
        """Return the value as answers hold it."""

    @abstractmethod
    def read(self, value: object) -> Value:
        """Return the value that a request holds.

        Raises:
            ValueError, OverflowError, InvalidError: it is none.
        """

    def _serialize(
        self,
        value: Value | None,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        obj: Any,  # noqa: ARG002, ANN401 - marshmallow's signature
        **kwargs: Any,  # noqa: ARG002, ANN401 - marshmallow's signature
    ) -> str | None:
        return None if value is None else self.write(value)

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - whatever the JSON holds
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Any,  # noqa: ARG002, ANN401 - marshmallow's signature
        **kwargs: Any,  # noqa: ARG002, ANN401 - marshmallow's signature
    ) -> Value:
        try:
            return self.read(value)
        except (InvalidError, ValueError, OverflowError):
            raise self.make_error("invalid") from None


class Baht(Written[Satang]):
    """Satang in Python; in JSON a decimal string of baht.

    Requests may send a JSON number too, as long as it is exact: whole, or with two
    decimals at most and no exponent.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow reads this name from the class
        "invalid": 'Not an amount in baht: write 1499.50 or "1499.50".'
    }

    def write(self, value: Satang) -> str:
        """Return baht with two decimals."""
        return baht(value)

    def read(self, value: object) -> Satang:
        """Return satang."""
        return parse_baht(_written(value))


def _written(value: object) -> str:
    """Return the text of a JSON string or number, or a text that is no amount."""
    if isinstance(value, JsonNumber):
        return value.written
    if isinstance(value, str):
        return value
    # bool is an int: true is no amount.
    return str(value) if type(value) is int else ""


class Utc(Written[datetime]):
    """An instant: aware and UTC in Python, RFC 3339 with ``Z`` in JSON.

    Requests may name any offset, but must name one.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow reads this name from the class
        "invalid": "Not an instant with an offset: write 2026-11-22T05:00:00Z."
    }

    def write(self, value: datetime) -> str:
        """Return RFC 3339 in UTC."""
        return utc_text(value)

    def read(self, value: object) -> datetime:
        """Return an instant in UTC."""
        if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
            raise ValueError("no instant")
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
        instant.astimezone(BANGKOK)  # what pages could not show is refused
        return instant


def utc_text(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC: ``2026-11-22T05:00:00Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def refuse_unwritable(text: str) -> str:
    """Return ``text``, or refuse what no text column can hold.

    Raises:
        ValidationError: it holds NUL, or half of a surrogate pair.
    """
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValidationError("Text must not hold NUL or lone surrogates.")
    return text
