"""How long a lock-out lasts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.identity.access.lockout import ACCOUNT, ADDRESS, Guard

GUARD = Guard("account", 5, timedelta(seconds=30), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("failures", "pause_s"),
    [(0, None), (4, None), (5, 30), (6, 60), (7, 120), (10, 900), (10_000, 900)],
)
def test_pauses_double_up_to_the_longest(now, failures, pause_s):
    until = GUARD.locked_until(failures, now)

    expected = None if pause_s is None else now + timedelta(seconds=pause_s)
    assert until == expected


@given(integers(0, 10**6))
def test_more_failures_never_shorten_a_pause(failures):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    fewer = GUARD.locked_until(failures, at)
    more = GUARD.locked_until(failures + 1, at)

    assert fewer is None or (more is not None and more >= fewer)


def test_an_address_has_more_attempts_than_an_account():
    assert ADDRESS.free > ACCOUNT.free
