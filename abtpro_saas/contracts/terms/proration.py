"""What the part of a period that is still to come is worth."""

from datetime import datetime, timedelta

from abtpro_saas.clock import bangkok_date
from abtpro_saas.errors import InvalidError
from abtpro_saas.money import Satang

_DAY = timedelta(days=1)


def unused_value(
    price: Satang, start: datetime, end: datetime, now: datetime
) -> Satang:
    """Return the part of ``price``, in satang, that pays for [now, end).

    Whole Bangkok days of the whole period count, and today is not yet used; the last
    one counts as a day until the period ends. A period of less than a day counts in
    seconds. Rounds half up, each value once.

    Raises:
        InvalidError: the period is empty.
    """
    if end <= start:
        raise InvalidError("a period ends after it starts")
    at = min(max(now, start), end)
    left, whole = _parts(start, end, at)
    return Satang((price * left * 2 + whole) // (whole * 2))


def _parts(start: datetime, end: datetime, at: datetime) -> tuple[int, int]:
    if end - start < _DAY:
        micro = timedelta(microseconds=1)
        return (end - at) // micro, (end - start) // micro
    last = bangkok_date(end)
    left = (last - bangkok_date(at)).days
    # Else the last morning would be free, whatever plan it is changed to.
    return max(left, int(at < end)), (last - bangkok_date(start)).days
