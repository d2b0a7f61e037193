"""The rows of the ledger, of gateway accounts and of top-ups."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.billing import words
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.money import THB, Satang


def refers(columns: str, table: str, target: str | None = None) -> ForeignKeyConstraint:
    """Return a foreign key that begins with the tenant, as each of ours does."""
    theirs = (target or columns).split()
    return ForeignKeyConstraint(
        ["tenant_id", *columns.split()],
        [f"{table}.tenant_id", *(f"{table}.{column}" for column in theirs)],
    )


class Account(TenantRow, Base):
    """An account in one currency; ``owner_id`` is a user, gateway account or tenant."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "currency"),
        UniqueConstraint("tenant_id", "kind", "owner_id", "currency"),
        one_of("kind", words.AccountKind),
        CheckConstraint("currency ~ '^([A-Z]{3}|[0-9]{3})$'", name="currency"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    owner_id: Mapped[UUID]
    currency: Mapped[str]
    created_at: Mapped[datetime]


class Wallet(TenantRow, Base):
    """What a user may spend. The balance is written by the postings' trigger alone."""

    __tablename__ = "wallets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "currency"),
        refers("account_id currency", "accounts"),
        refers("user_id", "users"),
        CheckConstraint("balance >= 0", name="balance"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    currency: Mapped[str] = mapped_column(default=THB)
    balance: Mapped[Satang] = mapped_column(server_default=text("0"))
    updated_at: Mapped[datetime]


class Journal(TenantRow, Base):
    """One movement of money; ``source`` is its idempotency key."""

    __tablename__ = "journals"
    __table_args__ = (
        UniqueConstraint("tenant_id", "journal_id", "currency"),
        UniqueConstraint("tenant_id", "source"),
        UniqueConstraint("tenant_id", "reverses_id"),
        refers("reverses_id", "journals", "journal_id"),
        one_of("kind", words.JournalKind),
    )

    journal_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    currency: Mapped[str]
    occurred_at: Mapped[datetime]
    source: Mapped[str]
    description: Mapped[str]
    reverses_id: Mapped[UUID | None]


class Posting(TenantRow, Base):
    """One leg of a journal: positive credits the account, negative debits it."""

    __tablename__ = "postings"
    __table_args__ = (
        refers("journal_id currency", "journals"),
        refers("account_id currency", "accounts"),
        CheckConstraint("amount <> 0", name="amount"),
        Index(
            "ix_postings_tenant_id_account_id_posted_at",
            "tenant_id",
            "account_id",
            "posted_at",
        ),
    )

    journal_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[UUID]
    currency: Mapped[str]
    amount: Mapped[Satang]
    posted_at: Mapped[datetime]
    balance_after: Mapped[Satang | None]


class GatewayAccount(TenantRow, Base):
    """A merchant's account at a payment gateway; one of a tenant's is active."""

    __tablename__ = "gateway_accounts"
    __table_args__ = (
        UniqueConstraint("merchant_id"),
        refers("clearing_id", "accounts", "account_id"),
        CheckConstraint("biller_id ~ '^[0-9]{15}$'", name="biller"),
        CheckConstraint("least > 0 AND most >= least", name="limits"),
        CheckConstraint("qr_life_s > 0", name="life"),
        CheckConstraint(
            "(promptpay_id IS NULL) = (promptpay_kind IS NULL)", name="promptpay"
        ),
        CheckConstraint(
            "promptpay_kind IN ('PHONE', 'NATIONAL_ID', 'EWALLET')",
            name="promptpay_kind",
        ),
        Index(
            "uq_gateway_accounts_active",
            "tenant_id",
            unique=True,
            postgresql_where=text("active"),
        ),
    )

    gateway_account_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    driver: Mapped[str]
    merchant_id: Mapped[str]
    base_url: Mapped[str]
    biller_id: Mapped[str | None]
    promptpay_id: Mapped[str | None]
    promptpay_kind: Mapped[str | None]
    sealed_secrets: Mapped[list[bytes]] = mapped_column(ARRAY(BYTEA))
    least: Mapped[Satang]
    most: Mapped[Satang]
    qr_life_s: Mapped[int]
    hints: Mapped[bool] = mapped_column(default=False)
    clearing_id: Mapped[UUID]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Topup(TenantRow, Base):
    """A user's wish to pay, and what came of it."""

    __tablename__ = "topups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway_account_id", "reference"),
        refers("user_id", "users"),
        refers("wallet_id", "wallets", "account_id"),
        refers("gateway_account_id", "gateway_accounts"),
        one_of("status", words.TopupStatus),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refunded BETWEEN 0 AND credited", name="refunded"),
        CheckConstraint("status = 'SUCCESS' OR credited = 0", name="credited"),
        Index(
            "ix_topups_tenant_id_user_id_created_at",
            "tenant_id",
            "user_id",
            "created_at",
        ),
        Index(
            "ix_topups_open",
            "expires_at",
            postgresql_where=text("status = 'PENDING'"),
        ),
        # For the operators' figures of the last day; costs a posting next to nothing.
        Index("ix_topups_created_at", "created_at", postgresql_using="brin"),
    )

    topup_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    wallet_id: Mapped[UUID]
    gateway_account_id: Mapped[UUID]
    reference: Mapped[str]
    amount: Mapped[Satang]
    currency: Mapped[str] = mapped_column(default=THB)
    description: Mapped[str]
    status: Mapped[str] = mapped_column(default=words.TopupStatus.PENDING)
    flags: Mapped[list[str]] = mapped_column(default=list)
    qr_payload: Mapped[str | None]
    credited: Mapped[Satang] = mapped_column(default=0)
    refunded: Mapped[Satang] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    inquired_at: Mapped[datetime | None]
    event_at: Mapped[datetime | None]
    told_flags: Mapped[list[str]] = mapped_column(default=list)
