"""People, and ways to act for them in transactions of their own."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from abtpro_saas.database import plain_transaction, tenant_transaction
from abtpro_saas.identity import audit, people
from abtpro_saas.identity.access import passwords
from abtpro_saas.identity.caller import Origin
from abtpro_saas.identity.roles import Role

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def origin():
    return Origin("203.0.113.7", "Firefox", "request-1")


@pytest.fixture
def inside(engine, tenant):
    """Return a context manager: one transaction of the test's tenant."""

    @contextmanager
    def open_one(at=None):
        with tenant_transaction(engine, at or tenant) as session:
            yield session

    return open_one


@pytest.fixture
def as_operator(operator_engine):
    """Return a context manager: one transaction of the operators' role."""

    @contextmanager
    def open_one():
        with plain_transaction(operator_engine) as session:
            yield session

    return open_one


@pytest.fixture
def member(inside, tenant):
    """Return a function that adds somebody with a password, and gives their row."""
    made = iter(range(1000))

    def add(role=Role.TRADER, *, at=None, password=PASSWORD, **values):
        values.setdefault("email", f"somchai{next(made)}@example.com")
        values.setdefault("name", "Somchai Jaidee")
        with inside(at) as session:
            return people.create_user(
                session,
                at or tenant,
                role=role,
                now=NOON,
                password=password,
                profile=passwords.QUICK,
                **values,
            )

    return add


@pytest.fixture
def audit_lines(inside, tenant):
    """Return a function that gives the trail: (action, outcome, code), oldest first."""

    def read():
        with inside() as session:
            found = audit.export(session, tenant, audit.Filter())
            return [(each.action, each.outcome, each.code) for each in found]

    return read
