"""The rows of backtests, and of how many trials were made on which data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.backtesting.words import EngineName, RunStatus
from abtpro_saas.billing.tables import refers
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id


class Backtest(TenantRow, Base):
    """One run: what was ordered, on which data, where it stands, what came out.

    ``series`` is a copy of what the order was matched with. It waits for its turn until
    ``admitted_at``, then for a processor until ``started_at``; ``seen_at`` is when its
    process was last heard of. ``certified`` holds the parts of ``certificate``.
    """

    __tablename__ = "backtests"
    __table_args__ = (
        refers("user_id", "users"),
        one_of("status", RunStatus),
        one_of("engine", EngineName),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint(
            "(status = 'COMPLETED') = (certificate IS NOT NULL)", name="certificate"
        ),
        CheckConstraint(
            "(status IN ('COMPLETED', 'FAILED', 'CANCELLED'))"
            " = (completed_at IS NOT NULL)",
            name="completed_at",
        ),
        Index(
            "ix_backtests_shown",
            "tenant_id",
            "user_id",
            "backtest_id",
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "ix_backtests_open",
            "tenant_id",
            "user_id",
            "backtest_id",
            postgresql_where=text("completed_at IS NULL"),
        ),
        Index(
            "ix_backtests_seen_at",
            "seen_at",
            postgresql_where=text("admitted_at IS NOT NULL AND completed_at IS NULL"),
        ),
        Index(
            "ix_backtests_certificate",
            "certificate",
            postgresql_where=text("certificate IS NOT NULL"),
        ),
    )

    backtest_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    status: Mapped[str] = mapped_column(default=RunStatus.PENDING)
    progress: Mapped[int] = mapped_column(type_=SmallInteger, default=0)
    strategy: Mapped[str]
    symbols: Mapped[list[str]]
    timeframe: Mapped[str]
    engine: Mapped[str]
    ordered: Mapped[dict[str, Any]]
    series: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    fingerprint: Mapped[str]
    metrics: Mapped[dict[str, Any] | None]
    undefined: Mapped[dict[str, Any] | None]
    certified: Mapped[dict[str, Any] | None]
    certificate: Mapped[str | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class TrialCount(TenantRow, Base):
    """How many results a user has seen on the same data: a removed run stays counted.

    Who tries often enough finds something that fits by chance; the deflated Sharpe
    ratio asks how often it was.
    """

    __tablename__ = "backtest_trials"
    __table_args__ = (
        refers("user_id", "users"),
        CheckConstraint("trials > 0", name="trials"),
    )

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    trials: Mapped[int]
    last_at: Mapped[datetime]
