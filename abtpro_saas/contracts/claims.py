"""Limits in use: the one function that takes one of them, under a lock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from abtpro_saas.contracts.entitlements import FeatureNeededError, require_feature
from abtpro_saas.contracts.tables import Claim
from abtpro_saas.contracts.terms.features import UNLIMITED
from abtpro_saas.database import take_turns
from abtpro_saas.ids import TenantId, UserId


class LimitReachedError(FeatureNeededError):
    """The plan gives so many, and all of them are in use."""

    code = "limit_reached"


def claim(  # noqa: PLR0917 - where, whose, what, when: the order of every service
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    feature: str,
    subject_id: UUID,
    now: datetime,
) -> None:
    """Take one of the limit ``feature`` for ``subject_id``; again changes nothing.

    Raises:
        FeatureNeededError: the contract gives none, or does not run.
        LimitReachedError: all are in use.
    """
    take_turns(session, f"claim:{tenant_id}:{user_id}:{feature}")
    if session.get(Claim, (tenant_id, user_id, feature, subject_id)) is not None:
        return
    most = require_feature(session, tenant_id, user_id, feature, now).limit(feature)
    if most != UNLIMITED and in_use(session, tenant_id, user_id, feature) >= most:
        members = {"feature": feature, "limit": most, "buy_at": "/pricing"}
        raise LimitReachedError(f"your plan allows {most} of {feature}", members)
    session.add(
        Claim(
            tenant_id=tenant_id,
            user_id=user_id,
            feature=feature,
            subject_id=subject_id,
            claimed_at=now,
        )
    )
    session.flush()


def release(
    session: Session,
    tenant_id: TenantId,
    user_id: UserId,
    feature: str,
    subject_id: UUID,
) -> None:
    """Give back what ``subject_id`` has claimed; again changes nothing."""
    session.execute(
        delete(Claim).where(
            Claim.tenant_id == tenant_id,
            Claim.user_id == user_id,
            Claim.feature == feature,
            Claim.subject_id == subject_id,
        )
    )


def in_use(session: Session, tenant_id: TenantId, user_id: UserId, feature: str) -> int:
    """Return how many of a limit are claimed."""
    mine = select(func.count()).where(
        Claim.tenant_id == tenant_id,
        Claim.user_id == user_id,
        Claim.feature == feature,
    )
    return session.scalar(mine) or 0


def used_limits(
    session: Session, tenant_id: TenantId, user_id: UserId, features: Sequence[str]
) -> dict[str, int]:
    """Return how many of each limit are claimed."""
    return {each: in_use(session, tenant_id, user_id, each) for each in features}
