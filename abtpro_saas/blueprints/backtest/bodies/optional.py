"""Fields that may be left out, or be null: what is usual stands for them then."""

from collections.abc import Iterable
from typing import Any

from marshmallow import validate
from marshmallow.fields import Float, Integer, String

NAME = validate.Length(1, 100)


def number(description: str = "") -> Float:
    """Return a field of a number."""
    return Float(**_optional(description))


def whole(description: str = "") -> Integer:
    """Return a field of a whole number; 5.0 is none."""
    return Integer(strict=True, **_optional(description))


def named(description: str = "") -> String:
    """Return a field of a short text."""
    return String(validate=NAME, **_optional(description))


def one_of(words: Iterable[str], description: str = "") -> String:
    """Return a field of one of these words."""
    return String(validate=validate.OneOf(list(words)), **_optional(description))


def _optional(description: str) -> dict[str, Any]:
    told = {"description": description} if description else {}
    return {"load_default": None, "allow_none": True, "metadata": told}
