"""Tenants, people, sessions, keys, and the trail of what they did."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.identity.roles import Role
from abtpro_saas.identity.words import (
    ActorKind,
    Locale,
    Outcome,
    Purpose,
    Rising,
    Theme,
)
from abtpro_saas.ids import TenantId, UserId, new_id

ANSWERS_KEPT = timedelta(hours=24)
"""How long the answer to a marked request is kept where no money moved."""


class Tenant(Base):
    """A partner with a brand, hosts and people of its own."""

    __tablename__ = "tenants"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'", name="slug"),
        CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),
        one_of("locale", Locale),
        CheckConstraint("vat_basis_points BETWEEN 0 AND 10000", name="vat"),
    )

    tenant_id: Mapped[TenantId] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str]
    name: Mapped[str]
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    accent: Mapped[str] = mapped_column(default="#0b5c4d")
    logo_url: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default=Locale.TH)
    sign_up: Mapped[bool] = mapped_column(default=False)
    vat_basis_points: Mapped[int] = mapped_column(default=700)
    prices_include_vat: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class TenantHost(TenantRow, Base):
    """A host name that leads to a tenant; lower case, without a port."""

    __tablename__ = "tenant_hosts"
    __table_args__ = (
        UniqueConstraint("host"),
        CheckConstraint("host = lower(host) AND host !~ '[:/ ]'", name="host"),
    )

    host: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


def _of_user() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.user_id"]
    )


class User(TenantRow, Base):
    """A person at one tenant; the same person at another tenant is another row."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        CheckConstraint("email = lower(email) AND email LIKE '%@%'", name="email"),
        one_of("role", Role),
        one_of("locale", Locale),
        one_of("theme", Theme),
        one_of("rising", Rising),
        CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL", name="totp"
        ),
    )

    user_id: Mapped[UserId] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    locale: Mapped[str]
    theme: Mapped[str] = mapped_column(default=Theme.SYSTEM)
    rising: Mapped[str] = mapped_column(default=Rising.GREEN)
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    totp_sealed: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(type_=BigInteger)

    @property
    def has_second_factor(self) -> bool:
        """Tell whether signing in asks for a code as well."""
        return self.totp_confirmed_at is not None


class UserSession(TenantRow, Base):
    """Somebody signed in on one device, until ``expires_at`` at the latest."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        _of_user(),
        Index("ix_user_sessions_tenant_id_user_id", "tenant_id", "user_id"),
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    second_factor: Mapped[bool]
    address: Mapped[str]
    user_agent: Mapped[str]


class SecondFactorChallenge(TenantRow, Base):
    """The password was right and the second factor is due; opens nothing itself."""

    __tablename__ = "second_factor_challenges"
    __table_args__ = (UniqueConstraint("tenant_id", "token_hash"), _of_user())

    challenge_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(TenantRow, Base):
    """A code, good once, for who has lost the second factor."""

    __tablename__ = "recovery_codes"
    __table_args__ = (_of_user(),)

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class SignInFailure(TenantRow, Base):
    """Attempts that did not end signed in, of one account or one address."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        CheckConstraint("failures >= 0", name="failures"),
        Index("ix_sign_in_failures_tenant_id_last_at", "tenant_id", "last_at"),
    )

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class MailToken(TenantRow, Base):
    """A link in a mail: good once, for one purpose, for a while."""

    __tablename__ = "mail_tokens"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        _of_user(),
        one_of("purpose", Purpose),
        Index("ix_mail_tokens_tenant_id_user_id", "tenant_id", "user_id"),
    )

    token_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    purpose: Mapped[str]
    token_hash: Mapped[bytes]
    email: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(TenantRow, Base):
    """A key that speaks for one user; its secret is stored as a hash alone."""

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("tenant_id", "replaces"),
        _of_user(),
        ForeignKeyConstraint(
            ["tenant_id", "replaces"], ["api_keys.tenant_id", "api_keys.key_id"]
        ),
        CheckConstraint("public_id ~ '^[0-9A-Za-z]{8}$'", name="public_id"),
        Index("ix_api_keys_tenant_id_user_id", "tenant_id", "user_id"),
    )

    key_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    name: Mapped[str]
    public_id: Mapped[str]
    secret_hash: Mapped[bytes]
    scopes: Mapped[list[str]]
    allowed_networks: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None]
    replaces: Mapped[UUID | None]


class IdempotencyKey(TenantRow, Base):
    """The answer to a request that somebody marked, so that a repeat gets the same."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="key"),
        Index(
            "ix_idempotency_keys_tenant_id_created_at",
            "tenant_id",
            "created_at",
            postgresql_where=text("NOT keep_forever"),
        ),
    )

    principal_id: Mapped[UUID] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[bytes]
    headers: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    keep_forever: Mapped[bool]


class AuditEntry(TenantRow, Base):
    """Who did what from where, done or refused; never changed."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        one_of("actor_kind", ActorKind),
        one_of("outcome", Outcome),
        Index("ix_audit_entries_tenant_id_at", "tenant_id", "at", "entry_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    address: Mapped[str | None]
    request_id: Mapped[str | None]
    outcome: Mapped[str]
    code: Mapped[str | None]
