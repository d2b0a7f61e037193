"""Fields that take a day or an instant: spans of candles are asked for by either."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from marshmallow import ValidationError

from abtpro_saas.blueprints.http.fields import Utc

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class DayOrInstant(Utc):
    """An instant; of a day, its first in UTC."""

    default_error_messages = {  # noqa: RUF012 - marshmallow reads this name from the class
        "invalid": "Not a day or an instant: write 2023-01-01 or 2023-01-01T00:00:00Z."
    }
    last = False

    def read(self, value: object) -> datetime:
        """Return an instant in UTC."""
        if isinstance(value, str) and _DAY.fullmatch(value):
            day = datetime.fromisoformat(value).replace(tzinfo=UTC)
            next_day = day + timedelta(days=1)  # of the very last day there is none
            return super().read((next_day if self.last else day).isoformat())
        return super().read(value)


class LastDayOrInstant(DayOrInstant):
    """An instant that ends a span; a day is included, so it is the next one's first."""

    last = True


def refuse_backwards(data: Mapping[str, object]) -> None:
    """Refuse a span in which nothing lies.

    Raises:
        ValidationError: it ends before it starts, or at once.
    """
    start, end = data.get("start"), data.get("end")
    if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
        raise ValidationError("Must be after start.", "end")
