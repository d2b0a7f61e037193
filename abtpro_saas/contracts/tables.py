"""The rows of plans, contracts, their periods, their history, coupons and claims."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    SmallInteger,
    UniqueConstraint,
    and_,
    case,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.billing.tables import refers
from abtpro_saas.contracts import words
from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.money import THB, Satang


class Plan(TenantRow, Base):
    """One version of what a tenant sells; a change is a new version, never an update.

    Prices are as the tenant names them, with or without VAT by its setting.
    """

    __tablename__ = "plans"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code", "version"),
        CheckConstraint("code ~ '^[A-Z][A-Z0-9_]{0,31}$'", name="code"),
        CheckConstraint("price >= 0 AND yearly_price >= 0", name="price"),
        CheckConstraint("currency = 'THB'", name="currency"),
    )

    plan_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    version: Mapped[int]
    name_th: Mapped[str]
    name_en: Mapped[str]
    price: Mapped[Satang]
    yearly_price: Mapped[Satang | None]
    currency: Mapped[str] = mapped_column(default=THB)
    period: Mapped[str]
    grace_period: Mapped[str]
    trial_period: Mapped[str | None]
    features: Mapped[dict[str, Any]]
    offered: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime]
    published_by: Mapped[UserId | None]


class Coupon(TenantRow, Base):
    """A reduction of the first ``periods`` charges of a contract."""

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9-]{1,31}$'", name="code"),
        CheckConstraint("num_nonnulls(percent_off, amount_off) = 1", name="reduction"),
        CheckConstraint("percent_off BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("amount_off > 0", name="amount"),
        CheckConstraint("periods > 0", name="periods"),
        CheckConstraint("redeemed BETWEEN 0 AND most", name="redeemed"),
    )

    coupon_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    percent_off: Mapped[int | None] = mapped_column(type_=SmallInteger)
    amount_off: Mapped[Satang | None]
    periods: Mapped[int] = mapped_column(default=1)
    plans: Mapped[list[str]] = mapped_column(default=list)
    most: Mapped[int] = mapped_column(default=1)
    redeemed: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UserId | None]


class Contract(TenantRow, Base):
    """A user's right to use the platform; access is decided by this row alone."""

    __tablename__ = "contracts"
    __table_args__ = (
        refers("user_id", "users"),
        refers("plan_id", "plans"),
        refers("next_plan_id", "plans", "plan_id"),
        refers("former_plan_id", "plans", "plan_id"),
        refers("coupon_id", "coupons"),
        one_of("billing", words.Billing),
        CheckConstraint("next_billing IN ('MONTHLY', 'YEARLY')", name="next_billing"),
        CheckConstraint(
            "period_end >= period_start AND grace_ends_at >= period_end", name="period"
        ),
        CheckConstraint("price >= 0 AND coupon_left >= 0", name="price"),
        Index(
            "uq_contracts_current",
            "tenant_id",
            "user_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_contracts_tenant_id_user_id_coupon_id",
            "tenant_id",
            "user_id",
            "coupon_id",
            postgresql_where=text("coupon_id IS NOT NULL"),
        ),
        Index(
            "ix_contracts_review_at",
            "review_at",
            postgresql_where=text("review_at IS NOT NULL"),
        ),
    )

    contract_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    plan_id: Mapped[UUID]
    billing: Mapped[str] = mapped_column(default=words.Billing.MONTHLY)
    price: Mapped[Satang]
    trial: Mapped[bool] = mapped_column(default=False)
    anchor_at: Mapped[datetime]
    number: Mapped[int] = mapped_column(default=1)
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    grace_ends_at: Mapped[datetime]
    auto_renew: Mapped[bool] = mapped_column(default=False)
    next_plan_id: Mapped[UUID | None]
    next_billing: Mapped[str | None]
    coupon_id: Mapped[UUID | None]
    coupon_left: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    blocked_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    renewed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime]
    review_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    former_plan_id: Mapped[UUID | None]

    def plan_at(self, now: datetime) -> UUID:
        """Return the plan that counts: until a period paid ahead begins, the former."""
        if self.former_plan_id is not None and now < self.period_start:
            return self.former_plan_id
        return self.plan_id


def plan_id_at(now: datetime) -> ColumnElement[UUID]:
    """Return, in SQL, the plan that counts of a contract at ``now``."""
    ahead = and_(Contract.former_plan_id.is_not(None), Contract.period_start > now)
    return case((ahead, Contract.former_plan_id), else_=Contract.plan_id)


class Period(TenantRow, Base):
    """A stretch [start, end) that was paid for, or given. The key buys it only once.

    ``counted_from`` is the start of the whole period that ``price`` is for: a stretch
    that a change of plan began is the rest of one. ``left_at`` is when a change ended
    it before its time.
    """

    __tablename__ = "contract_periods"
    __table_args__ = (
        refers("contract_id", "contracts"),
        refers("plan_id", "plans"),
        refers("document_id", "documents"),
        one_of("kind", words.PeriodKind),
        CheckConstraint("period_end > period_start", name="period"),
        CheckConstraint("paid >= 0 AND price >= 0", name="paid"),
    )

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    period_start: Mapped[datetime] = mapped_column(primary_key=True)
    period_end: Mapped[datetime]
    counted_from: Mapped[datetime]
    plan_id: Mapped[UUID]
    billing: Mapped[str]
    kind: Mapped[str]
    price: Mapped[Satang]
    paid: Mapped[Satang]
    document_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Event(TenantRow, Base):
    """What happened in a contract's life; ``once`` makes a repeat of it impossible."""

    __tablename__ = "contract_events"
    __table_args__ = (
        refers("contract_id", "contracts"),
        refers("actor_id", "users", "user_id"),
        one_of("kind", words.EventKind),
        UniqueConstraint("tenant_id", "contract_id", "once"),
        Index("ix_contract_events_tenant_id_happened_at", "tenant_id", "happened_at"),
    )

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[UserId | None]
    once: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


class Claim(TenantRow, Base):
    """One of a limit in use, such as a running bot."""

    __tablename__ = "claims"
    __table_args__ = (refers("user_id", "users"),)

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    claimed_at: Mapped[datetime]
