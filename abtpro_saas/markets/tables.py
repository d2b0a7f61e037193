"""The rows of series of candles, and of the imports that make and extend them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.billing.tables import refers
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.markets.words import ImportKind, ImportStatus


class Series(TenantRow, Base):
    """The candles of one symbol and time frame: a trader's own, or the tenant's.

    Without ``owner_id`` they are the tenant's, for all its users. The files at
    ``location`` never change: another import leads to another place. Candles open in
    [starts_at, ends_at); the last one closes at ``ends_at``.
    """

    __tablename__ = "market_series"
    __table_args__ = (
        refers("owner_id", "users", "user_id"),
        UniqueConstraint(
            "tenant_id",
            "owner_id",
            "exchange",
            "symbol",
            "timeframe",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("rows > 0 AND ends_at > starts_at", name="span"),
        CheckConstraint("simulated OR exchange <> 'simulated'", name="simulated"),
    )

    series_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UserId | None]
    exchange: Mapped[str]
    symbol: Mapped[str]
    timeframe: Mapped[str]
    simulated: Mapped[bool] = mapped_column(default=False)
    location: Mapped[str]
    fingerprint: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    rows: Mapped[int]
    passport: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Import(TenantRow, Base):
    """One import: from an exchange between two instants, or from a file.

    ``next_at`` is where an exchange is asked to go on. ``upload`` is our name of the
    file, until it has been read. ``series_id`` is what it has made or extended, until
    that is removed.
    """

    __tablename__ = "market_imports"
    __table_args__ = (
        refers("user_id", "users"),
        refers("owner_id", "users", "user_id"),
        refers("series_id", "market_series"),
        one_of("kind", ImportKind),
        one_of("status", ImportStatus),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("rows >= 0 AND quarantined >= 0", name="rows"),
        CheckConstraint(
            "(status IN ('COMPLETED', 'FAILED', 'CANCELLED'))"
            " = (finished_at IS NOT NULL)",
            name="finished_at",
        ),
        Index(
            "ix_market_imports_open",
            "tenant_id",
            "user_id",
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_market_imports_series",
            "tenant_id",
            "series_id",
            postgresql_where=text("series_id IS NOT NULL"),
        ),
        Index("ix_market_imports_shown", "tenant_id", "user_id", "import_id"),
    )

    import_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    owner_id: Mapped[UserId | None]
    kind: Mapped[str]
    exchange: Mapped[str]
    symbol: Mapped[str]
    timeframe: Mapped[str]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    upload: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=ImportStatus.PENDING)
    progress: Mapped[int] = mapped_column(type_=SmallInteger, default=0)
    rows: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    findings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    series_id: Mapped[UUID | None]
    faults: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
