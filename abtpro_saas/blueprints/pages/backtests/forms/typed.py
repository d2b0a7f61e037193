"""What was typed into a form, each field read as what it should hold."""

import re
from math import nan

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from abtpro_saas.errors import Faults, InvalidError

DIGITS = 12
"""A percentage as a fraction: 0.1 is 0.001, and not a bit beside it."""

GROUPED = re.compile(r"(?<![\d.,])[+-]?[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
"""Thousands with commas; any other comma may mean a fraction, so it is refused."""
LARGEST = 1e15
"""More is no amount, size or count that anybody means."""


class FieldError(InvalidError):
    """A field of the form holds no number."""

    code = "invalid_backtest"


class Typed:
    """The fields of a form.

    Given ``faults``, what is no number is noted there, and counts as not given.
    """

    def __init__(
        self, fields: MultiDict[str, str], faults: Faults | None = None
    ) -> None:
        self._fields = fields
        self._is_strict = faults is None
        self.faults = Faults() if faults is None else faults

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str) -> str:
        """Return what was typed, without margins."""
        return self._fields.get(name, "").strip()

    def many(self, name: str) -> list[str]:
        """Return all that is ticked under a name."""
        return self._fields.getlist(name)

    def number(self, name: str, told_as: str = "") -> float | None:
        """Return a number, None where nothing was typed.

        Raises:
            FieldError: it is none; its field is ``told_as``, if that is said.
        """
        written = self.text(name)
        if not written:
            return None
        try:
            found = float(GROUPED.sub(lambda group: group[0].replace(",", ""), written))
        except ValueError:
            found = nan
        if not abs(found) <= LARGEST:
            self.refuse(_("a number"), told_as or name)
            return None
        return int(found) if found.is_integer() else found

    def part(self, name: str, told_as: str = "") -> float | None:
        """Return a percentage as a fraction.

        Raises:
            FieldError: as ``number``.
        """
        found = self.number(name, told_as)
        return None if found is None else round(found / 100, DIGITS)

    def refuse(self, message: str, field: str) -> None:
        """Note that a field cannot be used.

        Raises:
            FieldError: there is nowhere to note it.
        """
        self.faults.note(FieldError(message, field))
        if self._is_strict:
            self.faults.tell()
