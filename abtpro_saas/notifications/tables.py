"""Notices in the list of a user, and mails on their way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from abtpro_saas.database import Base, TenantRow, one_of
from abtpro_saas.ids import UserId, new_id
from abtpro_saas.notifications.kinds import MailState


def _to_user() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.user_id"]
    )


class Notice(TenantRow, Base):
    """Something a user is told in the product; its text is written when it is read."""

    __tablename__ = "notices"
    __table_args__ = (
        _to_user(),
        Index("ix_notices_tenant_id_user_id", "tenant_id", "user_id", "notice_id"),
        Index(
            "ix_notices_unread",
            "tenant_id",
            "user_id",
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    notice_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    kind: Mapped[str]
    params: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Mail(TenantRow, Base):
    """A mail to a user; ``sealed`` holds what nobody else may read, until sent."""

    __tablename__ = "mails"
    __table_args__ = (
        _to_user(),
        one_of("state", MailState),
        CheckConstraint("state = 'PENDING' OR sealed IS NULL", name="sealed"),
        CheckConstraint("(state = 'SENT') = (sent_at IS NOT NULL)", name="sent"),
        Index(
            "ix_mails_pending",
            "created_at",
            postgresql_where=text("state = 'PENDING'"),
        ),
    )

    mail_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UserId]
    kind: Mapped[str]
    address: Mapped[str]
    params: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default=MailState.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
