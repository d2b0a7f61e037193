"""What a report on paper says of each trade: its columns, and the cells of one."""

from collections.abc import Sequence
from typing import TypeAlias

from abtpro_saas import formats
from abtpro_saas.backtesting.reporting.report import Report
from abtpro_saas.backtesting.reporting.trips import Trip
from abtpro_saas.backtesting.reporting.writing import NOTHING, number, percent, price
from abtpro_saas.billing.invoices.layout import Align

Column: TypeAlias = tuple[str, float, Align]

_TRADES: Sequence[Column] = (
    *(("number", 10.0, "L"), ("side", 24.0, "L"), ("entered", 28.0, "L")),
    *(("exited", 28.0, "L"), ("size", 22.0, "R"), ("profit", 22.0, "R")),
    *(("fees", 16.0, "R"), ("reason", 20.0, "R")),
)
"""A column's heading, how wide it is, and to which side."""
_FUNDED: Sequence[Column] = (
    *(("number", 9.0, "L"), ("side", 22.0, "L"), ("entered", 26.0, "L")),
    *(("exited", 26.0, "L"), ("size", 20.0, "R"), ("profit", 20.0, "R")),
    *(("fees", 14.0, "R"), ("funding", 14.0, "R"), ("reason", 19.0, "R")),
)


def columns_of(report: Report) -> Sequence[Column]:
    """Return the columns of a report's trades."""
    return _FUNDED if report.funded else _TRADES


def cells(trip: Trip, report: Report) -> dict[str, str]:
    """Return what each column says of a trade; some say two things."""
    entered, exited = (
        formats.format_instant(at, report.locale) for at in (trip.entered, trip.exited)
    )
    is_one_of_many = len(report.record.symbols) > 1
    return {
        "number": str(trip.number),
        "side": f"{trip.side}\n{trip.symbol}" if is_one_of_many else trip.side,
        "entered": f"{price(trip.entry_price)}\n{entered}",
        "exited": f"{price(trip.exit_price)}\n{exited}",
        "size": price(trip.size),
        "profit": f"{number(trip.profit)}\n{percent(trip.percent)}",
        "fees": number(trip.fees),
        "funding": NOTHING if trip.funding is None else number(trip.funding),
        "reason": trip.reason,
    }
