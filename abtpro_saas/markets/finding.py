"""How candles are found by their names, among those that a user may see."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.errors import NotFoundError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.naming import exchange_name, symbol_name
from abtpro_saas.markets.service import SeriesName, visible_to
from abtpro_saas.markets.tables import Series
from abtpro_saas.markets.timeframes import STEPS, step_of
from abtpro_saas.markets.words import FUNDING


class SeriesNotFoundError(NotFoundError):
    """There are no such candles that the user may see; ``field`` is what to change."""

    code = "series_not_found"

    def __init__(self, message: str, field: str = "symbol") -> None:
        super().__init__(message)
        self.field = field


def find_series(  # noqa: PLR0917 - where, whose, what: the order of every service
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    exchange: str | None,
    symbol: str,
    timeframe: str,
) -> Series:
    """Return the series of this time frame; one's own before the tenant's.

    Without ``exchange`` it is the tenant's default source.

    Raises:
        SeriesNotFoundError: there is none that the user may see.
        TimeframeError, MarketNameError: there can be none.
    """
    step_of(timeframe)
    wanted = symbol_name(symbol)
    source = (
        exchange_name(exchange)
        if exchange is not None
        else default_exchange(session, tenant_id)
    )
    found = seen(session, tenant_id, user_id, SeriesName(source, wanted, timeframe))
    if found is None:
        there = _there(session, tenant_id, user_id)
        raise _what_is_missing(SeriesName(source, wanted, timeframe), there)
    return found


def find_source(  # noqa: PLR0917 - where, whose, what: the order of every service
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    exchange: str | None,
    symbol: str,
    timeframe: str,
) -> Series:
    """Return the series to read ``timeframe`` from: it, or the longest that makes it.

    Raises:
        SeriesNotFoundError: neither is there.
        TimeframeError, MarketNameError: there can be none.
    """
    step = step_of(timeframe)
    shorter = [name for name, each in STEPS.items() if each <= step and not step % each]
    for name in reversed(shorter):
        try:
            return find_series(session, tenant_id, user_id, exchange, symbol, name)
        except SeriesNotFoundError:
            continue
    return find_series(session, tenant_id, user_id, exchange, symbol, timeframe)


def seen(
    session: Session, tenant_id: TenantId, user_id: UserId, name: SeriesName
) -> Series | None:
    """Return what the user sees under a name: one's own before the tenant's."""
    query = (
        select(Series)
        .where(
            visible_to(tenant_id, user_id),
            Series.exchange == name.exchange,
            Series.symbol == name.symbol,
            Series.timeframe == name.timeframe,
        )
        .order_by(Series.owner_id.is_(None))
        .limit(1)
    )
    return session.scalar(query)


def default_exchange(session: Session, tenant_id: TenantId) -> str:
    """Return the tenant's default source: that of the first shared candles it got.

    Raises:
        SeriesNotFoundError: the tenant has none.
    """
    query = (
        select(Series.exchange)
        .where(
            Series.tenant_id == tenant_id,
            Series.owner_id.is_(None),
            Series.timeframe != FUNDING,
        )
        .order_by(Series.series_id)
        .limit(1)
    )
    found = session.scalar(query)
    if found is None:
        raise SeriesNotFoundError(
            "there are no shared candles yet: name an exchange", "exchange"
        )
    return found


def _there(
    session: Session, tenant_id: TenantId, user_id: UserId
) -> Sequence[tuple[str, str, str]]:
    """Return exchange, symbol and time frame of all candles that a user sees."""
    query = select(Series.exchange, Series.symbol, Series.timeframe).where(
        visible_to(tenant_id, user_id), Series.timeframe != FUNDING
    )
    return [(row.exchange, row.symbol, row.timeframe) for row in session.execute(query)]


def _what_is_missing(
    name: SeriesName, there: Sequence[tuple[str, str, str]]
) -> SeriesNotFoundError:
    """Return what would have to be named otherwise, and how."""
    source, symbol = name.exchange, name.symbol
    frames = {frame for *market, frame in there if market == [source, symbol]}
    if frames:
        told = f"there are no candles of {name.timeframe} of {symbol} from {source}"
        others = ", ".join(sorted(frames, key=lambda frame: STEPS[frame]))
        return SeriesNotFoundError(f"{told}, but of {others}", "timeframe")
    sources = {each for each, *_ in there}
    told = f"there are no candles of {symbol} from {source}"
    if elsewhere := {each for each, found, _ in there if found == symbol}:
        others = ", ".join(sorted(elsewhere))
        return SeriesNotFoundError(f"{told}, but from {others}", "exchange")
    if source not in sources:
        others = ", ".join(sorted(sources)) or "nowhere"
        told = f"there are no candles from {source}, but from {others}"
        return SeriesNotFoundError(told, "exchange")
    return SeriesNotFoundError(told, "symbol")
