"""Transactions that see one tenant."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from abtpro_saas import database
from abtpro_saas.database import lock, plain_transaction, tenant_transaction
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
