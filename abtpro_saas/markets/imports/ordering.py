"""Asking for an import: checked, limited, written down, and set off by its commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from abtpro_saas.database import lock
from abtpro_saas.errors import InvalidError, NotFoundError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.markets.imports.limits import check_limits
from abtpro_saas.markets.imports.progress import wake_pages
from abtpro_saas.markets.messages import ImportCandles
from abtpro_saas.markets.naming import own_exchange_name, perpetual_name, symbol_name
from abtpro_saas.markets.sources.catalogue import Urls, source_of
from abtpro_saas.markets.tables import Import
from abtpro_saas.markets.timeframes import step_of
from abtpro_saas.markets.words import ENDED, FUNDING, ImportKind, ImportStatus
from abtpro_saas.outbox import leave

MOST_ROWS = 3_000_000
"""Candles, or rates of funding, that one import brings."""
FASTEST = timedelta(hours=1)
"""No exchange settles funding more often."""

_MILLISECOND = timedelta(milliseconds=1)


class SpanError(InvalidError):
    """From when to when is asked for makes no sense, or too much."""

    code = "invalid_span"


@dataclass(frozen=True)
class Wanted:
    """Whose candles, of what; without an owner they become the tenant's."""

    user_id: UserId
    owner_id: UserId | None
    exchange: str
    symbol: str
    timeframe: str


def import_span(
    session: Session,
    tenant_id: TenantId,
    wanted: Wanted,
    span: tuple[datetime, datetime],
    now: datetime,
    *,
    urls: Urls = (),
) -> Import:
    """Ask an exchange for the candles that open in [start, end), or its funding then.

    Raises:
        UnknownExchangeError: no source knows the exchange.
        SpanError: it is empty, to come, or too long.
        MarketNameError, TimeframeError: there can be no such candles.
        TooManyImportsError, TooManySeriesError: the user's limits.
    """
    made = _checked(tenant_id, wanted, now)
    source_of(made.exchange, urls)
    start, end = span
    _check_span(start, min(end, now), made.timeframe)
    made.kind = ImportKind.EXCHANGE
    made.starts_at, made.ends_at = start, min(end, now)
    return _write(session, made, now)


def import_file(  # noqa: PLR0917 - where, whose, what, when: the order of every service
    session: Session,
    tenant_id: TenantId,
    wanted: Wanted,
    import_id: UUID,
    upload: str,
    now: datetime,
    covered: tuple[datetime, datetime] | None = None,
) -> Import:
    """Read the candles, the trades or the funding of a file that stands at ``upload``.

    ``covered`` is [start, end) where a file of trades has all of them.

    Raises:
        SpanError: what it covers is empty, or it is not one of trades.
        MarketNameError, TimeframeError: there can be no such candles.
        TooManyImportsError, TooManySeriesError: the user's limits.
    """
    made = _checked(tenant_id, wanted, now)
    made.import_id, made.kind, made.upload = import_id, ImportKind.FILE, upload
    if covered is not None:
        if made.timeframe == FUNDING:
            raise SpanError("start and end are for files of trades", "start")
        made.starts_at, made.ends_at = covered
        _check_span(*covered, made.timeframe)
    return _write(session, made, now)


def cancel_import(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    import_id: UUID,
    now: datetime,
) -> Import:
    """End an import; one that has ended already stays as it is.

    Raises:
        NotFoundError: the user has made no such import.
    """
    get_import(session, tenant_id, user_id, import_id)
    found = lock(session, Import, (tenant_id, import_id))
    if found.status not in ENDED:
        found.status, found.finished_at = ImportStatus.CANCELLED, now
        _wake(session, found, now)
    session.flush()
    wake_pages(session, found)
    return found


def get_import(
    session: Session, tenant_id: TenantId, user_id: UserId, import_id: UUID
) -> Import:
    """Return an import that the user has made.

    Raises:
        NotFoundError: there is none.
    """
    found = session.get(Import, (tenant_id, import_id))
    if found is None or found.user_id != user_id:
        raise NotFoundError("there is no such import here")
    return found


def list_imports(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    limit: int,
    before: UUID | None = None,
) -> Sequence[Import]:
    """Return a user's imports, newest first."""
    query = (
        select(Import)
        .where(Import.tenant_id == tenant_id, Import.user_id == user_id)
        .order_by(Import.import_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Import.import_id < before)
    return session.scalars(query).all()


def check_names(wanted: Wanted) -> None:
    """Refuse names that there cannot be, before a file is kept for them.

    Raises:
        MarketNameError, TimeframeError: there can be no such candles.
    """
    own_exchange_name(wanted.exchange)
    _symbol_of(wanted)


def _checked(tenant_id: TenantId, wanted: Wanted, now: datetime) -> Import:
    return Import(
        tenant_id=tenant_id,
        user_id=wanted.user_id,
        owner_id=wanted.owner_id,
        exchange=own_exchange_name(wanted.exchange),
        symbol=_symbol_of(wanted),
        timeframe=wanted.timeframe,
        created_at=now,
        findings={},
    )


def _symbol_of(wanted: Wanted) -> str:
    if wanted.timeframe == FUNDING:
        return perpetual_name(wanted.symbol)
    step_of(wanted.timeframe)
    return symbol_name(wanted.symbol)


def _check_span(start: datetime, end: datetime, timeframe: str) -> None:
    if timeframe == FUNDING:
        step, least, words = FASTEST, _MILLISECOND, ("instant that is over", "rates")
    else:
        step = least = step_of(timeframe) * _MILLISECOND
        words = ("finished candle", "candles")
    if end - start < least:
        raise SpanError(f"the span holds no {words[0]}", "start")
    if (end - start) // step > MOST_ROWS:
        raise SpanError(f"at most {MOST_ROWS:,} {words[1]} at once", "end")


def _write(session: Session, made: Import, now: datetime) -> Import:
    check_limits(session, made)
    session.add(made)
    session.flush()
    _wake(session, made, now)
    return made


def _wake(session: Session, row: Import, now: datetime) -> None:
    names = (row.tenant_id, row.import_id, row.user_id)
    leave(session, ImportCandles(*map(str, names)), now)
