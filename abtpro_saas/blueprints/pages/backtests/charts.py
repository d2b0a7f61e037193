"""What a run's chart draws, and its results as files."""

from collections.abc import Iterator
from uuid import UUID

import msgspec
from flask import Blueprint, Response, request

from abtpro_saas.backtesting.drawing import View, bars_in, draw
from abtpro_saas.backtesting.processes.tasks import Source
from abtpro_saas.backtesting.reporting.writing import at_ms
from abtpro_saas.backtesting.runs import reading
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.runs.repeating import kept_source
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.backtest.answers import run_answer
from abtpro_saas.blueprints.backtest.files import Form, report_file
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.errors import UnavailableError
from abtpro_saas.markets.store import CandlesMissingError
from abtpro_saas.performance.charts import drawdown_curve
from abtpro_saas.performance.record import Record

blp = Blueprint("backtest_charts_page", __name__, url_prefix="/backtests")


@blp.get("/<uuid:backtest_id>/chart.json")
def chart(backtest_id: UUID) -> Response:
    """Give candles, equity and trades of [from, to), as many points as asked for."""
    root = house().settings.backtest_data_path
    run, source, symbol = _drawn(backtest_id, root, asked_whole("symbol") or 0)
    record = reading.record_of(root, run)
    first, last = bars_in(record.time, asked_whole("from"), asked_whole("to"))
    start, end = int(record.time[first]), int(record.time[last - 1]) + record.step
    view = View(start, end, asked_whole("points") or View.points, symbol)
    if source is None:
        return as_json(draw(record, None, view))
    try:
        parts = reading.candles_of(root, run, source, start, end)
        return as_json(draw(record, parts, view))
    except (CandlesMissingError, OSError):
        return as_json(draw(record, None, view))


@blp.get("/<uuid:backtest_id>/equity.csv")
def equity(backtest_id: UUID) -> Response:
    """Give the equity at every close; instants are UTC, when the candle opened."""
    with tenant_access(scope="backtests:read") as access:
        where = access.session, access.tenant_id, backtest_id, access.user_id
        run = completed_run(*where)
    record = reading.record_of(house().settings.backtest_data_path, run)
    columns = ("time", "equity", "drawdown_percent", "exposure", "close")
    return csv_stream(f"equity-{backtest_id}", columns, _equity_rows(record))


@blp.get("/<uuid:backtest_id>/report.<any(html, pdf, xlsx, json):form>")
def report(backtest_id: UUID, form: str) -> Response:
    """Give all of it as a file in the language of the page."""
    with tenant_access(scope="backtests:read") as access:
        where = access.session, access.tenant_id, backtest_id, access.user_id
        run = completed_run(*where)
        told = run_answer(access.session, run)
    record = reading.record_of(house().settings.backtest_data_path, run)
    return report_file(run, told, record, Form(form), language())


def asked_whole(name: str) -> int | None:
    """Return a whole number of the query, or None."""
    try:
        return int(request.args.get(name, "")[:20])
    except ValueError:
        return None


def as_json(told: object) -> Response:
    """Return columns of numbers as JSON; NaN is null."""
    return Response(msgspec.json.encode(told), mimetype="application/json")


def _drawn(
    backtest_id: UUID, root: str, symbol: int
) -> tuple[Backtest, Source | None, int]:
    """Return a run, the candles of one of its symbols, and which symbol that is.

    They are those that it was computed from, not others that came since.
    """
    with tenant_access(scope="backtests:read") as access:
        where = access.session, access.tenant_id, backtest_id, access.user_id
        run = completed_run(*where)
        place = symbol if 0 <= symbol < len(run.symbols) else 0
        try:
            source = kept_source(access.session, run, root, place)
        except UnavailableError:
            source = None
    return run, source, place


def _equity_rows(record: Record) -> Iterator[tuple[object, ...]]:
    falls = drawdown_curve(record)
    for row in range(len(record.time)):
        yield (
            at_ms(int(record.time[row])).isoformat(),
            float(record.equity[row]),
            float(falls[row]),
            float(record.exposure[row]),
            float(record.benchmark[row]),
        )
