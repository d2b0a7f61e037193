"""The rows of documents, their numbers, who is named in them, and granted credit."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.billing import words
from abtpro_saas.billing.tables import refers
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.money import Satang


class Document(TenantRow, Base):
    """What a user gets for a charge, or for what is taken back of one.

    It holds all that is printed on it, as it was on its day; nothing changes it.
    ``granted`` is what of ``total`` was paid with granted credit, or goes back to it.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "journal_id"),
        refers("user_id", "users"),
        refers("journal_id", "journals"),
        refers("cites_id", "documents", "document_id"),
        one_of("kind", words.DocumentKind),
        one_of("form", words.DocumentForm),
        CheckConstraint("branch ~ '^[0-9]{5}$'", name="branch"),
        CheckConstraint("total > 0 AND net >= 0 AND vat >= 0", name="amounts"),
        CheckConstraint("net + vat = total", name="sum"),
        CheckConstraint("granted BETWEEN 0 AND total", name="granted"),
        CheckConstraint("form <> 'RECEIPT' OR vat = 0", name="receipt"),
        CheckConstraint(
            "kind <> 'CREDIT_NOTE' OR (cites_id IS NOT NULL AND reason IS NOT NULL)",
            name="cites",
        ),
        Index(
            "ix_documents_tenant_id_issued_at", "tenant_id", "issued_at", "document_id"
        ),
        Index(
            "ix_documents_tenant_id_user_id_issued_at",
            "tenant_id",
            "user_id",
            "issued_at",
        ),
        Index("ix_documents_tenant_id_subject", "tenant_id", "subject"),
        Index(
            "ix_documents_tenant_id_cites_id",
            "tenant_id",
            "cites_id",
            postgresql_where=text("cites_id IS NOT NULL"),
        ),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    form: Mapped[str]
    number: Mapped[str]
    branch: Mapped[str]
    year: Mapped[int]
    user_id: Mapped[UserId]
    journal_id: Mapped[UUID]
    seller: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    net: Mapped[Satang]
    vat: Mapped[Satang] = mapped_column(server_default=text("0"))
    total: Mapped[Satang]
    granted: Mapped[Satang] = mapped_column(server_default=text("0"))
    vat_basis_points: Mapped[int]
    cites_id: Mapped[UUID | None]
    cited: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None]
    subject: Mapped[str]
    issued_at: Mapped[datetime]


class DocumentCounter(TenantRow, Base):
    """The last number of a series. Its row is locked until the document commits."""

    __tablename__ = "document_counters"
    __table_args__ = (
        one_of("kind", words.DocumentKind),
        CheckConstraint("branch ~ '^[0-9]{5}$'", name="branch"),
    )

    branch: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class SellerProfile(TenantRow, Base):
    """Who sells: a place of business of the tenant's. One of them is active.

    ``registered_since`` is the first day as a VAT registrant; without it there is none.
    """

    __tablename__ = "seller_profiles"
    __table_args__ = (
        CheckConstraint("branch ~ '^[0-9]{5}$'", name="branch"),
        CheckConstraint("tax_id ~ '^[0-9]{13}$'", name="tax_id"),
        CheckConstraint(
            "registered_since IS NULL OR tax_id IS NOT NULL", name="registered"
        ),
        CheckConstraint("form IN ('FULL', 'ABBREVIATED')", name="form"),
        Index(
            "uq_seller_profiles_active",
            "tenant_id",
            unique=True,
            postgresql_where=text("active"),
        ),
    )

    branch: Mapped[str] = mapped_column(primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    address_th: Mapped[str]
    address_en: Mapped[str]
    tax_id: Mapped[str | None]
    form: Mapped[str]
    registered_since: Mapped[date | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    updated_at: Mapped[datetime]


class BuyerProfile(TenantRow, Base):
    """Who a user's documents are made out to; a branch only of a company."""

    __tablename__ = "buyer_profiles"
    __table_args__ = (
        refers("user_id", "users"),
        CheckConstraint("tax_id ~ '^[0-9]{13}$'", name="tax_id"),
        CheckConstraint("branch ~ '^[0-9]{5}$'", name="branch"),
        CheckConstraint("branch IS NULL OR tax_id IS NOT NULL", name="company"),
    )

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    tax_id: Mapped[str | None]
    branch: Mapped[str | None]
    updated_at: Mapped[datetime]


class Grant(TenantRow, Base):
    """Credit that a user got as a gift, until it expires.

    ``journal_id`` is what brought it: a grant, or a credit note that gave it back.
    """

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("tenant_id", "journal_id"),
        refers("user_id", "users"),
        refers("journal_id", "journals"),
        refers("granted_by", "users", "user_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("remaining >= 0 AND remaining <= amount", name="remaining"),
        Index(
            "ix_grants_open",
            "tenant_id",
            "user_id",
            "expires_at",
            postgresql_where=text("remaining > 0"),
        ),
        Index(
            "ix_grants_due",
            "expires_at",
            postgresql_where=text("remaining > 0"),
        ),
    )

    grant_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    journal_id: Mapped[UUID]
    amount: Mapped[Satang]
    remaining: Mapped[Satang]
    expires_at: Mapped[datetime]
    reason: Mapped[str]
    granted_by: Mapped[UserId | None]
    created_at: Mapped[datetime]
    expired_at: Mapped[datetime | None]


class GrantUse(TenantRow, Base):
    """What one charge, by its journal, took of one grant."""

    __tablename__ = "grant_uses"
    __table_args__ = (
        refers("grant_id", "grants"),
        refers("journal_id", "journals"),
        CheckConstraint("amount > 0", name="amount"),
    )

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    journal_id: Mapped[UUID] = mapped_column(primary_key=True)
    amount: Mapped[Satang]
