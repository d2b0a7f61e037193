"""Tell a user something: in the product, and by mail where the kind says so."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from abtpro_saas.database import existing
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import TenantId, UserId, new_id
from abtpro_saas.notifications.kinds import WAYS, NoticeKind
from abtpro_saas.notifications.messages import DeliverMail, DeliverNews
from abtpro_saas.notifications.tables import Mail, Notice
from abtpro_saas.outbox import leave
from abtpro_saas.sealing import Keyring
from abtpro_saas.wakes import wake_after_commit

TOPIC = "notices"
"""The hint to a user's open pages; its subject is the user's id."""


def notify(  # noqa: PLR0917 - where, to whom, what, when: the order of every service
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    kind: NoticeKind,
    params: Mapping[str, str],
    now: datetime,
    *,
    sealed_params: Mapping[str, str] | None = None,
    keyring: Keyring | None = None,
    address: str | None = None,
) -> None:
    """Tell ``user_id`` in the transaction of ``session``; it goes out after its commit.

    ``sealed_params`` (a secret ``link``) are stored sealed by ``keyring``, mailed, and
    then forgotten. ``address`` is for a mail to another than the user's own.

    Raises:
        NotFoundError: the tenant has no such user.
    """
    way = WAYS[kind]
    user = existing(session.get(User, (tenant_id, user_id)))
    if way.listed:
        _list(session, user, kind, params, now)
    if way.mailed_for is None:
        return
    mail_id = new_id()
    session.add(
        Mail(
            tenant_id=tenant_id,
            mail_id=mail_id,
            user_id=user_id,
            kind=kind,
            address=address or user.email,
            params=dict(params),
            sealed=_seal(keyring, sealed_params, tenant_id, mail_id),
            created_at=now,
            give_up_at=now + way.mailed_for,
        )
    )
    # Who asked for a link waits for it; news must not go before contracts themselves.
    deliver = DeliverMail if sealed_params else DeliverNews
    leave(session, deliver(str(tenant_id), str(mail_id), str(user_id)), now)


def list_notices(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    *,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[Notice]:
    """Return a user's notices, newest first, those older than ``before`` if given."""
    query = select(Notice).where(_of(tenant_id, user_id))
    if before is not None:
        query = query.where(Notice.notice_id < before)
    return session.scalars(query.order_by(Notice.notice_id.desc()).limit(limit)).all()


def count_unread(session: Session, tenant_id: TenantId, user_id: UserId) -> int:
    """Return how many notices the user has not read."""
    unread = and_(_of(tenant_id, user_id), Notice.read_at.is_(None))
    return session.scalar(select(func.count()).where(unread)) or 0


def mark_read(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    now: datetime,
    *,
    up_to: UUID | None = None,
) -> None:
    """Mark the user's notices as read: all, or those not newer than ``up_to``."""
    change = update(Notice).where(_of(tenant_id, user_id), Notice.read_at.is_(None))
    if up_to is not None:
        change = change.where(Notice.notice_id <= up_to)
    session.execute(change.values(read_at=now))
    wake_after_commit(session, TOPIC, str(tenant_id), str(user_id))


def _list(
    session: Session,
    user: User,
    kind: NoticeKind,
    params: Mapping[str, str],
    now: datetime,
) -> None:
    """Put a notice into the user's list, and hint to the open pages."""
    tenant_id, user_id = user.tenant_id, user.user_id
    session.add(
        Notice(
            tenant_id=tenant_id,
            user_id=user_id,
            kind=kind,
            params=dict(params),
            created_at=now,
        )
    )
    wake_after_commit(session, TOPIC, str(tenant_id), str(user_id))


def seal_context(tenant_id: TenantId, mail_id: UUID) -> str:
    """Return what a mail's sealed part is bound to."""
    return f"{tenant_id}:mails.sealed:{mail_id}"


def _seal(
    keyring: Keyring | None,
    params: Mapping[str, str] | None,
    tenant_id: TenantId,
    mail_id: UUID,
) -> bytes | None:
    if params is None:
        return None
    if keyring is None:
        raise ValueError("sealed_params need a keyring")
    plain = json.dumps(dict(params)).encode()
    return keyring.seal(plain, seal_context(tenant_id, mail_id))


def _of(tenant_id: TenantId, user_id: UserId) -> ColumnElement[bool]:
    return and_(Notice.tenant_id == tenant_id, Notice.user_id == user_id)
