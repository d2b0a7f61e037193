"""What users are told, by which way, and for how long a mail is worth sending."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class NoticeKind(StrEnum):
    """Each thing that a user may be told."""

    SIGNED_IN = "SIGNED_IN"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a word, no password
    VERIFY_EMAIL = "VERIFY_EMAIL"
    INVITED = "INVITED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - the same
    EMAIL_CHANGED = "EMAIL_CHANGED"
    SECOND_FACTOR_REMOVED = "SECOND_FACTOR_REMOVED"
    SECOND_FACTOR_OFF = "SECOND_FACTOR_OFF"
    LOCKED_OUT = "LOCKED_OUT"
    TOPUP_PAID = "TOPUP_PAID"
    TOPUP_EXPIRED = "TOPUP_EXPIRED"
    TOPUP_FLAGGED = "TOPUP_FLAGGED"
    REFUNDED = "REFUNDED"
    TRIAL_STARTED = "TRIAL_STARTED"
    CONTRACT_STARTED = "CONTRACT_STARTED"
    CONTRACT_RENEWED = "CONTRACT_RENEWED"
    CONTRACT_CHANGED = "CONTRACT_CHANGED"
    CONTRACT_CHANGE_PLANNED = "CONTRACT_CHANGE_PLANNED"
    CONTRACT_CANCELLED = "CONTRACT_CANCELLED"
    CONTRACT_RESUMED = "CONTRACT_RESUMED"
    CHANGE_DROPPED = "CHANGE_DROPPED"
    CONTRACT_ENDS = "CONTRACT_ENDS"
    RENEWAL_DUE = "RENEWAL_DUE"
    RENEWAL_SHORT = "RENEWAL_SHORT"
    RENEWAL_COMES = "RENEWAL_COMES"
    CONTRACT_GRACE = "CONTRACT_GRACE"
    GRACE_GOES_ON = "GRACE_GOES_ON"
    GRACE_ENDS = "GRACE_ENDS"
    CONTRACT_SUSPENDED = "CONTRACT_SUSPENDED"
    CONTRACT_ENDED = "CONTRACT_ENDED"
    CONTRACT_EXTENDED = "CONTRACT_EXTENDED"
    CONTRACT_BLOCKED = "CONTRACT_BLOCKED"
    CONTRACT_UNBLOCKED = "CONTRACT_UNBLOCKED"
    RENTAL_REFUNDED = "RENTAL_REFUNDED"
    PRICE_CHANGES = "PRICE_CHANGES"


class MailState(StrEnum):
    """Where a mail stands: on its way, taken by the mail server, or given up."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Way:
    """By which ways a kind goes out; ``mailed_for`` None sends no mail."""

    listed: bool
    mailed_for: timedelta | None


_HOUR = timedelta(hours=1)
_DAYS = timedelta(days=3)

WAYS = {
    # A stale warning alarms more than it helps; a stale link does not work.
    NoticeKind.SIGNED_IN: Way(listed=True, mailed_for=timedelta(days=1)),
    NoticeKind.PASSWORD_RESET: Way(listed=False, mailed_for=_HOUR),
    NoticeKind.VERIFY_EMAIL: Way(listed=False, mailed_for=timedelta(days=1)),
    NoticeKind.INVITED: Way(listed=False, mailed_for=_DAYS),
    NoticeKind.PASSWORD_CHANGED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.EMAIL_CHANGED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.SECOND_FACTOR_REMOVED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.SECOND_FACTOR_OFF: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.LOCKED_OUT: Way(listed=True, mailed_for=timedelta(days=1)),
    NoticeKind.TOPUP_PAID: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.TOPUP_EXPIRED: Way(listed=True, mailed_for=None),
    NoticeKind.TOPUP_FLAGGED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.REFUNDED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.TRIAL_STARTED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_STARTED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_RENEWED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_CHANGED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_CHANGE_PLANNED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_CANCELLED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_RESUMED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CHANGE_DROPPED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_ENDS: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.RENEWAL_DUE: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.RENEWAL_SHORT: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.RENEWAL_COMES: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_GRACE: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.GRACE_GOES_ON: Way(listed=True, mailed_for=timedelta(days=1)),
    NoticeKind.GRACE_ENDS: Way(listed=True, mailed_for=timedelta(days=1)),
    NoticeKind.CONTRACT_SUSPENDED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_ENDED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_EXTENDED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_BLOCKED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.CONTRACT_UNBLOCKED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.RENTAL_REFUNDED: Way(listed=True, mailed_for=_DAYS),
    NoticeKind.PRICE_CHANGES: Way(listed=True, mailed_for=_DAYS),
}
"""A secret link is mailed and never listed: who reads a screen must not get it."""
