"""How the API writes a wallet's movements: as JSON members, and as CSV."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from flask import Response

from abtpro_saas.billing.wallets import Movement
from abtpro_saas.blueprints.fields import utc_text
from abtpro_saas.money import baht

PROMPTPAY = "PROMPTPAY"


def movement_answer(movement: Movement) -> dict[str, Any]:
    """Return what the API says of a movement."""
    return {
        **vars(movement),
        "payment_method": PROMPTPAY if movement.type == "TOP_UP" else None,
    }


def movements_csv(rows: Iterable[dict[str, Any]], name: str) -> Response:
    """Return movements as a CSV file that spreadsheets open without running it."""
    columns = (
        "created_at", "completed_at", "type", "status", "amount", "currency",
        "balance_after", "reference_id", "description", "id",
    )  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(column, row[column]) for column in columns])
    # The mark tells spreadsheets that Thai text is UTF-8.
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _cell(column: str, value: Any) -> str:  # noqa: ANN401 - a row's column
    if value is None:
        return ""
    if column in {"amount", "balance_after"}:
        return baht(value)
    if column.endswith("_at"):
        return utc_text(value)
    written = str(value)
    # A cell that begins like a formula would be run by a spreadsheet.
    return "'" + written if written[:1] in {"=", "+", "-", "@", "\t", "\r"} else written
