"""Counting attempts in the database."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from abtpro_saas.identity.access.lockout import ACCOUNT, FORGOTTEN, Attempts
from abtpro_saas.identity.tables import SignInFailure

EMAIL, ADDRESS = "somchai@example.com", "203.0.113.7"


@pytest.fixture
def count(inside, tenant, now):
    """Return a function that counts one attempt and commits."""

    def run(at=now, email=EMAIL, address=ADDRESS):
        with inside() as session:
            return Attempts(session, tenant).count(email, address, at)

    return run


def test_a_day_without_failure_starts_anew(count, now):
    for _ in range(ACCOUNT.free):
        count()
    counted = count(now + FORGOTTEN)

    assert (counted.refused_until, counted.locks_account) == (None, False)


def test_what_is_forgotten_is_swept_away(count, inside, now):
    for n in range(3):
        count(email=f"guess{n}@example.com", address=f"203.0.113.{n}")
    count(now + FORGOTTEN)

    with inside() as session:
        rows = session.scalar(select(func.count()).select_from(SignInFailure))
    assert rows == 2


def test_one_attempt_is_taken_back(count, inside, tenant):
    for _ in range(ACCOUNT.free * 3):
        assert count().refused_until is None
        with inside() as session:
            Attempts(session, tenant).take_back(EMAIL, ADDRESS)


def test_tenants_count_apart(count, inside, new_tenant, now):
    for _ in range(ACCOUNT.free):
        count()
    other = new_tenant()

    assert count(now + timedelta(seconds=1)).refused_until is not None
    with inside(other) as session:
        counted = Attempts(session, other).count(EMAIL, ADDRESS, now)
    assert counted.refused_until is None
