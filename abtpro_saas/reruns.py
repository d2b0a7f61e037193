"""A transaction that lost against another is run again, a few times at most."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

Result = TypeVar("Result")

TRIES = 4
LOST = frozenset({"40001", "40P01"})
"""SQLSTATEs of a serialization failure and of a deadlock: nothing was committed."""


class RaceLostError(Exception):
    """Another transaction did the same at the same time; run again, ours sees it."""


def rerun(work: Callable[[], Result]) -> Result:
    """Return what ``work`` returns; it must be one whole transaction.

    Raises:
        DBAPIError: it lost four times, or failed otherwise.
    """
    for tried in range(1, TRIES):
        try:
            return work()
        except RaceLostError:
            continue
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in LOST:
                raise
            # Apart by chance, or the same two meet again.
            time.sleep(random.uniform(0.005, 0.03) * tried)  # noqa: S311 - no secret
    return work()
