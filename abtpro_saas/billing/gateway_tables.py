"""The rows of what gateways said, paid, refunded and settled."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.billing import words
from abtpro_saas.billing.tables import refers
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import new_id
from abtpro_saas.money import THB, Satang


class GatewayPayment(TenantRow, Base):
    """Money that a gateway received. Its key protects the money: one credit each."""

    __tablename__ = "gateway_payments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "journal_id"),
        refers("gateway_account_id", "gateway_accounts"),
        refers("topup_id", "topups"),
        # A payment may be written before its journal; both commit or neither does.
        ForeignKeyConstraint(
            ["tenant_id", "journal_id"],
            ["journals.tenant_id", "journals.journal_id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        refers("resolved_by", "users", "user_id"),
        one_of("source", words.Source),
        one_of("state", words.PaymentState),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded"),
        Index(
            "ix_gateway_payments_tenant_id_topup_id",
            "tenant_id",
            "topup_id",
            postgresql_where=text("topup_id IS NOT NULL"),
        ),
        Index(
            "ix_gateway_payments_suspense",
            "tenant_id",
            "received_at",
            postgresql_where=text("state = 'SUSPENSE'"),
        ),
        Index(
            "ix_gateway_payments_tenant_id_paid_at",
            "tenant_id",
            "gateway_account_id",
            "paid_at",
        ),
    )

    gateway_account_id: Mapped[UUID] = mapped_column(primary_key=True)
    gateway_txn_id: Mapped[str] = mapped_column(primary_key=True)
    topup_id: Mapped[UUID | None]
    reference: Mapped[str]
    amount: Mapped[Satang]
    currency: Mapped[str]
    paid_at: Mapped[datetime]
    received_at: Mapped[datetime]
    source: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    journal_id: Mapped[UUID]
    settled_on: Mapped[date | None]
    missing_since: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution: Mapped[str | None]
    refunded: Mapped[Satang] = mapped_column(server_default=text("0"))


class GatewayEvent(TenantRow, Base):
    """A notice that was accepted, and what it did."""

    __tablename__ = "gateway_events"
    __table_args__ = (
        refers("gateway_account_id", "gateway_accounts"),
        one_of("outcome", words.Outcome),
    )

    gateway_account_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    event_type: Mapped[str]
    gateway_txn_id: Mapped[str]
    reference: Mapped[str]
    amount: Mapped[Satang]
    currency: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    outcome: Mapped[str]


class DeadLetter(TenantRow, Base):
    """A notice that was signed but could not be read."""

    __tablename__ = "dead_letters"
    __table_args__ = (refers("gateway_account_id", "gateway_accounts"),)

    dead_letter_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gateway_account_id: Mapped[UUID]
    body: Mapped[bytes]
    error: Mapped[str]
    received_at: Mapped[datetime]


class Incident(TenantRow, Base):
    """Something about money that a person must look at; one row a subject."""

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "subject"),
        refers("closed_by", "users", "user_id"),
        one_of("kind", words.IncidentKind),
    )

    incident_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]


class Refund(TenantRow, Base):
    """Money that goes back; with a top-up once its payment is known."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("tenant_id", "gateway_account_id", "event_id"),
        UniqueConstraint("tenant_id", "gateway_account_id", "gateway_refund_id"),
        UniqueConstraint("tenant_id", "journal_id"),
        refers("topup_id", "topups"),
        refers("gateway_account_id", "gateway_accounts"),
        refers("requested_by", "users", "user_id"),
        refers("journal_id", "journals"),
        one_of("source", words.RefundSource),
        one_of("state", words.RefundState),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("paid_out BETWEEN 0 AND amount", name="paid_out"),
        Index("ix_refunds_tenant_id_topup_id", "tenant_id", "topup_id"),
        Index(
            "ix_refunds_tenant_id_gateway_txn_id",
            "tenant_id",
            "gateway_account_id",
            "gateway_txn_id",
            postgresql_where=text("gateway_txn_id IS NOT NULL"),
        ),
    )

    refund_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    topup_id: Mapped[UUID | None]
    gateway_account_id: Mapped[UUID]
    gateway_txn_id: Mapped[str | None]
    event_id: Mapped[str | None]
    gateway_refund_id: Mapped[str | None]
    amount: Mapped[Satang]
    currency: Mapped[str] = mapped_column(default=THB)
    paid_out: Mapped[Satang] = mapped_column(default=0)
    reason: Mapped[str]
    source: Mapped[str]
    state: Mapped[str]
    requested_by: Mapped[UUID | None]
    journal_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class SlipUse(TenantRow, Base):
    """A transfer slip that confirmed a top-up; its key lets it do so once."""

    __tablename__ = "slips"
    __table_args__ = (
        refers("topup_id", "topups"),
        refers("confirmed_by", "users", "user_id"),
    )

    sending_bank: Mapped[str] = mapped_column(primary_key=True)
    slip_reference: Mapped[str] = mapped_column(primary_key=True)
    topup_id: Mapped[UUID]
    confirmed_by: Mapped[UUID]
    confirmed_at: Mapped[datetime]


class SettlementReading(TenantRow, Base):
    """A gateway's settlement file of one Bangkok day, and what reading it did."""

    __tablename__ = "settlements"
    __table_args__ = (
        refers("gateway_account_id", "gateway_accounts"),
        refers("journal_id", "journals"),
        one_of("state", words.SettlementState),
    )

    gateway_account_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    state: Mapped[str]
    rows: Mapped[int]
    credited: Mapped[int]
    parked: Mapped[int]
    missing: Mapped[int]
    mismatched: Mapped[int]
    gross: Mapped[Satang]
    fees: Mapped[Satang]
    fee_vat: Mapped[Satang]
    net: Mapped[Satang]
    journal_id: Mapped[UUID | None]
    read_at: Mapped[datetime]
    error: Mapped[str | None]
