"""What belongs to no tenant: operators, what they did and asked, request counts.

The application's role has no right to any of these tables.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import CheckConstraint

from abtpro_saas.database import Base, one_of
from abtpro_saas.identity.words import Outcome
from abtpro_saas.ids import new_id


class Operator(Base):
    """Somebody who runs the platform; signs in with a password and a code."""

    __tablename__ = "operators"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email"),
    )

    operator_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes]
    totp_last_step: Mapped[int | None] = mapped_column(type_=BigInteger)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class OperatorSignInFailure(Base):
    """Attempts at the operators' host, of one account or one address."""

    __tablename__ = "operator_sign_in_failures"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class OperatorSession(Base):
    """An operator signed in on one device."""

    __tablename__ = "operator_sessions"
    __table_args__ = (UniqueConstraint("token_hash"),)

    session_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.operator_id"))
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str]
    user_agent: Mapped[str]


class OperatorKey(Base):
    """A key that opens the operators' API alone."""

    __tablename__ = "operator_keys"
    __table_args__ = (UniqueConstraint("public_id"),)

    key_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.operator_id"))
    name: Mapped[str]
    public_id: Mapped[str]
    secret_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class OperatorAudit(Base):
    """What an operator did, done or refused; never changed."""

    __tablename__ = "operator_audit"
    __table_args__ = (
        one_of("outcome", Outcome),
        Index("ix_operator_audit_at", "at", "entry_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    operator_id: Mapped[UUID | None]
    action: Mapped[str]
    subject: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    address: Mapped[str | None]
    request_id: Mapped[str | None]
    outcome: Mapped[str]
    code: Mapped[str | None]


class OperatorIdempotencyKey(Base):
    """The answer to an operator's marked request; none of them moves money."""

    __tablename__ = "operator_idempotency_keys"
    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="key"),
        Index("ix_operator_idempotency_keys_created_at", "created_at"),
    )

    operator_id: Mapped[UUID] = mapped_column(
        ForeignKey("operators.operator_id"), primary_key=True
    )
    method: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[bytes]
    headers: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]

    keep_forever: ClassVar[bool] = False


class RateCount(Base):
    """How often a bucket was asked in one window; written by ``count_request``."""

    __tablename__ = "rate_counts"
    __table_args__ = (
        Index("ix_rate_counts_ends_at", "ends_at"),
        {"prefixes": ["UNLOGGED"]},
    )

    bucket: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    count: Mapped[int]
