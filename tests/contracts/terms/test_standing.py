from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, builds, integers, none
from sqlalchemy import text

from abtpro_saas.contracts.terms.standing import (
    access_ends_at,
    has_access,
    renews_itself_until,
    status_of,
)

END = datetime(2026, 12, 22, 5, tzinfo=UTC)
HOURS = integers(-200, 200).map(lambda hours: END + timedelta(hours=hours))
GRACE = integers(0, 100).map(lambda hours: END + timedelta(hours=hours))


@dataclass
class Row:
    grace_ends_at: datetime = END + timedelta(days=3)
    trial: bool = False
    cancelled_at: datetime | None = None
    blocked_at: datetime | None = None
    period_end: datetime = END


ROWS = builds(Row, GRACE, booleans(), none() | HOURS, none() | HOURS)


@pytest.mark.parametrize(
    ("row", "hours", "status", "access"),
    [
        (Row(), -1, "ACTIVE", True),
        (Row(trial=True), -1, "TRIAL", True),
        (Row(), 0, "GRACE", True),
        (Row(), 71, "GRACE", True),
        (Row(), 72, "SUSPENDED", False),
        (Row(cancelled_at=END), -1, "ACTIVE", True),
        (Row(cancelled_at=END), 0, "CANCELLED", False),
        (Row(blocked_at=END), -1, "SUSPENDED", False),
        (Row(blocked_at=END, cancelled_at=END), 1, "CANCELLED", False),
    ],
)
def test_the_row_and_the_clock_decide(row, hours, status, access):
    now = END + timedelta(hours=hours)

    assert status_of(row, now) == status
    assert has_access(row, now) is access


@given(ROWS, HOURS)
def test_a_status_says_whether_there_is_access(row, now):
    named = status_of(row, now) in {"TRIAL", "ACTIVE", "GRACE"}

    assert has_access(row, now) is named


@given(ROWS, HOURS)
def test_access_ends_once_and_does_not_come_back_by_itself(row, now):
    later = now + timedelta(hours=1)

    assert has_access(row, now) or not has_access(row, later)
    assert access_ends_at(row) <= renews_itself_until(row)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS, HOURS)
def test_sql_says_the_same(engine, row, now):
    asked = text(
        "SELECT contract_status(:trial, :period_end, :grace_ends_at, :cancelled_at,"
        " :blocked_at, :now)"
    )
    with engine.connect() as connection:
        found = connection.execute(asked, {**vars(row), "now": now}).scalar_one()

    assert found == status_of(row, now)
