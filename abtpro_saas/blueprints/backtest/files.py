"""A backtest's report as a file: HTML, PDF, XLSX, or JSON sent as it is made."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
from flask import Response, render_template, request

from abtpro_saas.backtesting.reporting import curves, paper, sheets
from abtpro_saas.backtesting.reporting.figures import months
from abtpro_saas.backtesting.reporting.report import Around, Report, report_of
from abtpro_saas.backtesting.reporting.trips import trips
from abtpro_saas.backtesting.reporting.writing import at_ms
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.backtest.bodies import results as bodies
from abtpro_saas.blueprints.backtest.metrics import metrics_answer
from abtpro_saas.blueprints.http.fields import utc_text
from abtpro_saas.formats import LOCALES, format_instant
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.record import Reason, Record
from abtpro_saas.plugins.api.parameters import Text

MOST_TRADES = 2_000
"""So many of a run's trades are in the HTML; a browser shows them without a wait."""

MOST_POINTS = 5_000
"""Of a run with more candles, so many rows of its equity stand in the JSON."""

AT_ONCE = 1_000
"""Rows of JSON sent together."""


class Form(StrEnum):
    """The kinds of files of a report."""

    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"


KINDS: Mapping[Form, str] = {
    Form.JSON: "application/json",
    Form.HTML: "text/html",
    Form.PDF: "application/pdf",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def report_file(
    run: Backtest, told: Mapping[str, Any], record: Record, form: Form, locale: str
) -> Response:
    """Return the report of a completed run, of which the API says ``told``."""
    if form is Form.JSON:
        return _file(run, form, _json(run, told, record))
    why = told.get("trust_reason")
    no_trust = Text(why["en"], why["th"]) if why else None
    around = Around(told["stale"], told["trials"], told.get("trust"), no_trust)
    report = report_of(run, record, around, locale)
    if form is Form.HTML:
        return _file(run, form, _html(report))
    made = paper.render(report) if form is Form.PDF else sheets.render(report)
    return _file(run, form, made)


def asked_locale(given: str | None, own: str) -> str:
    """Return the language of a file: as asked for, as browsers ask, else one's own."""
    asked = request.accept_languages.best_match(LOCALES)
    return next((each for each in (given, asked, own) if each in LOCALES), LOCALES[0])


def _file(
    run: Backtest, form: Form, content: str | bytes | Iterator[bytes]
) -> Response:
    name = f"backtest-{run.strategy.lower()}-{run.backtest_id}.{form}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, mimetype=KINDS[form], headers=headers)


def _html(report: Report) -> str:
    shown = min(len(report.record.trades), MOST_TRADES)
    return render_template(
        "backtests/file.html",
        report=report,
        shown=shown,
        trips=trips(report.record, report.locale, 0, shown),
        instant=partial(format_instant, locale=report.locale),
        paths=[
            (chart, {name: _path(dots) for name, dots in chart.lines.items()})
            for chart in report.charts
        ],
    )


def _path(dots: curves.Dots) -> str:
    return "M" + " L".join(f"{1000 * x:.1f} {1000 * y:.1f}" for x, y in dots)


def _json(run: Backtest, told: Mapping[str, Any], record: Record) -> Iterator[bytes]:
    """Yield the JSON of a report in pieces: a long run has many trades."""
    head = bodies.ReportOut(exclude=("equity", "trades")).dump(
        {
            "backtest": told,
            "certified": run.certified,
            "metrics": metrics_answer(run.metrics or {}, run.undefined or {}),
            "months": [
                {
                    "month": at_ms(row.starts_at).date().isoformat()[:7],
                    "equity": row.equity,
                    "profit": row.profit,
                    "return_percent": row.return_percent,
                    "trades": row.trades,
                    "winning_trades": row.winning_trades,
                }
                for row in months(record)
            ],
            "candles": len(record.time),
        }
    )
    yield json.dumps(head, ensure_ascii=False)[:-1].encode()
    yield from _list("equity", _points(record))
    yield from _list("trades", _trades(run, record))
    yield b"}"


def _list(name: str, rows: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    yield f', "{name}": ['.encode()
    waiting: list[bytes] = []
    begun = False
    for row in rows:
        waiting.append(msgspec.json.encode(row))
        if len(waiting) == AT_ONCE:
            yield (b"," if begun else b"") + b",".join(waiting)
            waiting, begun = [], True
    if waiting:
        yield (b"," if begun else b"") + b",".join(waiting)
    yield b"]"


def _points(record: Record) -> Iterator[dict[str, Any]]:
    falls = drawdown_curve(record)
    for row in curves.kept_rows(record, MOST_POINTS).tolist():
        yield {
            "time": utc_text(at_ms(int(record.time[row]))),
            "equity": float(record.equity[row]),
            "exposure": float(record.exposure[row]),
            "benchmark": float(record.benchmark[row]),
            "drawdown_percent": float(falls[row]),
        }


def _trades(run: Backtest, record: Record) -> Iterator[dict[str, Any]]:
    """Yield trades as the list of trades has them."""
    found = record.trades
    figures = ("entry_price", "exit_price", "size", "profit", "fees", "funding")
    for row in range(len(found)):
        entry, last = int(found.entry[row]), int(found.exit[row])
        yield {
            "number": row + 1,
            "symbol": run.symbols[int(found.symbol[row])],
            "side": "LONG" if found.side[row] > 0 else "SHORT",
            "entry_time": utc_text(at_ms(int(record.time[entry]))),
            "exit_time": utc_text(at_ms(int(record.time[last]))),
            "bars": last - entry,
            "reason": Reason(int(found.reason[row])).name,
            **{
                name: float(getattr(found, name)[row])
                for name in (*figures, "slippage", "mae", "mfe")
            },
        }
