"""Counts of requests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

COUNT = text("SELECT count_request(:bucket, :window_s, :at)")
COUNTED = text("SELECT requests_counted(:bucket, :window_s, :at)")


@pytest.fixture
def ask(engine, now):
    """Return a function that counts a request in a fresh bucket."""
    bucket = uuid4().hex

    def run(at=now, statement=COUNT):
        with engine.begin() as connection:
            values = {"bucket": bucket, "window_s": 60, "at": at}
            return connection.execute(statement, values).scalar_one()

    return run


def test_requests_of_a_window_add_up(ask, now):
    assert [ask() for _ in range(3)] == [1, 2, 3]
    assert ask(statement=COUNTED) == 3
    assert ask(now + timedelta(minutes=1)) == 1


def test_looking_does_not_count(ask):
    assert ask(statement=COUNTED) == 0
    assert ask() == 1


def test_requests_at_the_same_moment_all_count(ask):
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: ask(), range(24))) == list(range(1, 25))


def test_old_windows_are_swept_as_requests_come(ask, engine, owner_engine, now):
    ask(now - timedelta(days=300))
    held = text("SELECT count(*) FROM rate_counts WHERE ends_at < :at")
    many = text(
        "SELECT max(count_request('sweep', 60, :at)) FROM generate_series(1, 1500)"
    )
    with engine.begin() as connection:
        connection.execute(many, {"at": now - timedelta(days=299)})

    with owner_engine.connect() as owner:
        left = owner.execute(held, {"at": now - timedelta(days=299, minutes=5)})
        assert left.scalar_one() == 0


def test_the_application_cannot_touch_the_counts(engine):
    with pytest.raises(ProgrammingError), engine.begin() as connection:
        connection.execute(text("DELETE FROM rate_counts"))
