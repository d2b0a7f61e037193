"""What a strategy may be told: declared, so that forms and checks follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Value: TypeAlias = int | float | str
Values: TypeAlias = Mapping[str, Value]


class Text(NamedTuple):
    """Words for a person, in both languages."""

    en: str
    th: str


class ParameterError(Exception):
    """A value cannot be used; ``name`` is the parameter's."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Unit(StrEnum):
    """What a number counts; it is given and stored plain all the same."""

    NUMBER = "number"
    FRACTION = "fraction"
    """A part of something: people type and read 0.02 as 2 %."""


@dataclass(frozen=True)
class Integer:
    """A whole number from ``low`` to ``high``; ``also`` are older names of it.

    ``title`` is what a form calls it; see ``title_of``.
    """

    name: str
    default: int
    low: int
    high: int
    meaning: Text
    also: tuple[str, ...] = ()
    title: Text | None = None

    def read(self, given: object) -> int:
        """Return the number; 14.0 is 14.

        Raises:
            ParameterError: it is no whole number, or out of range.
        """
        expected = f"a whole number from {self.low} to {self.high}"
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise ParameterError(self.name, expected)
        if not self.low <= given <= self.high or given != int(given):
            raise ParameterError(self.name, expected)
        return int(given)


@dataclass(frozen=True)
class Number:
    """A number from ``low`` to ``high``.

    One that is a part of a price or of the capital says so by its ``unit``: forms take
    it in percent, and reports tell it so. The meaning leaves the unit out, or names it
    in percent.
    """

    name: str
    default: float
    low: float
    high: float
    meaning: Text
    also: tuple[str, ...] = ()
    title: Text | None = None
    unit: Unit = Unit.NUMBER

    def read(self, given: object) -> float:
        """Return the number.

        Raises:
            ParameterError: it is no number, or out of range.
        """
        fits = isinstance(given, int | float) and not isinstance(given, bool)
        if not fits or not self.low <= given <= self.high:  # type: ignore[operator]
            expected = f"a number from {self.low:g} to {self.high:g}"
            raise ParameterError(self.name, expected)
        return float(given)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Choice:
    """One of ``options``: what is stored, and its words."""

    name: str
    default: str
    options: Mapping[str, Text]
    meaning: Text
    also: tuple[str, ...] = ()
    title: Text | None = None

    def read(self, given: object) -> str:
        """Return the option.

        Raises:
            ParameterError: there is no such option.
        """
        if not isinstance(given, str) or given not in self.options:
            raise ParameterError(self.name, f"one of {', '.join(self.options)}")
        return given


Parameter: TypeAlias = Integer | Number | Choice


def title_of(parameter: Parameter) -> Text:
    """Return what a person calls a parameter: its title, else its name in words."""
    if parameter.title is not None:
        return parameter.title
    spoken = parameter.name.replace("_", " ").capitalize()
    return Text(spoken, spoken)


def read_values(
    declared: Sequence[Parameter], given: Mapping[str, object]
) -> dict[str, Value]:
    """Return a value for each parameter: as given, else its default.

    Raises:
        ParameterError: a value cannot be used, a name is unknown, or given twice.
    """
    names = {name: each for each in declared for name in (each.name, *each.also)}
    values: dict[str, Value] = {}
    for name, value in given.items():
        if name not in names:
            known = ", ".join(each.name for each in declared) or "none"
            raise ParameterError(name, f"unknown; there are: {known}")
        parameter = names[name]
        if parameter.name in values:
            raise ParameterError(name, f"given twice, as {parameter.name} too")
        values[parameter.name] = parameter.read(value)
    return {each.name: values.get(each.name, each.default) for each in declared}
