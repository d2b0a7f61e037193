"""Members of what a request asks for, or of what was stored, each read by its name."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.errors import Faults

LARGEST_SEED = 2**31 - 1

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Members:
    """Members of the object ``inside``; null is not given.

    One that cannot be used is noted, and what is usual stands for it.
    """

    values: Mapping[str, Any]
    inside: str = ""
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise OrderError("an object", self.inside.rstrip("."))

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        given = self.values.get(name)
        if given is None:
            return default
        if not _finite(given) or given != given // 1 or not low <= given <= high:
            self.refuse(f"a whole number from {low} to {high:,}", name)
            return default
        return int(given)

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number from ``low`` to ``high``, None where it is not given."""
        given = self.values.get(name)
        if given is None:
            return None
        if not _finite(given) or not low <= given <= high:
            self.refuse(f"a number from {low:g} to {high:,g}", name)
            return None
        return float(given)

    def any_number(self, name: str) -> float | None:
        """Return a number, None where it is not given."""
        given = self.values.get(name)
        if given is not None and not _finite(given):
            self.refuse("a number", name)
            return None
        return None if given is None else float(given)

    def word(self, name: str, kind: type[Word], default: Word | None = None) -> Word:
        """Return one of the words of ``kind``; without a default it must be given."""
        given = self.values.get(name)
        if given is None and default is not None:
            return default
        try:
            return kind(str(given).strip().lower())
        except ValueError:
            self.refuse(f"one of {', '.join(kind)}", name)
            return next(iter(kind)) if default is None else default

    def text(self, name: str, default: str, meaning: str) -> str:
        """Return a text that is not empty; a refusal says what it means."""
        given = self.values.get(name, default)
        if not isinstance(given, str) or not given.strip():
            self.refuse(meaning, name)
            return default
        return given.strip()

    def refuse(self, message: str, name: str) -> None:
        """Note that a member cannot be used."""
        self.faults.note(OrderError(message, f"{self.inside}{name}"))


def _finite(given: object) -> bool:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    # A whole number may be more than a float holds: then `isfinite` raises.
    return number and abs(given) <= sys.float_info.max  # type: ignore[arg-type]
