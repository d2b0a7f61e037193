"""The trades of a run: filtered, sorted, a page at a time, and all of them as CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.reporting.figures import is_funded
from abtpro_saas.backtesting.reporting.trips import in_loss, known
from abtpro_saas.backtesting.reporting.writing import at_ms
from abtpro_saas.backtesting.runs.finding import completed_run
from abtpro_saas.backtesting.runs.reading import record_of
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.http.csv_files import csv_stream
from abtpro_saas.blueprints.http.pagination import Page, Pager
from abtpro_saas.blueprints.pages.backtests.words import REASONS
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.ids import TenantId
from abtpro_saas.performance.record import Integers, Reason, Record

ON_A_PAGE = 25
SIDES = {"long": 1, "short": -1}
SORTS = ("best", "worst")
COLUMNS = (
    *("number", "symbol", "side", "entered_at", "exited_at", "entry_price"),
    *("exit_price", "size", "profit", "profit_percent", "fees", "funding"),
    *("slippage", "mae_percent", "mfe_percent", "reason"),
)

blp = Blueprint("backtest_trades_page", __name__, url_prefix="/backtests")


@dataclass(frozen=True)
class Trade:
    """One round trip as a table shows it; instants in ms, parts in percent.

    ``mae`` is positive, as the metric of that name is.
    """

    row: int
    symbol: str
    side: int
    entered: int
    exited: int
    entry_price: float
    exit_price: float
    size: float
    profit: float
    percent: float
    fees: float
    funding: float | None
    slippage: float
    mae: float
    mfe: float
    reason: Reason

    @property
    def is_open(self) -> bool:
        """Tell whether the run ended before it did."""
        return self.reason is Reason.OPEN


@blp.get("/<uuid:backtest_id>/trades")
def show(backtest_id: UUID) -> Response:
    """Show trades by side, result, reason or symbol, the oldest or best first."""
    run = _run(backtest_id)
    record = record_of(house().settings.backtest_data_path, run)
    context = trades_context(run.tenant_id, run, record)
    return render("backtests/trades.html", fragment="backtests/_trades.html", **context)


@blp.get("/<uuid:backtest_id>/trades.csv")
def as_csv(backtest_id: UUID) -> Response:
    """Give all trades, oldest exit first; instants are UTC."""
    run = _run(backtest_id)
    record = record_of(house().settings.backtest_data_path, run)
    return csv_stream(f"trades-{backtest_id}", COLUMNS, _csv_rows(record))


def trades_context(
    tenant_id: TenantId, run: Backtest, record: Record
) -> dict[str, Any]:
    """Return what the part with the trades draws."""
    asked = _asked()
    rows = chosen(record, asked)
    pager = Pager(
        tenant_id,
        "pages.backtest_trades",
        ON_A_PAGE,
        asked | {"run": run.backtest_id},
        request.args.get("cursor"),
    )
    first = _first(pager, rows)
    page = pager.close(
        [_trade(record, int(row)) for row in rows[first : first + pager.fetch]],
        lambda _trade: (first + ON_A_PAGE,),
    )
    return {
        "run": run,
        "trades": page,
        "asked": asked,
        "found": len(rows),
        "first": first,
        "all_trades": len(record.trades),
        "reasons": _reasons(record),
        "record_symbols": record.symbols,
        "next_url": _next_url(run, page, asked),
        "step": record.step,
        "funded": is_funded(run),
    }


def _run(backtest_id: UUID) -> Backtest:
    with tenant_access(scope="backtests:read") as access:
        return completed_run(
            access.session, access.tenant_id, backtest_id, access.user_id
        )


def _asked() -> dict[str, str]:
    names = ("side", "result", "reason", "symbol", "sort")
    given = {name: request.args.get(name, "") for name in names}
    return {name: value for name, value in given.items() if value}


def chosen(record: Record, asked: dict[str, str]) -> Integers:
    """Return the rows that are asked for, in the order that is asked for."""
    trades = record.trades
    kept = np.ones(len(trades), dtype=np.bool_)
    is_open = trades.reason == Reason.OPEN
    if (side := asked.get("side")) in SIDES:
        kept &= trades.side == SIDES[str(side)]
    match asked.get("result"):
        case "won":
            kept &= (trades.profit > 0) & ~is_open
        case "lost":
            kept &= (trades.profit < 0) & ~is_open
        case "even":
            kept &= (trades.profit == 0) & ~is_open
        case "open":
            kept &= is_open
    if (reason := asked.get("reason", "").upper()) in Reason.__members__:
        kept &= trades.reason == Reason[reason]
    if (symbol := asked.get("symbol")) in record.symbols:
        kept &= trades.symbol == record.symbols.index(str(symbol))
    rows = np.flatnonzero(kept)
    if asked.get("sort") in SORTS:
        sign = -1 if asked["sort"] == "best" else 1
        rows = rows[np.argsort(sign * trades.profit[rows], kind="stable")]
    return rows


def _first(pager: Pager, rows: Integers) -> int:
    """Return where the page begins: by the cursor, or with the trade asked for."""
    if pager.after is not None:
        return int(str(pager.after[0]))
    wanted = request.args.get("at", "")
    if not wanted.isdecimal():
        return 0
    places = np.flatnonzero(rows == int(wanted[:12]))
    return int(places[0]) // ON_A_PAGE * ON_A_PAGE if len(places) else 0


def _trade(record: Record, row: int) -> Trade:
    trades = record.trades
    entry_price, size = float(trades.entry_price[row]), float(trades.size[row])
    profit = float(trades.profit[row])
    return Trade(
        row=row,
        symbol=record.symbols[int(trades.symbol[row])],
        side=int(trades.side[row]),
        entered=int(record.time[trades.entry[row]]),
        exited=int(record.time[trades.exit[row]]),
        entry_price=entry_price,
        exit_price=float(trades.exit_price[row]),
        size=size,
        profit=profit,
        percent=100 * profit / (size * entry_price) if size and entry_price else 0.0,
        fees=float(trades.fees[row]),
        funding=known(float(trades.funding[row])),
        slippage=float(trades.slippage[row]),
        mae=in_loss(float(trades.mae[row])),
        mfe=100 * float(trades.mfe[row]),
        reason=Reason(int(trades.reason[row])),
    )


def _csv_rows(record: Record) -> Iterator[tuple[object, ...]]:
    for row in range(len(record.trades)):
        trade = _trade(record, row)
        yield (
            *(row + 1, trade.symbol, "long" if trade.side > 0 else "short"),
            *(at_ms(trade.entered).isoformat(), at_ms(trade.exited).isoformat()),
            *(trade.entry_price, trade.exit_price, trade.size, trade.profit),
            *(trade.percent, trade.fees, trade.funding, trade.slippage),
            *(trade.mae, trade.mfe, trade.reason.name.lower()),
        )


def _reasons(record: Record) -> list[tuple[str, str]]:
    there = [Reason(int(each)) for each in np.unique(record.trades.reason)]
    return [(each.name.lower(), str(REASONS[each])) for each in there]


def _next_url(run: Backtest, page: Page[Trade], asked: dict[str, str]) -> str | None:
    if page.next_cursor is None:
        return None
    return url_for(
        "backtest_trades_page.show",
        backtest_id=run.backtest_id,
        cursor=page.next_cursor,
        **asked,  # type: ignore[arg-type] # names of the query, none of url_for's own
    )
