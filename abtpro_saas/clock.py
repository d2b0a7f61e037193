"""Time: aware and UTC everywhere; business days are Bangkok's.

Services take ``now`` as an argument. Only the edges (a request, an activity, a
command) ask the clock, and they ask it here.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def bangkok_date(instant: datetime) -> date:
    """Return the business day in Bangkok on which ``instant`` falls."""
    return instant.astimezone(BANGKOK).date()


def bangkok_day(day: date) -> tuple[datetime, datetime]:
    """Return the business day [start, end) as two instants in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=BANGKOK)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)
