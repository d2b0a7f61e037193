"""What holders of perpetual contracts paid each other, by time."""

from datetime import datetime
from math import isnan
from typing import Any

from flask.views import MethodView

from abtpro_saas.blueprints.guard.access import Access, tenant_access
from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.features import needs_feature
from abtpro_saas.blueprints.http.openapi import Blueprint
from abtpro_saas.blueprints.http.pagination import Pager
from abtpro_saas.blueprints.http.refusals import refuses
from abtpro_saas.blueprints.market import funding_schemas as bodies
from abtpro_saas.blueprints.market.series import BACKTESTING, READERS, series_answer
from abtpro_saas.errors import NotFoundError
from abtpro_saas.markets import service
from abtpro_saas.markets.finding import SeriesNotFoundError, default_exchange
from abtpro_saas.markets.funding.finding import find_funding
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.funding.store import FundingMissingError, FundingStore
from abtpro_saas.markets.naming import MarketNameError
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.words import FUNDING

blp = Blueprint(
    "market_funding",
    __name__,
    url_prefix="/api/v1/market",
    description="Funding of perpetual contracts",
)


@blp.route("/funding")
class FundingOfPerpetual(MethodView):
    """The funding rates of one perpetual."""

    @needs_feature(BACKTESTING)
    @blp.arguments(bodies.FundingArgs, location="query")
    @blp.response(200, bodies.FundingOut)
    @refuses(NotFoundError, SeriesNotFoundError, FundingMissingError, MarketNameError)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List the funding rates that were due in a span, oldest first."""
        with tenant_access(*READERS, scope="market:read") as access:
            series = _asked(access, args)
            shown = series_answer(series, access.user_id)
        pager = _pager(series, args)
        found = _read(series, pager, args["start"], args["end"])
        page = pager.close(_rows(found), lambda row: (row["time"],))
        return {"series": shown, **page.under("rates")}


def _asked(access: Access, args: dict[str, Any]) -> Series:
    whose = access.session, access.tenant_id, access.user_id
    if args["series_id"] is not None:
        found = service.get_series(*whose, args["series_id"])
        if found.timeframe != FUNDING:
            raise FundingMissingError("this series holds candles", "series_id")
        return found
    exchange = args["exchange"] or default_exchange(access.session, access.tenant_id)
    named = find_funding(*whose, exchange, args["symbol"])
    if named is None:
        raise FundingMissingError(
            f"there is no funding of {args['symbol']} from {exchange}", "symbol"
        )
    return named


def _pager(series: Series, args: dict[str, Any]) -> Pager:
    """Return the pager of one series and span: a cursor opens for no other."""
    span = {name: args[name] for name in ("start", "end")}
    name = f"funding:{series.series_id}"
    return Pager(series.tenant_id, name, args["limit"], span, args["cursor"])


def _read(
    series: Series, pager: Pager, start: datetime | None, end: datetime | None
) -> FundingRates:
    after, start_ms = pager.after, _ms(start)
    if after is not None:
        start_ms = int(after[0]) + 1
    store = FundingStore(house().settings.backtest_data_path)
    return store.read(series.location, start_ms, _ms(end))[: pager.fetch]


def _rows(rates: FundingRates) -> list[dict[str, float | None]]:
    columns = rates.time.tolist(), rates.rate.tolist(), rates.mark.tolist()
    return [
        {"time": time, "rate": rate, "mark": None if isnan(mark) else mark}
        for time, rate, mark in zip(*columns, strict=True)
    ]


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)
