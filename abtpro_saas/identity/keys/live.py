"""Somebody's keys that still open something: counted, and ended all at once."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from abtpro_saas.identity.tables import ApiKey
from abtpro_saas.ids import TenantId, UserId


def count_live(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> int:
    """Return how many keys speak for somebody."""
    counted = select(func.count()).where(_live(tenant_id, user_id, now))
    return session.execute(counted).scalar_one()


def revoke_all(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> int:
    """End somebody's keys at once; return how many.

    The caller has locked the person: whoever makes a key at this moment waits for that
    lock, and then finds out whether session or key still hold (``limits_of``).
    """
    ending = (
        update(ApiKey)
        .where(_live(tenant_id, user_id, now))
        .values(revoked_at=now)
        .returning(ApiKey.key_id)
    )
    return len(session.scalars(ending).all())


def _live(tenant_id: TenantId, user_id: UserId, now: datetime) -> ColumnElement[bool]:
    return and_(
        ApiKey.tenant_id == tenant_id,
        ApiKey.user_id == user_id,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now),
    )
