"""The rows of backtests, and of how many trials were made on which data."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.backtesting.words import EngineName, RunKind, RunStatus
from abtpro_saas.billing.tables import refers
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id


class Backtest(TenantRow, Base):
    """One run or study: what was ordered, on which data, how it stands, what came out.

    ``series`` is a copy of what the order was matched with. It waits for its turn until
    ``admitted_at``, then for a processor until ``started_at``; ``seen_at`` is when its
    process was last heard of. ``certified`` holds the parts of ``certificate``.
    ``studied`` is what a study was asked beyond the order, ``findings`` what it found;
    it is computed in ``chunks``. ``parent_id`` is the run that it is about. ``trust``
    holds the figures of a run's examination.
    """

    __tablename__ = "backtests"
    __table_args__ = (
        refers("user_id", "users"),
        refers("parent_id", "backtests", "backtest_id"),
        one_of("kind", RunKind),
        one_of("status", RunStatus),
        one_of("engine", EngineName),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("chunks_done >= 0 AND chunks_done <= chunks", name="chunks"),
        CheckConstraint(
            "certificate IS NULL AND (kind <> 'RUN' OR status <> 'COMPLETED')"
            " OR certificate IS NOT NULL AND status = 'COMPLETED'",
            name="certificate",
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
            "ix_backtests_reruns",
            "tenant_id",
            "parent_id",
            postgresql_where=text("kind = 'RERUN'"),
        ),
        Index(
            "ix_backtests_certificate",
            "certificate",
            postgresql_where=text("certificate IS NOT NULL"),
        ),
    )

    backtest_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    kind: Mapped[str] = mapped_column(default=RunKind.RUN)
    parent_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(default=RunStatus.PENDING)
    progress: Mapped[int] = mapped_column(type_=SmallInteger, default=0)
    strategy: Mapped[str]
    symbols: Mapped[list[str]]
    timeframe: Mapped[str]
    engine: Mapped[str]
    ordered: Mapped[dict[str, Any]]
    studied: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    series: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    fingerprint: Mapped[str]
    metrics: Mapped[dict[str, Any] | None]
    undefined: Mapped[dict[str, Any] | None]
    certified: Mapped[dict[str, Any] | None]
    certificate: Mapped[str | None]
    findings: Mapped[dict[str, Any] | None]
    trust: Mapped[dict[str, Any] | None]
    chunks: Mapped[int] = mapped_column(default=0)
    chunks_done: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Chunk(TenantRow, Base):
    """A part of a study that is done; ``digest`` is the SHA-256 of its file.

    The row is what counts its trials: a part that is computed twice has one.
    """

    __tablename__ = "backtest_chunks"
    __table_args__ = (
        refers("backtest_id", "backtests"),
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("trials >= 0", name="trials"),
    )

    backtest_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    trials: Mapped[int]
    digest: Mapped[str]
    done_at: Mapped[datetime]


class TrialCount(TenantRow, Base):
    """How many results a user has seen of the same market: a removed run stays counted.

    Who tries often enough finds something that fits by chance; the deflated Sharpe
    ratio asks how often it was, and how far the ``sharpes`` of those that had a Sharpe
    ratio of daily returns lie apart. Their sums are exact decimals: the same trials
    have the same sums, in whatever order they ended.
    """

    __tablename__ = "backtest_trials"
    __table_args__ = (
        refers("user_id", "users"),
        CheckConstraint("trials > 0", name="trials"),
        CheckConstraint("sharpes >= 0 AND sharpes <= trials", name="sharpes"),
    )

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    market: Mapped[str] = mapped_column(primary_key=True)
    trials: Mapped[int]
    sharpes: Mapped[int] = mapped_column(default=0)
    sharpe_sum: Mapped[Decimal] = mapped_column(type_=Numeric, default=0)
    sharpe_square_sum: Mapped[Decimal] = mapped_column(type_=Numeric, default=0)
    last_at: Mapped[datetime]
