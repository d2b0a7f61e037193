"""CSV that opens in a spreadsheet without surprises: the one writer of it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def csv_file(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """Return a CSV (RFC 4180, UTF-8 with a byte order mark, which Excel needs)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return Response(
        "\N{BYTE ORDER MARK}" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _cell(value: object) -> str:
    """Write a cell; a text that a spreadsheet would calculate is shown as it is."""
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and _NUMBER.fullmatch(text) is None:
        return "'" + text
    return text
