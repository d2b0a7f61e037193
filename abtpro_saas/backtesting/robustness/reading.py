"""Members of what a request asks for, or of what was stored, each read by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from abtpro_saas.backtesting.orders import OrderError

LARGEST_SEED = 2**31 - 1

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Members:
    """Members of the object ``inside``; null is not given."""

    values: Mapping[str, Any]
    inside: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise OrderError("an object", self.inside.rstrip("."))

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``.

        Raises:
            OrderError: it is none; so in all that follow.
        """
        given = self.values.get(name)
        if given is None:
            return default
        if not _finite(given) or given != given // 1 or not low <= given <= high:
            raise self.refusal(f"a whole number from {low} to {high:,}", name)
        return int(given)

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number from ``low`` to ``high``, None where it is not given."""
        given = self.values.get(name)
        if given is None:
            return None
        if not _finite(given) or not low <= given <= high:
            raise self.refusal(f"a number from {low:g} to {high:,g}", name)
        return float(given)

    def any_number(self, name: str) -> float | None:
        """Return a number, None where it is not given."""
        given = self.values.get(name)
        if given is not None and not _finite(given):
            raise self.refusal("a number", name)
        return None if given is None else float(given)

    def word(self, name: str, kind: type[Word], default: Word | None = None) -> Word:
        """Return one of the words of ``kind``; without a default it must be given."""
        given = self.values.get(name)
        if given is None and default is not None:
            return default
        try:
            return kind(str(given).strip().lower())
        except ValueError:
            raise self.refusal(f"one of {', '.join(kind)}", name) from None

    def text(self, name: str, default: str, meaning: str) -> str:
        """Return a text that is not empty; a refusal says what it means."""
        given = self.values.get(name, default)
        if not isinstance(given, str) or not given.strip():
            raise self.refusal(meaning, name)
        return given.strip()

    def refusal(self, message: str, name: str) -> OrderError:
        """Return the refusal of a member."""
        return OrderError(message, f"{self.inside}{name}")


def _finite(given: object) -> bool:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    return number and isfinite(given)  # type: ignore[arg-type]
