"""How the API writes a wallet's movements: as JSON members, and as CSV."""

from collections.abc import Iterable
from typing import Any

from flask import Response

from abtpro_saas.billing.wallets import Movement
from abtpro_saas.blueprints.http.csv_files import csv_file
from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.money import baht

PROMPTPAY = "PROMPTPAY"


def movement_answer(movement: Movement) -> dict[str, Any]:
    """Return what the API says of a movement."""
    return {
        **vars(movement),
        "payment_method": PROMPTPAY if movement.type == "TOP_UP" else None,
    }


COLUMNS = (
    "created_at",
    "completed_at",
    "type",
    "status",
    "amount",
    "currency",
    "balance_after",
    "reference_id",
    "description",
    "id",
)


def movements_csv(rows: Iterable[dict[str, Any]], name: str) -> Response:
    """Return movements as a CSV file."""
    cells = ([_cell(column, row[column]) for column in COLUMNS] for row in rows)
    return csv_file(name, COLUMNS, cells)


def _cell(column: str, value: Any) -> object:  # noqa: ANN401 - a row's column
    if value is None:
        return None
    if column in {"amount", "balance_after"}:
        return baht(value)
    return utc_text(value) if column.endswith("_at") else value
