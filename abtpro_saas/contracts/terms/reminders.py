"""When a user is reminded of a period's end, and when an unpaid one is tried again."""

from datetime import datetime, time, timedelta

from abtpro_saas.clock import BANGKOK

DAYS_BEFORE = (7, 3, 1)

TRIES = 6
"""Grace is cut into this many parts; at each cut the renewal is tried again."""

_MORNING = time(9)


def reminders(start: datetime, end: datetime, grace_end: datetime) -> list[datetime]:
    """Return the instants of a period's reminders, earliest first.

    Seven, three and one day before, on the morning of the last day, when grace begins,
    at its half and a day before it ends. What would fall before the period's start is
    left out.
    """
    local = end.astimezone(BANGKOK)
    morning = datetime.combine(local.date(), _MORNING, BANGKOK)
    on_the_day = morning if morning < end else local.replace(hour=0, minute=0)
    found = {end - timedelta(days=days) for days in DAYS_BEFORE}
    found |= {on_the_day, *_in_grace(end, grace_end)}
    return sorted(
        at.astimezone(end.tzinfo)
        for at in found
        if start <= at and (at < grace_end or at == end)
    )


def _in_grace(end: datetime, grace_end: datetime) -> list[datetime]:
    last_day = grace_end - timedelta(days=1)
    found = [end, end + (grace_end - end) / 2]
    return [*found, last_day] if last_day > end else found


def next_try(end: datetime, grace_end: datetime, now: datetime) -> datetime | None:
    """Return when the renewal of an unpaid period is tried next, within grace."""
    step = (grace_end - end) / TRIES
    tries = (end + step * part for part in range(TRIES))
    return next((at for at in tries if at > now), None)


def last_due(at: list[datetime], after: datetime, now: datetime) -> datetime | None:
    """Return the latest reminder of ``at`` in (after, now]: one message, no burst."""
    due = [each for each in at if after < each <= now]
    return due[-1] if due else None
