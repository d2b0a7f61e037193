"""The series that there are: what each covers and lacks, and how it looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from abtpro_saas.backtesting.drawing import MOST_POINTS, candle_columns
from abtpro_saas.backtesting.words import BACKTESTING
from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.pages.backtests.charts import as_json, asked_whole
from abtpro_saas.blueprints.pages.backtests.report import LIBRARY_URL, chart_ranges
from abtpro_saas.blueprints.pages.market.funding import (
    facts_of,
    history_of,
    missing_of,
)
from abtpro_saas.blueprints.pages.market.imports import is_simulated
from abtpro_saas.blueprints.pages.market.words import imports_told, origins_told
from abtpro_saas.blueprints.pages.shell import render
from abtpro_saas.identity.roles import Role
from abtpro_saas.markets.drawing import bars_between, fewer, width_for
from abtpro_saas.markets.imports.ordering import list_imports
from abtpro_saas.markets.imports.provenance import is_brought
from abtpro_saas.markets.service import (
    SeriesFilter,
    get_series,
    list_series,
    remove_series,
)
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import DAY, step_of
from abtpro_saas.markets.words import FUNDING

ON_A_PAGE = 30
SHOWN_IMPORTS = 5
OPENS_WITH = 800
"""Candles that a chart shows at first."""

blp = Blueprint("market_page", __name__, url_prefix="/market")
blp.add_app_template_global(lambda: LIBRARY_URL, "chart_library_url")


@dataclass(frozen=True)
class Held:
    """How much of its time a series covers."""

    missing: int
    percent: float


@blp.get("")
def show() -> Response:
    """Show the series that the reader can use, in the order in which they came."""
    with tenant_access(scope="market:read") as access:
        filters = {"user": access.user_id}
        cursor = request.args.get("cursor")
        pager = Pager(access.tenant_id, "pages.market", ON_A_PAGE, filters, cursor)
        after = pager.after
        rows = list_series(
            access.session,
            access.tenant_id,
            access.user_id,
            SeriesFilter(),
            limit=pager.fetch,
            after=UUID(str(after[0])) if after else None,
        )
        page = pager.close(rows, lambda row: (row.series_id,))
        imports = list_imports(
            access.session, access.tenant_id, access.user_id, limit=SHOWN_IMPORTS
        )
        context: dict[str, Any] = {
            "page": page,
            "held": {row.series_id: held(row) for row in page.rows},
            "brought": {row.series_id for row in page.rows if is_brought(row)},
            "imports": imports,
            "simulated": {each.import_id for each in imports if is_simulated(each)},
            "may_write": "market:write" in access.caller.scopes,
        }
    return render("market/show.html", fragment="market/_series.html", **context)


@blp.get("/<uuid:series_id>")
def item(series_id: UUID) -> Response:
    """Show one series: its chart, its passport, its gaps."""
    with tenant_access(scope="market:read") as access:
        where = access.session, access.tenant_id, access.user_id
        series = get_series(*where, series_id)
        is_admin = access.caller.role is Role.ADMIN
        may_remove = "market:write" in access.caller.scopes and (
            is_admin or series.owner_id == access.user_id
        )
    shown: dict[str, Any] = {
        "series": series,
        "may_remove": may_remove,
        "held": held(series),
        "origins": origins_told(series),
        "brought": is_brought(series),
        "done": imports_told(series),
    }
    if series.timeframe == FUNDING:
        return render(
            "market/funding.html",
            fragment="market/_rates.html",
            **shown,
            history=history_of(series),
            facts_told=facts_of(series.passport),
        )
    step = step_of(series.timeframe)
    start, end = _ms(series.starts_at), _ms(series.ends_at)
    return render(
        "market/item.html",
        **shown,
        step=step,
        end=end,
        opens=max(OPENS_WITH * step // DAY, 1)
        if end - start > OPENS_WITH * step
        else 0,
        ranges=chart_ranges(start, end, step),
    )


@blp.post("/<uuid:series_id>/removal")
@needs_feature(BACKTESTING)
def remove(series_id: UUID) -> Response:
    """Remove a series of the reader's; an admin, one of the tenant's."""
    with tenant_access(Role.TRADER, Role.ADMIN, scope="market:write") as access:
        where = access.session, access.tenant_id, access.user_id, series_id
        gone = remove_series(*where, is_admin=access.caller.role is Role.ADMIN)
        access.note(
            action="market.remove_series",
            subject=series_id,
            exchange=gone.exchange,
            symbol=gone.symbol,
            timeframe=gone.timeframe,
        )
    return redirect(url_for("market_page.show"), 303)


@blp.get("/<uuid:series_id>/chart.json")
def chart(series_id: UUID) -> Response:
    """Give the candles of [from, to), as many points as asked for."""
    series = _series(series_id)
    step = step_of(series.timeframe)
    first, last = _ms(series.starts_at), _ms(series.ends_at)
    start = max(asked_whole("from") or first, first)
    end = min(asked_whole("to") or last, last)
    points = min(max(asked_whole("points") or OPENS_WITH, 2), MOST_POINTS)
    length = step * width_for(bars_between(start, end, step), points, step)
    store = CandleStore(house().settings.backtest_data_path)
    parts = store.parts(series.location, series.symbol, step, start, end)
    bars = fewer(series.symbol, step, parts, length)
    told: dict[str, Any] = {"whole": [first, last], "trades": [], "too_many": 0}
    shown = {"step": length, "time": bars.time.tolist(), **candle_columns(bars)}
    return as_json(told | shown)


def held(series: Series) -> Held:
    """Return how many candles, or rates, lack between the first and the last."""
    if series.timeframe == FUNDING:
        return Held(*missing_of(series))
    step = timedelta(milliseconds=step_of(series.timeframe))
    whole = max((series.ends_at - series.starts_at) // step, 1)
    missing = max(whole - series.rows, 0)
    return Held(missing, 100 * (whole - missing) / whole)


def _series(series_id: UUID) -> Series:
    with tenant_access(scope="market:read") as access:
        return get_series(access.session, access.tenant_id, access.user_id, series_id)


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
