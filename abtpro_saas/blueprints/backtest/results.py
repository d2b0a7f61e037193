"""What came out of a backtest: trades, equity, and all of it as one report."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from abtpro_saas.backtesting import results
from abtpro_saas.backtesting.reporting.trips import known
from abtpro_saas.backtesting.result_store import (
    ResultsAwayError,
    ResultStore,
    location_of,
)
from abtpro_saas.backtesting.runs.finding import NotCompletedError, completed_run
from abtpro_saas.backtesting.runs.reading import record_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.backtest.answers import run_answer
from abtpro_saas.blueprints.backtest.bodies import results as bodies
from abtpro_saas.blueprints.backtest.files import (
    KINDS,
    Form,
    asked_locale,
    report_file,
)
from abtpro_saas.blueprints.backtest.runs import READ
from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import CursorArgs, Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.identity.people import get_user
from abtpro_saas.markets.service import instant
from abtpro_saas.performance.record import Reason

blp = Blueprint(
    "backtest_results",
    __name__,
    url_prefix="/api/v1/backtest/runs",
    description="What came out of backtests",
)

FILE = {"schema": {"type": "string", "format": "binary"}}
OTHER_FORMS = {kind: FILE for form, kind in KINDS.items() if form is not Form.JSON}


@blp.route("/<uuid:backtest_id>/trades")
class RunTrades(MethodView):
    """The round trips of a backtest."""

    @needs_feature(BACKTESTING)
    @blp.arguments(CursorArgs, location="query")
    @blp.response(200, bodies.TradesOut)
    @refuses(NotCompletedError, ResultsAwayError)
    def get(self, args: dict[str, Any], backtest_id: UUID) -> dict[str, Any]:
        """List trades in the order of their exits, then those still open."""
        with tenant_access(scope=READ) as access:
            run = _completed(access, backtest_id)
        name = f"backtest_trades:{backtest_id}"
        pager = Pager(run.tenant_id, name, args["limit"], {}, args["cursor"])
        start = pager.after[0] if pager.after else 0
        found = _trades(run, start, pager.fetch)
        page = pager.close(found, lambda trade: (trade["number"],))
        return page.under("trades")


@blp.route("/<uuid:backtest_id>/equity")
class RunEquity(MethodView):
    """The account of a backtest over time."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.EquityArgs, location="query")
    @blp.response(200, bodies.EquityOut)
    @refuses(NotCompletedError, ResultsAwayError)
    def get(self, args: dict[str, Any], backtest_id: UUID) -> dict[str, Any]:
        """List the account at each candle's close; `points` are for a chart."""
        with tenant_access(scope=READ) as access:
            run = _completed(access, backtest_id)
        if args["points"] is not None:
            shown = _drawn(run, args["points"])
            return {"equity": shown, "count": len(shown), "next_cursor": None}
        name = f"backtest_equity:{backtest_id}"
        pager = Pager(run.tenant_id, name, args["limit"], {}, args["cursor"])
        start = pager.after[0] if pager.after else 0
        page = pager.close(_equity(run, start, pager.fetch), lambda _: (0,))
        answer = page.under("equity")
        if page.next_cursor is not None:
            answer["next_cursor"] = pager.cursor_after((start + args["limit"],))
        return answer


@blp.route("/<uuid:backtest_id>/report")
class RunReport(MethodView):
    """All of a backtest in one file."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.ReportArgs, location="query")
    @blp.doc(responses={200: {"content": OTHER_FORMS}})
    @blp.response(200, bodies.ReportOut)
    @refuses(NotCompletedError, ResultsAwayError)
    def get(self, args: dict[str, Any], backtest_id: UUID) -> Response:
        """Return what was ordered, every metric with its meaning, and the trades."""
        with tenant_access(scope=READ) as access:
            run = _completed(access, backtest_id)
            told = run_answer(access.session, run)
            own = get_user(access.session, access.tenant_id, access.user_id).locale
        record = record_of(house().settings.backtest_data_path, run)
        locale = asked_locale(args["locale"], own)
        return report_file(run, told, record, Form(args["format"]), locale)


def _completed(access: Access, backtest_id: UUID) -> Backtest:
    where = access.session, access.tenant_id, backtest_id, access.user_id
    return completed_run(*where)


def _store(run: Backtest) -> tuple[ResultStore, str]:
    root = house().settings.backtest_data_path
    return ResultStore(root), location_of(run.tenant_id, run.backtest_id)


def _trades(run: Backtest, start: int, limit: int) -> list[dict[str, Any]]:
    store, location = _store(run)
    with store.open(location, results.TRADES) as file:
        found = results.rows(file, start, limit)
    return [_trade(run, start + place, row) for place, row in enumerate(found, 1)]


def _trade(run: Backtest, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    figures = ("entry_price", "exit_price", "size", "profit", "fees")
    return {
        "number": number,
        "symbol": run.symbols[row["symbol"]],
        "side": "LONG" if row["side"] > 0 else "SHORT",
        "entry_time": instant(row["entry_time"]),
        "exit_time": instant(row["exit_time"]),
        "bars": row["exit"] - row["entry"],
        "reason": Reason(row["reason"]).name,
        "funding": known(row["funding"]),
        **{name: row[name] for name in (*figures, "slippage", "mae", "mfe")},
    }


def _equity(run: Backtest, start: int, limit: int) -> list[dict[str, Any]]:
    store, location = _store(run)
    with store.open(location, results.EQUITY) as file:
        return [_point(row) for row in results.rows(file, start, limit)]


def _drawn(run: Backtest, points: int) -> list[dict[str, Any]]:
    store, location = _store(run)
    with store.open(location, results.EQUITY) as file:
        return [_point(row) for row in results.drawn(file, points)]


def _point(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "time": instant(row["time"])}
