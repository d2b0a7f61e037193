"""What is backed up comes back: every row of every table, the ledger's first."""

import stat
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from abtpro_saas.billing import ledger
from abtpro_saas.billing.ledger import Draft, Leg
from abtpro_saas.billing.words import AccountKind, JournalKind
from abtpro_saas.database import tenant_transaction
from abtpro_saas.runtime import backups
from abtpro_saas.runtime.embedded import postgres
from abtpro_saas.runtime.installation import open_installation
from tests.conftest import NOON
from tests.ports import reserved_ports

DIGEST = """
SELECT count(*), md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), ''))
FROM {} AS row
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
BALANCES = """
SELECT account_id, sum(amount) FROM postings GROUP BY account_id ORDER BY account_id
"""


@pytest.fixture
def wallet(engine, tenant, user):
    """A wallet with ฿50.00, and a refused change to it."""
    with tenant_transaction(engine, tenant) as session:
        clearing = ledger.account(session, tenant, AccountKind.CLEARING, uuid4(), NOON)
        wallet = ledger.wallet(session, tenant, user(), NOON).account_id
        legs = (Leg(clearing, -5000), Leg(wallet, 5000))
        draft = Draft(JournalKind.TOP_UP, f"opening:{wallet}", legs, "opening")
        ledger.post(session, tenant, draft, NOON)
    return wallet


@pytest.fixture
def empty_database(server):
    """The address of a database without tables, removed afterwards."""
    name = f"restored_{uuid4().hex[:8]}"
    with psycopg.connect(server.superuser_url, autocommit=True) as admin:
        postgres.create_database(admin, name)
        yield server.url("postgres", name)
        dropping = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        admin.execute(dropping.format(sql.Identifier(name)))


def contents(url):
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute(TABLES)]
        digests = {
            name: connection.execute(
                sql.SQL(DIGEST).format(sql.Identifier(name))
            ).fetchone()
            for name in names
        }
        return digests, connection.execute(BALANCES).fetchall()


def test_a_restored_database_holds_the_same_rows_and_balances(
    server, wallet, empty_database, tmp_path
):
    backups.backup(server.superuser_url, tmp_path / "abtpro.dump")
    backups.restore(empty_database, tmp_path / "abtpro.dump")

    rows, balances = contents(empty_database)
    assert (rows, balances) == contents(server.superuser_url)
    assert (wallet, 5000) in balances
    assert rows["postings"][0] >= 2


def test_a_restored_ledger_still_refuses_changes(
    server, wallet, empty_database, tmp_path
):
    backups.backup(server.superuser_url, tmp_path / "abtpro.dump")
    backups.restore(empty_database, tmp_path / "abtpro.dump")

    with (
        psycopg.connect(empty_database) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        connection.execute("UPDATE postings SET amount = 1")


def test_a_backup_is_for_its_owner_alone(server, tmp_path):
    file = tmp_path / "abtpro.dump"
    backups.backup(server.superuser_url, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_failed_backup_leaves_the_old_one(server, tmp_path):
    file = tmp_path / "abtpro.dump"
    file.write_text("yesterday's")

    with pytest.raises(backups.BackupError, match="pg_dump failed"):
        backups.backup(server.url("postgres", "nowhere"), file)
    assert file.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [file]


def test_a_restore_into_tables_is_refused(server, tmp_path):
    file = tmp_path / "abtpro.dump"
    backups.backup(server.superuser_url, file)

    with pytest.raises(backups.BackupError, match="not empty"):
        backups.restore(server.superuser_url, file)


def test_a_damaged_backup_changes_nothing(empty_database, tmp_path):
    file = tmp_path / "abtpro.dump"
    file.write_bytes(b"not a backup")

    with pytest.raises(backups.BackupError, match="pg_restore failed"):
        backups.restore(empty_database, file)
    assert contents_of_nothing(empty_database)


def contents_of_nothing(url):
    with psycopg.connect(url) as connection:
        return connection.execute(TABLES).fetchall() == []


def test_another_database_needs_a_role_that_sees_all_tenants(server, tmp_path):
    given = {"ABTPRO_HOME": str(tmp_path / "home"), "DATABASE_URL": server.app_url}
    installation = open_installation(given)

    with (
        pytest.raises(backups.BackupError, match="DATABASE_ADMIN_URL"),
        backups.admin_url(installation),
    ):
        pass


def test_an_embedded_database_that_rests_is_started_for_its_backup(tmp_path):
    installation = open_installation(
        {"ABTPRO_HOME": str(tmp_path / "home"), "ABTPRO_PORT": str(reserved_ports())}
    )
    with backups.admin_url(installation) as url:
        backups.backup(url, tmp_path / "abtpro.dump")
    with backups.admin_url(installation) as url:
        backups.restore(url, tmp_path / "abtpro.dump")

    assert (tmp_path / "abtpro.dump").stat().st_size > 0
