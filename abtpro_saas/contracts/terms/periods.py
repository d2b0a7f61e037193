"""The periods of a contract: [start, end), counted from an anchor.

Counted from the anchor and not from the period before, the 31st survives February:
31 January, 28 February, 31 March.
"""

from datetime import datetime

from abtpro_saas.contracts.terms.durations import Duration, after
from abtpro_saas.errors import InvalidError


def end_of(anchor: datetime, length: Duration, number: int) -> datetime:
    """Return the end of the ``number``-th period (from 1) after ``anchor``.

    Raises:
        InvalidError: the length is nothing, so periods would never end.
    """
    end = after(anchor, length * number)
    if number < 1 or end <= anchor:
        raise InvalidError("a period ends after it starts")
    return end
