"""What a payment means for the top-up that it pays. Pure: no row is touched here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from abtpro_saas.billing.words import Flag, TopupStatus

INQUIRIES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 15, 30, 60, 120, 300, 600)
)
"""When the gateway is asked after a QR was made, while nothing has been heard."""

RETRY = timedelta(seconds=15)
"""How soon a gateway that did not answer is asked again."""

LATE_INQUIRIES = (timedelta(0), timedelta(hours=1), timedelta(hours=24))
"""When it is asked after the QR expired: a bank may tell of a payment late."""


GRACE = timedelta(hours=1)
"""How long the watch goes on at its end while it is we who could not ask."""


@dataclass(frozen=True)
class Paid:
    """A payment, as far as the flags of its top-up depend on it. Amounts in satang."""

    amount: int
    paid_at: datetime


@dataclass(frozen=True)
class Standing:
    """A top-up before the payment: what was asked, what has been credited so far."""

    status: TopupStatus
    amount: int
    credited: int
    expires_at: datetime
    flags: tuple[str, ...] = ()


def flags_of(topup: Standing, payment: Paid) -> tuple[str, ...]:
    """Return the top-up's flags once ``payment`` is credited, sorted.

    Late means paid after the QR's end, or after a cancellation at any time. A second
    payment is flagged as that alone: its amount owes nothing to the QR.
    """
    added = set(topup.flags)
    if topup.credited:
        added.add(Flag.PAID_TWICE)
    elif payment.amount < topup.amount:
        added.add(Flag.UNDERPAID)
    elif payment.amount > topup.amount:
        added.add(Flag.OVERPAID)
    cancelled = topup.status is TopupStatus.CANCELLED
    if cancelled or payment.paid_at > topup.expires_at:
        added.add(Flag.PAID_LATE)
    return tuple(sorted(added))


def inquiry_due(
    created_at: datetime, expires_at: datetime, asked_at: datetime | None, now: datetime
) -> bool:
    """Tell whether an instant to ask the gateway has come since it last answered."""
    since = asked_at or created_at
    return any(since < at <= now for at in _inquiries(created_at, expires_at))


def next_review(
    status: TopupStatus,
    created_at: datetime,
    expires_at: datetime,
    now: datetime,
    *,
    unheard: bool,
    unasked: bool = False,
) -> datetime | None:
    """Return when to look at a top-up again, or None where nothing more is due.

    ``unheard`` says that the gateway did not answer just now: then it is asked again
    after a while that grows with the age of the QR, until the watch ends. ``unasked``
    says that we had no place for the call: that is soon over, and no answer at all.
    """
    if status is TopupStatus.SUCCESS:
        return None
    last = expires_at + LATE_INQUIRIES[-1]
    later = [at for at in _inquiries(created_at, expires_at) if at > now]
    if unasked and now < last + GRACE:
        later.append(now + RETRY)
    elif unheard and now < last:
        later.append(now + max(RETRY, (now - expires_at) / 4))
    return min(later, default=None)


def _inquiries(created_at: datetime, expires_at: datetime) -> Iterable[datetime]:
    for delay in INQUIRIES:
        if created_at + delay < expires_at:
            yield created_at + delay
    for delay in LATE_INQUIRIES:
        yield expires_at + delay
