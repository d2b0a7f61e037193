"""A transaction that lost against another is run again, a few times at most."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from psycopg.errors import DeadlockDetected, UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from abtpro_saas.reruns import TRIES, RaceLostError, rerun


def losing(times, error):
    """Return work that fails some times, and the list of its runs."""
    runs = []

    def work():
        runs.append(1)
        if len(runs) <= times:
            raise error
        return len(runs)

    return work, runs


LOST = OperationalError("", {}, DeadlockDetected())


def test_a_lost_transaction_is_run_again():
    work, _ = losing(TRIES - 1, LOST)

    assert rerun(work) == TRIES


def test_one_that_always_loses_is_given_up():
    work, runs = losing(TRIES, LOST)

    with pytest.raises(OperationalError):
        rerun(work)
    assert len(runs) == TRIES


def test_one_that_came_too_late_is_run_again():
    work, runs = losing(1, RaceLostError())

    rerun(work)
    assert len(runs) == 2


def test_another_failure_is_not_repeated():
    work, runs = losing(1, IntegrityError("", {}, UniqueViolation()))

    with pytest.raises(IntegrityError):
        rerun(work)
    assert len(runs) == 1


def test_two_that_deadlock_both_end(engine):
    met = Barrier(2)

    def take(first, second):
        waited = []

        def work():
            with engine.begin() as connection:
                lock = text("SELECT pg_advisory_xact_lock(:number)")
                connection.execute(lock, {"number": first})
                if not waited:
                    waited.append(met.wait())
                connection.execute(lock, {"number": second})
            return first

        return rerun(work)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(take, 71, 72), pool.submit(take, 72, 71)
        assert {one.result(), other.result()} == {71, 72}
