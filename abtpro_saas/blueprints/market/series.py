"""The series that there are, their passports, and candles to draw."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.market import schemas as bodies
from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.roles import Role
from abtpro_saas.ids import UserId
from abtpro_saas.markets import service
from abtpro_saas.markets.drawing import bars_between, fewer, width_for
from abtpro_saas.markets.finding import SeriesNotFoundError, find_source
from abtpro_saas.markets.imports.provenance import is_brought
from abtpro_saas.markets.naming import MarketNameError, exchange_name, symbol_name
from abtpro_saas.markets.resampling import resample, resampled
from abtpro_saas.markets.service import SeriesFilter
from abtpro_saas.markets.store import CandlesMissingError, CandleStore, no_candles
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import TimeframeError, step_of
from abtpro_saas.markets.words import FUNDING
from abtpro_saas.plugins.api.candles import Candles

blp = Blueprint(
    "market",
    __name__,
    url_prefix="/api/v1/market",
    description="Candles that there are",
)

BACKTESTING = "backtesting"
READERS = tuple(Role)
OF_CANDLES = (
    NotFoundError,
    SeriesNotFoundError,
    CandlesMissingError,
    TimeframeError,
    MarketNameError,
)


@blp.route("/series")
class SeriesList(MethodView):
    """The tenant's series, and the caller's own."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.SeriesArgs, location="query")
    @blp.response(200, bodies.MarketSeriesListOut)
    @refuses(MarketNameError)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List the series that you can use."""
        narrowed = _narrowed(args)
        with tenant_access(*READERS, scope="market:read") as access:
            name = f"series:{access.user_id}"
            pager = Pager(
                access.tenant_id, name, args["limit"], narrowed, args["cursor"]
            )
            after = pager.after
            found = service.list_series(
                access.session,
                access.tenant_id,
                access.user_id,
                SeriesFilter(**narrowed),
                limit=pager.fetch,
                after=after[0] if after else None,
            )
            page = pager.close(found, lambda row: (row.series_id,))
            shown = [series_answer(row, access.user_id) for row in page.rows]
            return page.under("series", shown)


@blp.route("/series/<uuid:series_id>")
class OneSeries(MethodView):
    """One series."""

    @needs_feature(BACKTESTING)
    @blp.response(200, bodies.DescribedSeriesOut)
    def get(self, series_id: UUID) -> dict[str, Any]:
        """Return a series with its passport: gaps, outliers, what was put aside."""
        with tenant_access(*READERS, scope="market:read") as access:
            found = service.get_series(
                access.session, access.tenant_id, access.user_id, series_id
            )
            shown = series_answer(found, access.user_id)
            return shown | {"passport": found.passport}

    @needs_feature(BACKTESTING)
    @blp.response(200, bodies.RemovedSeriesOut)
    @refuses(NotFoundError, service.SharedSeriesError)
    def delete(self, series_id: UUID) -> dict[str, Any]:
        """Remove a series of yours; an admin, one of the tenant's."""
        with tenant_access(Role.TRADER, Role.ADMIN, scope="market:write") as access:
            where = access.session, access.tenant_id, access.user_id, series_id
            admin = access.caller.role is Role.ADMIN
            gone = service.remove_series(*where, is_admin=admin)
            access.note(
                action="market.remove_series",
                subject=series_id,
                exchange=gone.exchange,
                symbol=gone.symbol,
                timeframe=gone.timeframe,
            )
        return {"success": True, "series_id": series_id}


@blp.route("/candles")
class CandlesOfSeries(MethodView):
    """Candles to look at."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.CandlesArgs, location="query")
    @blp.response(200, bodies.CandlesOut)
    @refuses(*OF_CANDLES)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Return candles of a span, so few that they can be drawn.

        Several become one where there are more than `points`: the first open, the
        highest high, the lowest low, the last close, all of the volume. A span may be
        of any length: what lies in it is read a year at a time.
        """
        with tenant_access(*READERS, scope="market:read") as access:
            series = _asked(access.session, access.tenant_id, access.user_id, args)
            shown = series_answer(series, access.user_id)
        timeframe = args["timeframe"] or series.timeframe
        bounds = _bounds(series, args["start"], args["end"])
        step = step_of(timeframe)
        each = width_for(bars_between(*bounds, step), args["points"], step)
        rows = _rows(_drawn(series, step, bounds, step * each))
        return {
            "series": shown,
            "timeframe": timeframe,
            "candles": rows,
            "count": len(rows),
            "each": each,
        }


def _narrowed(args: dict[str, Any]) -> dict[str, str | None]:
    """Return what a list is narrowed by, names as they are kept."""
    exchange, symbol = args["exchange"], args["symbol"]
    return {
        "exchange": exchange if exchange is None else exchange_name(exchange),
        "symbol": symbol if symbol is None else symbol_name(symbol),
        "timeframe": args["timeframe"],
    }


def series_answer(series: Series, user_id: UserId) -> dict[str, Any]:
    """Return what the API says of a series."""
    return {
        "id": series.series_id,
        "exchange": series.exchange,
        "symbol": series.symbol,
        "timeframe": series.timeframe,
        "simulated": series.simulated,
        "brought": is_brought(series),
        "own": series.owner_id == user_id,
        "starts_at": series.starts_at,
        "ends_at": series.ends_at,
        "rows": series.rows,
        "fingerprint": series.fingerprint,
        "updated_at": series.updated_at,
    }


def _asked(session: Any, tenant_id: Any, user_id: Any, args: dict[str, Any]) -> Series:  # noqa: ANN401 - as the access has them
    if args["series_id"] is not None:
        found = service.get_series(session, tenant_id, user_id, args["series_id"])
        if found.timeframe == FUNDING:
            raise TimeframeError("this series holds funding, no candles", "timeframe")
        return found
    return find_source(
        session, tenant_id, user_id, args["exchange"], args["symbol"], args["timeframe"]
    )


def _bounds(
    series: Series, start: datetime | None, end: datetime | None
) -> tuple[int, int]:
    """Return what of a span a series covers, [first, end) in ms."""
    first = max(start or series.starts_at, series.starts_at)
    return _ms(first), _ms(min(end or series.ends_at, series.ends_at))


def _drawn(series: Series, step: int, bounds: tuple[int, int], length: int) -> Candles:
    own = step_of(series.timeframe)
    resample(no_candles(series.symbol, own), step)  # refuses what cannot be made
    store = CandleStore(house().settings.backtest_data_path)
    parts = store.parts(series.location, series.symbol, own, *bounds)
    return fewer(series.symbol, step, resampled(parts, step), length)


def _rows(candles: Candles) -> list[tuple[float, ...]]:
    columns = (
        candles.time,
        candles.open,
        candles.high,
        candles.low,
        candles.close,
        candles.volume,
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
