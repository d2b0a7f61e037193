"""What a user is told of a top-up: each thing once, as the same commit marks it."""

from datetime import datetime

from sqlalchemy.orm import Session

from abtpro_saas.billing.tables import Topup
from abtpro_saas.billing.words import TopupStatus
from abtpro_saas.money import baht
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify


def tell_user(session: Session, topup: Topup, now: datetime) -> None:
    """Tell the user what is new about a locked top-up, and mark it as told."""
    if topup.told_at is None and topup.status == TopupStatus.SUCCESS:
        _notify(session, topup, NoticeKind.TOPUP_PAID, topup.credited, now)
        topup.told_at = now
    for flag in sorted(set(topup.flags) - set(topup.told_flags)):
        _notify(
            session, topup, NoticeKind.TOPUP_FLAGGED, topup.credited, now, flag=flag
        )
    topup.told_flags = list(topup.flags)
    session.flush()


def tell_expired(session: Session, topup: Topup, now: datetime) -> None:
    """Tell the user that a QR ran out; money that still comes is told of as well."""
    _notify(session, topup, NoticeKind.TOPUP_EXPIRED, topup.amount, now)


def tell_refunded(
    session: Session, topup: Topup, amount: int, reason: str, now: datetime
) -> None:
    """Tell the user that money of this top-up goes back to who paid it."""
    params = {
        "reference": topup.reference,
        "topup_id": str(topup.topup_id),
        "amount": baht(amount),
        "at": now.isoformat(),
        "reason": reason,
    }
    kind = NoticeKind.REFUNDED
    notify(session, topup.tenant_id, topup.user_id, kind, params, now)


def _notify(
    session: Session,
    topup: Topup,
    kind: NoticeKind,
    amount: int,
    now: datetime,
    *,
    flag: str = "",
) -> None:
    params = {
        "reference": topup.reference,
        "topup_id": str(topup.topup_id),
        "amount": baht(amount),
        "at": (topup.completed_at or now).isoformat(),
        "flag": flag,
    }
    notify(session, topup.tenant_id, topup.user_id, kind, params, now)
