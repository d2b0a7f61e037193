"""Transactions that see one tenant."""

import json
import threading

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from abtpro_saas import database
from abtpro_saas.database import lock, plain_transaction, run, tenant_transaction
from abtpro_saas.identity.tables import User
from abtpro_saas.ids import new_id
from abtpro_saas.wakes import CHANNEL, wake_after_commit

EMPTY_JOURNAL = text("""
INSERT INTO journals (tenant_id, journal_id, kind, currency, occurred_at, source,
                      description)
VALUES (:tenant, :id, 'DEDUCTION', 'THB', now(), 'empty', '')
""")
SLUGS = text("SELECT slug FROM tenants")


def test_a_transaction_sees_its_own_tenant_alone(engine, new_tenant):
    mine, _other = new_tenant("mine-alone"), new_tenant()

    with tenant_transaction(engine, mine) as session:
        assert session.scalars(SLUGS).all() == ["mine-alone"]


def test_without_a_tenant_no_row_is_seen(engine, tenant):
    with plain_transaction(engine) as session:
        assert session.scalars(SLUGS).all() == []


def test_a_pooled_connection_forgets_its_tenant(engine, tenant):
    with tenant_transaction(engine, tenant):
        pass
    with plain_transaction(engine) as session:
        assert session.scalars(SLUGS).all() == []


def test_the_application_cannot_switch_protection_off(engine, tenant):
    with (
        pytest.raises(ProgrammingError),
        tenant_transaction(engine, tenant) as session,
    ):
        session.execute(text("ALTER TABLE tenants DISABLE ROW LEVEL SECURITY"))


def test_instants_come_in_utc_wherever_the_server_is(server, monkeypatch):
    monkeypatch.setenv("PGTZ", "Asia/Bangkok")
    made = database.make_engine(server.app_url)
    try:
        with plain_transaction(made) as session:
            told = session.scalar(text("SELECT timestamptz '2023-01-01T20:00Z'"))
    finally:
        made.dispose()

    assert told.isoformat() == "2023-01-01T20:00:00+00:00"


def test_a_locked_row_is_as_it_is_now(engine, tenant, user):
    key = (tenant, user())
    with tenant_transaction(engine, tenant) as session:
        session.get(User, key)
        with tenant_transaction(engine, tenant) as other:
            lock(other, User, key).name = "Malee"

        assert lock(session, User, key).name == "Malee"


def test_what_was_rolled_back_wakes_nobody(server, engine, tenant):
    def refused_at_its_commit():
        with tenant_transaction(engine, tenant) as session:
            wake_after_commit(session, "topup", str(tenant), "lost")
            # A journal without lines.
            session.execute(EMPTY_JOURNAL, {"tenant": tenant, "id": new_id()})

    with psycopg.connect(server.app_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with pytest.raises(IntegrityError):
            refused_at_its_commit()
        with tenant_transaction(engine, tenant) as session:
            wake_after_commit(session, "topup", str(tenant), "kept")

        heard = []
        for notice in listener.notifies(timeout=30):
            heard += [n for n in ("lost", "kept") if f'"{n}"' in notice.payload]
            if "kept" in heard:
                break
    assert heard == ["kept"]


@pytest.fixture
def one_connection(server):
    """Return an engine of one connection, and a function that kills its session."""
    engine = database.make_engine(server.app_url, pool_size=1)

    def kill():
        with engine.connect() as connection:
            pid = connection.connection.driver_connection.info.backend_pid
        with psycopg.connect(server.superuser_url, autocommit=True) as superuser:
            ended = superuser.execute("SELECT pg_terminate_backend(%s, 30000)", [pid])
            assert ended.fetchone() == (True,)

    yield engine, kill
    engine.dispose()


def test_a_statement_on_the_driver_sees_what_the_session_sees(engine, tenant):
    with tenant_transaction(engine, tenant) as session:
        found = run(session, "SELECT tenant_id FROM tenants", {}).fetchall()
        session.execute(text("SELECT set_config('test.word', 'said', true)"))
        told = run(session, "SELECT current_setting('test.word') AS word", {})

    assert [row.tenant_id for row in found] == [tenant]
    assert told.fetchone().word == "said"


def test_a_refusal_on_the_driver_has_sqlalchemys_class(engine, tenant):
    statement = EMPTY_JOURNAL.text.replace(":tenant", "%(tenant)s")
    statement = statement.replace(":id", "%(id)s").replace("DEDUCTION", "NONSENSE")

    with pytest.raises(IntegrityError), tenant_transaction(engine, tenant) as session:
        run(session, statement, {"tenant": tenant, "id": new_id()})


def test_a_session_that_died_is_told_as_the_databases_absence_and_replaced(
    one_connection, tenant
):
    engine, kill = one_connection

    def use():
        with tenant_transaction(engine, tenant) as session:
            return session.scalars(SLUGS).all()

    first = use()
    kill()

    # It was in use a moment ago, so nothing tests it: the beginning fails.
    with pytest.raises(OperationalError):
        use()
    assert use() == first


def test_a_session_that_dies_between_statements_is_replaced(one_connection, tenant):
    engine, _ = one_connection

    def die():
        with tenant_transaction(engine, tenant) as session:
            pid = run(session, "SELECT pg_backend_pid() AS pid", {}).fetchone().pid
            run(session, "SELECT pg_terminate_backend(%(pid)s)", {"pid": pid})
            run(session, "SELECT 1", {})

    with pytest.raises(OperationalError):
        die()
    with tenant_transaction(engine, tenant) as session:
        assert len(session.scalars(SLUGS).all()) == 1


def test_every_hint_of_a_burst_arrives(server, engine, tenant):
    with psycopg.connect(server.app_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        for number in range(30):
            with tenant_transaction(engine, tenant) as session:
                wake_after_commit(session, "topup", str(tenant), f"n{number}")
        heard = set()
        for notice in listener.notifies(timeout=30):
            if str(tenant) in notice.payload:
                heard.add(json.loads(notice.payload)["subject"])
            if len(heard) == 30:
                break

    assert heard == {f"n{number}" for number in range(30)}


def test_an_engine_that_is_closed_leaves_its_last_hints_and_no_thread(server, tenant):
    before = set(threading.enumerate())
    engine = database.make_engine(server.app_url)
    with psycopg.connect(server.app_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with tenant_transaction(engine, tenant) as session:
            wake_after_commit(session, "topup", str(tenant), "last")
        database.close_engine(engine)
        assert set(threading.enumerate()) <= before
        assert engine.pool.checkedin() == 0
        notices = listener.notifies(timeout=30)
        assert any(str(tenant) in notice.payload for notice in notices)
        notices.close()  # it holds the connection


def test_ids_are_version_7_and_rise_with_time():
    ids = [new_id() for _ in range(3)]

    assert {each.version for each in ids} == {7}
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)


def test_a_connection_that_died_while_idle_is_replaced(server):
    engine = create_engine(database.sqlalchemy_url(server.app_url), pool_size=1)
    database.check_when_idle(engine, after_s=0)
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    superuser = database.make_engine(server.superuser_url)
    with superuser.begin() as connection:
        ended = text("SELECT pg_terminate_backend(:pid, 30000)")
        assert connection.scalar(ended, {"pid": pid})

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    superuser.dispose()
