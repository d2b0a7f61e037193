"""Which series a run reads: found by name when it is ordered, by id when it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from abtpro_saas.backtesting.checking import Coverage
from abtpro_saas.backtesting.orders import Order, OrderError
from abtpro_saas.errors import NotFoundError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.finding import SeriesNotFoundError, find_source
from abtpro_saas.markets.funding.finding import find_funding
from abtpro_saas.markets.imports.provenance import is_brought
from abtpro_saas.markets.tables import Series


class DataGoneError(NotFoundError):
    """The candles that were ordered are not there any more."""

    code = "series_gone"


def match(
    session: Session, tenant_id: TenantId, user_id: UserId, order: Order
) -> Sequence[Series]:
    """Return the series of each symbol of an order, in its order.

    Raises:
        OrderError: there is none of a symbol that the user may see.
    """
    return [_one(session, tenant_id, user_id, order, each) for each in order.symbols]


def match_detail(
    session: Session, tenant_id: TenantId, user_id: UserId, order: Order
) -> Sequence[Series]:
    """Return the series of an order's finer candles; none, where none are asked for.

    Raises:
        OrderError: there is none that the user may see.
    """
    timeframe = order.setup.detail_timeframe
    if timeframe is None:
        return []
    finer = replace(order, timeframe=timeframe)
    try:
        return match(session, tenant_id, user_id, finer)
    except OrderError as error:
        raise OrderError(str(error), "detail_timeframe") from None


def match_funding(
    session: Session, tenant_id: TenantId, user_id: UserId, order: Order
) -> Sequence[Series]:
    """Return the funding history of a checked order's market, if it asks for one.

    None where nothing is known of the order's time: its funding is unknown then.
    """
    funding = order.setup.funding
    if funding is None or funding.rate is not None or order.exchange is None:
        return []
    where = session, tenant_id, user_id, order.exchange
    found = [find_funding(*where, each) for each in order.symbols]
    return [each for each in found if each is not None and _tells_of(each, order)]


def matched_again(
    session: Session, tenant_id: TenantId, series: Sequence[Mapping[str, Any]]
) -> Sequence[Series]:
    """Return the series that a run named, as they are now.

    Raises:
        DataGoneError: one of them was removed meanwhile.
    """
    found = [
        session.get(
            Series, (tenant_id, UUID(each["series_id"])), populate_existing=True
        )
        for each in series
    ]
    there = [each for each in found if each is not None]
    if len(there) < len(found):
        raise DataGoneError("the candles of this backtest were removed")
    return there


def is_stale(
    session: Session, tenant_id: TenantId, series: Sequence[Mapping[str, Any]]
) -> bool:
    """Tell whether the candles that a run names have changed, or are gone."""
    try:
        now = matched_again(session, tenant_id, series)
    except DataGoneError:
        return True
    pairs = zip(now, series, strict=True)
    return any(each.fingerprint != then["fingerprint"] for each, then in pairs)


def named(series: Series) -> dict[str, Any]:
    """Return what a run remembers of a series, and answers tell."""
    return {
        "series_id": str(series.series_id),
        "exchange": series.exchange,
        "symbol": series.symbol,
        "timeframe": series.timeframe,
        "fingerprint": series.fingerprint,
        "simulated": series.simulated,
        "brought": is_brought(series),
        # For who computes it again, when the series has gone on; answers leave it out.
        "location": series.location,
    }


def any_brought(series: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether somebody brought any of what a run remembers as a file."""
    return any(each.get("brought") for each in series)


def coverage_of(series: Series) -> Coverage:
    """Return what a series covers."""
    bounds = series.starts_at, series.ends_at
    starts, ends = (round(at.timestamp() * 1000) for at in bounds)
    return Coverage(series.symbol, starts, ends, series.passport.get("gaps", ()))


def _tells_of(series: Series, order: Order) -> bool:
    covered = coverage_of(series)
    start, end = order.start or 0, order.end or covered.ends
    return covered.starts < end and covered.ends > start


def _one(
    session: Session, tenant_id: TenantId, user_id: UserId, order: Order, symbol: str
) -> Series:
    try:
        return find_source(
            session, tenant_id, user_id, order.exchange, symbol, order.timeframe
        )
    except SeriesNotFoundError as error:
        many = error.field == "symbol" and len(order.symbols) > 1
        raise OrderError(str(error), "symbols" if many else error.field) from None
