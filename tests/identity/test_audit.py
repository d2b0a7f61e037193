"""The trail of who did what."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from abtpro_saas.identity import audit
from abtpro_saas.identity.audit import Filter
from abtpro_saas.identity.words import ActorKind, Outcome

ACTOR = uuid4()


@pytest.fixture
def record(inside, tenant, now):
    """Return a function that writes one entry, ``minute`` minutes after noon."""

    def write(minute=0, action="key.mint", tenant_id=None, **values):
        values.setdefault("actor_id", ACTOR)
        with inside(tenant_id) as session:
            audit.record(
                session,
                tenant_id=tenant_id or tenant,
                actor_kind=ActorKind.USER,
                action=action,
                now=now + timedelta(minutes=minute),
                **values,
            )

    return write


@pytest.fixture
def search(inside, tenant):
    """Return a function that searches the tenant's trail."""

    def ask(*, before=None, limit=50, **wanted):
        with inside() as session:
            return audit.search(
                session, tenant, Filter(**wanted), before=before, limit=limit
            )

    return ask


def test_the_newest_stands_first(record, search):
    for minute in (1, 3, 2):
        record(minute, subject=str(minute))

    assert [each.subject for each in search()] == ["3", "2", "1"]


def test_pages_follow_one_another_without_gap_or_repeat(record, search):
    for _ in range(5):
        record()  # all at one instant: the id decides
    first = search(limit=3)
    rest = search(limit=3, before=(first[-1].at, first[-1].entry_id))

    assert len({each.entry_id for each in first + rest}) == 5


def test_the_trail_is_searched(record, search, now):
    record(0, "key.mint", subject="a")
    record(1, "key.revoke", subject="b", actor_id=None)
    record(2, "key.mint", subject="c", outcome=Outcome.REFUSED, code="wrong_role")

    def subjects(**wanted):
        return "".join(each.subject for each in search(**wanted))

    assert subjects(action="key.mint") == "ca"
    assert subjects(actor_id=ACTOR) == "ca"
    assert subjects(subject="b") == "b"
    assert subjects(outcome=Outcome.REFUSED) == "c"
    assert subjects(since=now + timedelta(minutes=1)) == "cb"
    assert subjects(until=now + timedelta(minutes=1)) == "a"


def test_another_tenants_trail_is_not_seen(record, search, new_tenant):
    record(tenant_id=new_tenant())

    assert search() == []


def test_an_export_holds_everything_oldest_first(record, inside, tenant):
    for minute in (2, 0, 1, 3, 4):
        record(minute, subject=str(minute))

    with inside() as session:
        entries = audit.export(session, tenant, Filter(), batch_size=2)
        found = [each.subject for each in entries]
    assert found == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET action = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
    ],
)
def test_nobody_rewrites_the_trail(record, inside, owner_engine, change):
    record()

    with pytest.raises(DatabaseError), inside() as session:
        session.execute(text(change))
    with (
        pytest.raises(DatabaseError, match="append-only"),
        owner_engine.begin() as owner,
    ):
        owner.execute(text(change))


def test_an_operators_trail_is_append_only_too(as_operator, now):
    with as_operator() as session:
        audit.record_operator(session, operator_id=None, action="x", now=now)
    with pytest.raises(DatabaseError), as_operator() as session:
        session.execute(text("DELETE FROM operator_audit"))
