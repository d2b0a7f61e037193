"""A report as XLSX: numbers are numbers, dates are dates, and no text is calculated."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple

import xlsxwriter

from abtpro_saas.backtesting.reporting.curves import kept_rows
from abtpro_saas.backtesting.reporting.figures import Line
from abtpro_saas.backtesting.reporting.report import Report
from abtpro_saas.backtesting.reporting.trips import trips
from abtpro_saas.backtesting.reporting.writing import at_ms, in_language
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.metric import UNITS, Unit

MOST_EQUITY = 20_000
"""Of more candles, some stand for all: see ``kept_rows``."""

MOST_TRADES = 20_000
TRADE_COLUMNS = (
    *("number", "symbol", "side", "entered_utc", "exited_utc"),
    *("entry_price", "exit_price"),
    *("size", "profit", "profit_percent", "fees", "funding", "slippage"),
    *("mae", "mfe", "reason"),
)
_FORMATS = {
    "head": {"bold": True, "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "date": {"num_format": "yyyy-mm-dd hh:mm"},
    "number": {"num_format": "#,##0.00######"},
    "wrap": {"text_wrap": True, "valign": "top"},
}
_FIGURES = {
    Unit.PERCENT: '#,##0.00"%"',
    Unit.QUOTE: '#,##0.00 "{currency}"',
    Unit.RATIO: "#,##0.00",
    Unit.COUNT: "#,##0",
}
"""How a figure of the summary is shown; percentages are numbers of percent."""


class _Figure(NamedTuple):
    """A number that is shown in its unit."""

    amount: float
    unit: Unit


def render(report: Report) -> bytes:
    """Return a report as XLSX; the same run gives the same bytes."""
    file = io.BytesIO()
    # A row is written once and let go of, so a long run takes no more memory.
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    with xlsxwriter.Workbook(file, options) as book:
        made = report.completed_at.replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": report.title, "created": made})
        written = _Book(book, report)
        written.summary()
        written.metrics()
        written.trades()
        written.equity()
        written.months()
    return file.getvalue()


class _Book:
    """The sheets of one report, in the order in which they stand."""

    def __init__(self, book: Any, report: Report) -> None:  # noqa: ANN401 - untyped
        self._book, self._report = book, report
        self._formats = {name: book.add_format(like) for name, like in _FORMATS.items()}
        currency = report.currency.replace('"', "")
        self._units = {
            unit: book.add_format(
                {"num_format": like.format(currency=currency), "align": "left"}
            )
            for unit, like in _FIGURES.items()
        }

    def summary(self) -> None:
        """What was run, what came out, and what it rests on."""
        report = self._report
        sheet = self._sheet("summary_sheet", (34, 90))
        lines: list[tuple[object, ...]] = [
            (report.word("report"), report.title),
            (report.word("market"), report.market),
            (report.word("time"), report.span),
            *(("!", warning) for warning in report.warnings),
            *((line.title, _figure(line)) for line in report.headline),
            *self._trust(),
            (),
            (report.word("rests_on"),),
            *report.rests_on,
            *(("", text) for text in report.assumptions),
            (),
            (report.word("certificate"), report.certificate),
            (report.word("data"), report.fingerprint),
            ("", report.word("promise")),
            ("", report.word("columns_utc", currency=report.currency)),
        ]
        self._rows(sheet, lines)

    def _trust(self) -> Iterator[tuple[str, ...]]:
        """Yield the grade, and what speaks against it before what doesn't."""
        report, trust = self._report, self._report.trust
        yield ()
        yield report.word("trust"), report.graded
        for each in (*trust.against, *trust.others) if trust else ():
            yield each.verdict, f"{each.title}: {each.text}"

    def metrics(self) -> None:
        """Every metric as it was measured, its unit, and what it means."""
        report = self._report
        sheet = self._sheet("metrics_sheet", (22, 30, 20, 14, 80, 40, 40))
        names = ("group", "metric", "value", "unit", "meaning", "source", "why_none")
        lines = (
            (
                *(shelf.title, line.title, _measured(line.amount, line.unit)),
                *(self._unit(line.unit),),
                *(line.definition, line.source, line.reason),
            )
            for shelf in report.shelves
            for line in shelf.lines
        )
        self._table(sheet, names, lines)

    def _unit(self, unit: Unit) -> str:
        """Return a unit in words; what an instant is in the row, its cell is not."""
        if unit is Unit.DATE:
            return self._report.word("instant_utc")
        return in_language(UNITS[unit], self._report.locale)

    def trades(self) -> None:
        """Every trade, up to as many as a sheet is pleasant with."""
        report, count = self._report, len(self._report.record.trades)
        sheet = self._sheet("trades_sheet", (8, 14, 14, 17, 17))
        note = ""
        if count > MOST_TRADES:
            shown = f"{MOST_TRADES:,}"
            note = report.word("first_trades", shown=shown, all=f"{count:,}")
        found = trips(report.record, report.locale, 0, MOST_TRADES)
        self._table(sheet, TRADE_COLUMNS, map(astuple, found), note)

    def equity(self) -> None:
        """The account at each close, or at those that stand for all."""
        report, record = self._report, self._report.record
        sheet = self._sheet("equity_sheet", (17, 16, 16, 16, 16))
        rows, note = kept_rows(record, MOST_EQUITY), ""
        if len(rows) < len(record.time):
            shown, every = f"{len(rows):,}", f"{len(record.time):,}"
            note = report.word("thinned", shown=shown, all=every)
        columns = (
            *(record.time[rows].tolist(), record.equity[rows].tolist()),
            *(drawdown_curve(record)[rows].tolist(), record.exposure[rows].tolist()),
            record.benchmark[rows].tolist(),
        )
        names = ("closed_at", "equity", "drawdown", "exposure", "close")
        lines = ((at_ms(at), *rest) for at, *rest in zip(*columns, strict=True))
        self._table(sheet, names, lines, note)

    def months(self) -> None:
        """Each month's equity, profit, return and trades."""
        names = ("month_utc", "equity", "profit", "percent", "trades_closed", "won")
        sheet = self._sheet("months_sheet", (17, 16, 16, 12, 14, 12))
        lines = (
            (
                *(at_ms(row.starts_at), row.equity, row.profit, row.return_percent),
                *(row.trades, row.winning_trades),
            )
            for row in self._report.months
        )
        self._table(sheet, names, lines)

    def _sheet(self, name: str, widths: Sequence[float]) -> Any:  # noqa: ANN401
        sheet = self._book.add_worksheet(self._report.word(name))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def _table(
        self,
        sheet: Any,  # noqa: ANN401 - an untyped library's
        names: Sequence[str],
        lines: Iterable[Sequence[object]],
        note: str = "",
    ) -> None:
        top = 0
        if note:
            sheet.write_string(0, 0, note)
            top = 1
        for column, name in enumerate(names):
            text = self._report.word(name)
            sheet.write_string(top, column, text, self._formats["head"])
        sheet.freeze_panes(top + 1, 0)
        self._rows(sheet, lines, top + 1)

    def _rows(
        self,
        sheet: Any,  # noqa: ANN401 - an untyped library's
        lines: Iterable[Sequence[object]],
        first: int = 0,
    ) -> None:
        for row, line in enumerate(lines, first):
            for column, value in enumerate(line):
                self._cell(sheet, row, column, value)

    def _cell(self, sheet: Any, row: int, column: int, value: object) -> None:  # noqa: ANN401
        """Write a cell of its own kind: a text is never taken for a formula."""
        if isinstance(value, _Figure):
            sheet.write_number(row, column, value.amount, self._units[value.unit])
        elif isinstance(value, datetime):
            moment = value.replace(tzinfo=None)
            sheet.write_datetime(row, column, moment, self._formats["date"])
        elif isinstance(value, int | float):
            if isfinite(value):
                sheet.write_number(row, column, value, self._format_of(value))
        elif value:
            sheet.write_string(row, column, str(value))

    def _format_of(self, value: float) -> Any:  # noqa: ANN401 - an untyped library's
        return None if isinstance(value, int) else self._formats["number"]


def _figure(line: Line) -> object:
    """Return a figure as a number, or why there is none."""
    if line.amount is None:
        return f"{line.value} {line.reason}".strip()
    return _Figure(line.amount, line.unit)


def _measured(amount: float | None, unit: Unit) -> object:
    if amount is None:
        return None
    return at_ms(amount) if unit is Unit.DATE else amount
