"""How often one key and one address may ask, counted for all processes together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, g, request
from sqlalchemy import text

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.clock import utc_now
from abtpro_saas.errors import TooManyError

WINDOW_S = 60
SIGNATURE_FAILURES = 100
"""How many notices with a wrong signature one address may send in a minute."""


_COUNT_BOTH = text(
    "SELECT count_request(:key, :window_s, :now),"
    " count_request(:address, :window_s, :now)"
)


class RateLimitError(TooManyError):
    """The key or the address has asked too often this minute."""

    code = "rate_limited"


class SignatureFailuresError(TooManyError):
    """The address has sent too many notices with a wrong signature."""

    code = "too_many_signature_failures"


@dataclass(frozen=True)
class Budget:
    """What is left of one limit in this minute."""

    limit: int
    used: int
    reset_s: int

    @property
    def remaining(self) -> int:
        """How many more requests the minute allows."""
        return max(self.limit - self.used, 0)


def reset_s(now: datetime) -> int:
    """Return the whole seconds until the window of ``now`` ends, one at least."""
    return WINDOW_S - int(now.timestamp()) % WINDOW_S


def spend_address(now: datetime) -> None:
    """Count this request against its address.

    Raises:
        RateLimitError: it has asked too often.
    """
    _charge(_count(_address(), now), house().settings.address_requests_per_minute)


def spend_key(credential_id: UUID, now: datetime) -> None:
    """Count this request against its key and its address, in one round trip.

    Raises:
        RateLimitError: one of them has asked too often.
    """
    values = {
        "key": f"key:{credential_id}",
        "address": _address(),
        "window_s": WINDOW_S,
        "now": now,
    }
    with house().counters.connect() as connection:
        by_key, by_address = connection.execute(_COUNT_BOTH, values).one()
    settings = house().settings
    _charge(by_address, settings.address_requests_per_minute)
    _charge(by_key, settings.key_requests_per_minute)


def _charge(used: int, limit: int) -> None:
    """Remember a budget for the answer's headers, and refuse where it is spent.

    Raises:
        RateLimitError: it is spent.
    """
    budget = Budget(limit, used, reset_s(utc_now()))
    tightest: Budget | None = g.get("budget")
    if tightest is None or budget.remaining <= tightest.remaining:
        g.budget = budget
    if used > limit:
        # The trail gets one line a minute, or a flood would write the disk full.
        g.refusal_recorded = used > limit + 1
        raise RateLimitError(
            f"more than {limit} requests in a minute", retry_after_s=budget.reset_s
        )


def count_signature_failure(address: str) -> None:
    """Count a notice whose signature was wrong; right ones are never counted.

    Raises:
        SignatureFailuresError: the address has sent more than 100 in this minute.
    """
    now = utc_now()
    if _count(f"signature:{address}", now) > SIGNATURE_FAILURES:
        raise SignatureFailuresError(
            "too many notices with a wrong signature", retry_after_s=reset_s(now)
        )


def write_headers(response: Response) -> Response:
    """Tell how much is left, in the answers of requests that were counted."""
    budget: Budget | None = g.get("budget")
    if budget is not None:
        response.headers["RateLimit-Limit"] = str(budget.limit)
        response.headers["RateLimit-Remaining"] = str(budget.remaining)
        response.headers["RateLimit-Reset"] = str(budget.reset_s)
    return response


def _address() -> str:
    return f"address:{request.remote_addr}"


def _count(bucket: str, now: datetime) -> int:
    asked = text("SELECT count_request(:bucket, :window_s, :now)")
    values = {"bucket": bucket, "window_s": WINDOW_S, "now": now}
    with house().counters.connect() as connection:
        return int(connection.execute(asked, values).scalar_one())
