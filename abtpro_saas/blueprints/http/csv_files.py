"""CSV that opens in a spreadsheet without surprises: the one writer of it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

from flask import Response

AT_ONCE = 500
"""Rows sent together."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def csv_file(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """Return a CSV (RFC 4180, UTF-8 with a byte order mark, which Excel needs)."""
    return _file(name, "".join(_chunks(header, rows)))


def csv_stream(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """Return the same, sent while ``rows`` are read; they know no request any more."""
    return _file(name, _chunks(header, rows))


def _file(name: str, content: str | Iterator[str]) -> Response:
    disposition = f'attachment; filename="{name}.csv"'
    return Response(
        content, mimetype="text/csv", headers={"Content-Disposition": disposition}
    )


def _chunks(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the text of some hundred rows at a time."""
    text = io.StringIO("\N{BYTE ORDER MARK}")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(cell) for cell in row])
        if number % AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _cell(value: object) -> str:
    """Write a cell; a text that a spreadsheet would calculate is shown as it is.

    A number is none of these; where there is none (NaN), its cell is empty.
    """
    if isinstance(value, float):
        return str(value) if isfinite(value) else ""
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and _NUMBER.fullmatch(text) is None:
        return "'" + text
    return text
