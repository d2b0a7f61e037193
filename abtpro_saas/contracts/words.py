"""The states and kinds of rental contracts: one word for one thing everywhere."""

from enum import StrEnum


class ContractStatus(StrEnum):
    """Where a contract stands at an instant; computed from its row, never stored."""

    TRIAL = "TRIAL"
    ACTIVE = "ACTIVE"
    GRACE = "GRACE"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"


class Billing(StrEnum):
    """What one charge pays for: the plan's own period, or a year."""

    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class When(StrEnum):
    """When a change or a cancellation takes effect."""

    NOW = "now"
    PERIOD_END = "period_end"


class PeriodKind(StrEnum):
    """Why a period of a contract is there."""

    START = "START"
    TRIAL = "TRIAL"
    RENEWAL = "RENEWAL"
    CHANGE = "CHANGE"
    EXTENSION = "EXTENSION"


class EventKind(StrEnum):
    """What happened in a contract's life."""

    STARTED = "STARTED"
    RENEWED = "RENEWED"
    RENEWAL_FAILED = "RENEWAL_FAILED"
    CHANGED = "CHANGED"
    CHANGE_PLANNED = "CHANGE_PLANNED"
    CHANGE_DROPPED = "CHANGE_DROPPED"
    AUTO_RENEW_ON = "AUTO_RENEW_ON"
    AUTO_RENEW_OFF = "AUTO_RENEW_OFF"
    CANCELLED = "CANCELLED"
    RESUMED = "RESUMED"
    EXTENDED = "EXTENDED"
    BLOCKED = "BLOCKED"
    UNBLOCKED = "UNBLOCKED"
    REFUNDED = "REFUNDED"
    REMINDED = "REMINDED"
    PRICE_TOLD = "PRICE_TOLD"
    GRACE_BEGAN = "GRACE_BEGAN"
    SUSPENDED = "SUSPENDED"
    ENDED = "ENDED"
    REPLACED = "REPLACED"
    MISSED = "MISSED"
