"""Series of candles and of funding: who sees which, and how one is kept and replaced.

A trader's own series is seen by that trader alone, the tenant's by all its users. Every
query here is bound to both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from abtpro_saas.database import take_turns
from abtpro_saas.errors import ForbiddenError, NotFoundError
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.markets.tables import Import, Series


class SharedSeriesError(ForbiddenError):
    """A series that all users of a tenant share is not one user's to remove."""

    code = "shared_series"


@dataclass(frozen=True)
class SeriesName:
    """Which series is meant; without an owner it is the tenant's."""

    exchange: str
    symbol: str
    timeframe: str
    owner_id: UserId | None = None


@dataclass(frozen=True)
class NewData:
    """What is told of data that stand in the store.

    Candles opened in [starts, ends), rates of funding were due then.
    """

    location: str
    fingerprint: str
    starts_ms: int
    ends_ms: int
    rows: int
    passport: Mapping[str, Any]
    simulated: bool = False


@dataclass(frozen=True)
class SeriesFilter:
    """Narrows a list of series; None is any."""

    exchange: str | None = None
    symbol: str | None = None
    timeframe: str | None = None


def list_series(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    wanted: SeriesFilter,
    *,
    limit: int,
    after: UUID | None = None,
) -> Sequence[Series]:
    """Return what the user may see, in the order in which it came."""
    query = (
        select(Series)
        .where(visible_to(tenant_id, user_id))
        .order_by(Series.series_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Series.series_id > after)
    for column, value in (
        (Series.exchange, wanted.exchange),
        (Series.symbol, wanted.symbol),
        (Series.timeframe, wanted.timeframe),
    ):
        if value is not None:
            query = query.where(column == value)
    return session.scalars(query).all()


def get_series(
    session: Session, tenant_id: TenantId, user_id: UserId, series_id: UUID
) -> Series:
    """Return a series by its id.

    Raises:
        NotFoundError: there is none that the user may see.
    """
    query = select(Series).where(
        visible_to(tenant_id, user_id), Series.series_id == series_id
    )
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("there is no such series here")
    return found


def named_series(
    session: Session, tenant_id: TenantId, name: SeriesName
) -> Series | None:
    """Return exactly the series of this name and owner, if there is one."""
    query = select(Series).where(
        Series.tenant_id == tenant_id,
        Series.owner_id == name.owner_id
        if name.owner_id is not None
        else Series.owner_id.is_(None),
        Series.exchange == name.exchange,
        Series.symbol == name.symbol,
        Series.timeframe == name.timeframe,
    )
    return session.scalar(query)


def keep_series(
    session: Session,
    tenant_id: TenantId,
    name: SeriesName,
    new: NewData,
    now: datetime,
) -> Series:
    """Let a series be ``new`` from now on; the same again changes nothing.

    The data are in the store before: a commit switches from the old to the new.
    """
    take_turns(session, f"series:{tenant_id}:{name}")
    series = named_series(session, tenant_id, name)
    if series is None:
        series = Series(
            tenant_id=tenant_id,
            series_id=new_id(),
            owner_id=name.owner_id,
            exchange=name.exchange,
            symbol=name.symbol,
            timeframe=name.timeframe,
            created_at=now,
        )
        session.add(series)
    elif series.fingerprint == new.fingerprint and series.location == new.location:
        return series
    series.location, series.fingerprint = new.location, new.fingerprint
    series.starts_at, series.ends_at = instant(new.starts_ms), instant(new.ends_ms)
    series.rows, series.passport = new.rows, dict(new.passport)
    series.simulated, series.updated_at = new.simulated, now
    session.flush()
    return series


def remove_series(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    series_id: UUID,
    *,
    is_admin: bool,
) -> Series:
    """Remove a series of the user's own; of the tenant's, admins may.

    Its data stay in the store for as long as somebody may read them: see
    ``backtesting/clearing.py``.

    Raises:
        NotFoundError: there is none that the user may see.
        SharedSeriesError: it is the tenant's, and the user is no admin.
    """
    found = get_series(session, tenant_id, user_id, series_id)
    if found.owner_id is None and not is_admin:
        raise SharedSeriesError("this series is everybody's: an admin may do this")
    owner = None if found.owner_id is None else UserId(found.owner_id)
    name = SeriesName(found.exchange, found.symbol, found.timeframe, owner)
    # An import that ends now either comes before, or makes the series anew.
    take_turns(session, f"series:{tenant_id}:{name}")
    imports = Import.tenant_id == tenant_id, Import.series_id == series_id
    session.execute(update(Import).where(*imports).values(series_id=None))
    session.execute(
        delete(Series).where(
            Series.tenant_id == tenant_id, Series.series_id == series_id
        )
    )
    return found


def visible_to(tenant_id: TenantId, user_id: UserId) -> ColumnElement[bool]:
    """Return the condition on series that a user may see."""
    return and_(
        Series.tenant_id == tenant_id,
        or_(Series.owner_id.is_(None), Series.owner_id == user_id),
    )


def instant(time_ms: int) -> datetime:
    """Return milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(time_ms / 1000, UTC)
