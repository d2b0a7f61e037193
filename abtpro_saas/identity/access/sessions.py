"""Who is signed in, on which device, and until when."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from abtpro_saas.errors import NotFoundError
from abtpro_saas.identity.access.bearer import bearer_hash, new_bearer
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.tables import User, UserSession
from abtpro_saas.ids import TenantId, UserId

IDLE = timedelta(hours=12)
LIFE = timedelta(days=14)
KEPT = timedelta(days=30)
"""Ended sessions stay this long in the list of devices, then go."""

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 300


@dataclass(frozen=True)
class OpenedSession:
    """A new session; ``token`` is for the cookie and is kept nowhere."""

    session_id: UUID
    user_id: UserId
    token: str = field(repr=False)
    expires_at: datetime
    new_device: bool
    """Nothing like this browser has signed in as this user before."""


def open_session(
    session: Session,
    user: User,
    origin: Origin,
    now: datetime,
    *,
    second_factor: bool = False,
) -> OpenedSession:
    """Sign ``user`` in on the device of ``origin``; sweeps what ended long ago."""
    tenant_id, user_id = user.tenant_id, user.user_id
    theirs = _theirs(tenant_id, user_id)
    agent = origin.user_agent[:_LONGEST_AGENT]
    session.execute(
        delete(UserSession).where(theirs, UserSession.last_seen_at < now - KEPT)
    )
    known = session.scalars(
        select(UserSession.session_id)
        .where(theirs, UserSession.user_agent == agent)
        .limit(1)
    ).first()
    bearer = new_bearer()
    row = UserSession(
        tenant_id=tenant_id,
        user_id=user_id,
        token_hash=bearer.hash,
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFE,
        second_factor=second_factor,
        address=origin.address,
        user_agent=agent,
    )
    session.add(row)
    session.flush()
    return OpenedSession(
        row.session_id, user_id, bearer.plain, row.expires_at, known is None
    )


def find_session(
    session: Session, tenant_id: TenantId, token: str, now: datetime
) -> tuple[User, UserSession] | None:
    """Return who carries ``token`` and their session, or None where it has ended.

    Reads the user each time: who was disabled or demoted is so from the next request.
    """
    found = session.execute(
        select(User, UserSession)
        .join(
            UserSession,
            and_(
                UserSession.tenant_id == User.tenant_id,
                UserSession.user_id == User.user_id,
            ),
        )
        .where(
            UserSession.tenant_id == tenant_id,
            UserSession.token_hash == bearer_hash(token),
            _is_live(now),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    user, row = found
    if now - row.last_seen_at >= _SEEN_EVERY:
        row.last_seen_at = now
    return user, row


def list_sessions(
    session: Session, tenant_id: TenantId, user_id: UserId, now: datetime
) -> list[UserSession]:
    """Return where somebody is signed in, the most recent first."""
    return list(
        session.scalars(
            select(UserSession)
            .where(_theirs(tenant_id, user_id), _is_live(now))
            .order_by(UserSession.last_seen_at.desc(), UserSession.session_id)
        )
    )


def revoke_session(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    session_id: UUID,
    now: datetime,
) -> None:
    """End one session of somebody's; ending it twice is no error.

    Raises:
        NotFoundError: they have no such session.
    """
    row = session.get(UserSession, (tenant_id, session_id), with_for_update=True)
    if row is None or row.user_id != user_id:
        raise NotFoundError("there is no such session")
    row.revoked_at = row.revoked_at or now


def revoke_all(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    now: datetime,
    *,
    keep: UUID | None = None,
) -> int:
    """End somebody's sessions everywhere, but for ``keep``; return how many."""
    ending = update(UserSession).where(
        _theirs(tenant_id, user_id), UserSession.revoked_at.is_(None)
    )
    if keep is not None:
        ending = ending.where(UserSession.session_id != keep)
    ended = session.scalars(
        ending.values(revoked_at=now).returning(UserSession.session_id)
    )
    return len(ended.all())


def _theirs(tenant_id: TenantId, user_id: UserId) -> ColumnElement[bool]:
    return and_(UserSession.tenant_id == tenant_id, UserSession.user_id == user_id)


def _is_live(now: datetime) -> ColumnElement[bool]:
    return and_(
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > now,
        UserSession.last_seen_at > now - IDLE,
    )
