"""Links in mails: random, stored as hashes, good once and for a while."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from abtpro_saas.errors import InvalidError
from abtpro_saas.identity.access.bearer import bearer_hash, new_bearer
from abtpro_saas.identity.tables import MailToken, User
from abtpro_saas.identity.words import Locale, Purpose
from abtpro_saas.ids import TenantId, UserId

LIVES = {
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.VERIFY_EMAIL: timedelta(days=1),
    Purpose.INVITE: timedelta(days=7),
}
MOST_AN_HOUR = 3
"""Mails that somebody else can make us send to one person in an hour."""

_KEPT = timedelta(days=30)


class LinkError(InvalidError):
    """The link was used, is too old, or never was."""

    code = "invalid_link"


@dataclass(frozen=True)
class IssuedToken:
    """A fresh link's secret, and whom it is to be mailed to, in which language."""

    tenant_id: TenantId
    user_id: UserId
    email: str
    name: str
    locale: Locale
    purpose: Purpose
    plain: str = field(repr=False)
    expires_at: datetime


def issue(
    session: Session, user: User, purpose: Purpose, now: datetime, *, email: str = ""
) -> IssuedToken:
    """Make a link for ``user``; older ones for the same purpose end.

    ``email`` is the address to be proven, if it is not the user's present one.
    """
    same = and_(_of(user), MailToken.purpose == purpose)
    session.execute(
        update(MailToken).where(same, MailToken.used_at.is_(None)).values(used_at=now)
    )
    session.execute(
        delete(MailToken).where(_of(user), MailToken.created_at < now - _KEPT)
    )
    bearer, expires_at = new_bearer(), now + LIVES[purpose]
    session.add(
        MailToken(
            tenant_id=user.tenant_id,
            user_id=user.user_id,
            purpose=purpose,
            token_hash=bearer.hash,
            email=email or user.email,
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return IssuedToken(
        user.tenant_id,
        user.user_id,
        email or user.email,
        user.name,
        Locale(user.locale),
        purpose,
        bearer.plain,
        expires_at,
    )


def are_too_many(session: Session, user: User, now: datetime) -> bool:
    """Tell whether ``user`` was sent as many links as an hour allows."""
    recent = select(func.count()).where(
        _of(user), MailToken.created_at > now - timedelta(hours=1)
    )
    return session.execute(recent).scalar_one() >= MOST_AN_HOUR


def peek(
    session: Session, tenant_id: TenantId, plain: str, now: datetime
) -> MailToken | None:
    """Return the token of a live link without using it, or None."""
    return session.scalars(
        select(MailToken).where(_is_live(tenant_id, plain, now))
    ).one_or_none()


def consume(
    session: Session,
    tenant_id: TenantId,
    plain: str,
    purposes: Collection[Purpose],
    now: datetime,
) -> MailToken:
    """Use a link up; of two who try at once, one succeeds.

    Raises:
        LinkError: it was used, is too old, was made for another purpose, or never was.
    """
    using = (
        update(MailToken)
        .where(_is_live(tenant_id, plain, now), MailToken.purpose.in_(purposes))
        .values(used_at=now)
        .returning(MailToken)
    )
    token = session.scalars(using).one_or_none()
    if token is None:
        raise LinkError("this link was used or is too old: ask for a new one")
    return token


def end_all(session: Session, user: User, purpose: Purpose, now: datetime) -> None:
    """End every open link of ``user`` for ``purpose``."""
    session.execute(
        update(MailToken)
        .where(_of(user), MailToken.purpose == purpose, MailToken.used_at.is_(None))
        .values(used_at=now)
    )


def _of(user: User) -> ColumnElement[bool]:
    return and_(
        MailToken.tenant_id == user.tenant_id, MailToken.user_id == user.user_id
    )


def _is_live(tenant_id: TenantId, plain: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        MailToken.tenant_id == tenant_id,
        MailToken.token_hash == bearer_hash(plain),
        MailToken.used_at.is_(None),
        MailToken.expires_at > now,
    )
