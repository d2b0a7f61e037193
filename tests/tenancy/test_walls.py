"""Between tenants nothing passes: tried on every table that a tenant owns."""

import pytest
from psycopg import errors, sql

from tests.tenancy.conftest import MINE, THEIRS
from tests.tenancy.rows import insertion


@pytest.fixture
def each_table(stage, subtests):
    """Return a function that tries something on every table that a tenant owns."""

    def walk(check):
        assert len(stage.catalogue.owned) > 10
        for table in stage.catalogue.owned:
            with subtests.test(table=table):
                check(table)

    return walk


def statement(text, table, column="tenant_id"):
    return sql.SQL(text).format(t=sql.Identifier(table), c=sql.Identifier(column))


def seen(connection, table, tenant_id):
    query = statement("SELECT count(*) FROM {t} WHERE tenant_id = %s", table)
    return connection.execute(query, [tenant_id]).fetchone()[0]


def test_a_tenant_reads_its_own_rows_alone(stage, each_table):
    @each_table
    def check(table):
        with stage.as_application() as connection:
            assert seen(connection, table, MINE) >= 1
            assert seen(connection, table, THEIRS) == 0


@pytest.mark.parametrize("nobody", ["", "00000000-0000-7000-8000-0000000000ff"])
def test_without_a_tenant_no_row_is_read(stage, each_table, nobody):
    @each_table
    def check(table):
        with stage.as_application(nobody) as connection:
            rows = connection.execute(statement("SELECT 1 FROM {t}", table)).fetchall()
            assert rows == []


def test_a_tenant_changes_no_other_tenants_row(stage, each_table):
    @each_table
    def check(table):
        column = next(
            (
                each.name
                for each in stage.catalogue.columns(table)
                if stage.catalogue.may("UPDATE", table, each.name)
            ),
            None,
        )
        change = "UPDATE {t} SET {c} = {c} WHERE tenant_id = %s"
        with stage.as_application() as connection:
            query = statement(change, table, column or "tenant_id")
            try:
                assert connection.execute(query, [THEIRS]).rowcount == 0
            except errors.InsufficientPrivilege:
                assert column is None


def test_a_tenant_deletes_no_other_tenants_row(stage, each_table):
    @each_table
    def check(table):
        allowed = stage.catalogue.may("DELETE", table)
        with stage.as_application() as connection:
            query = statement("DELETE FROM {t} WHERE tenant_id = %s", table)
            try:
                assert connection.execute(query, [THEIRS]).rowcount == 0
            except errors.InsufficientPrivilege:
                assert not allowed


def test_a_tenant_writes_no_row_for_another(stage, each_table):
    @each_table
    def check(table):
        theirs = insertable(stage, table, stage.rows.fresh(table, THEIRS))
        with (
            stage.as_application() as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute(insertion(table, theirs), theirs)


def test_a_tenant_writes_its_own_rows(stage, each_table):
    """The counter-proof: what is refused above is not refused for another reason."""

    @each_table
    def check(table):
        if not stage.catalogue.may("INSERT", table):
            return
        mine = insertable(stage, table, stage.rows.fresh(table, MINE))
        with stage.as_application() as connection:
            assert connection.execute(insertion(table, mine), mine).rowcount == 1


def insertable(stage, table, values):
    """Leave out what the application may not write, such as a balance."""
    may = stage.catalogue.may
    if not may("INSERT", table):
        return values
    return {name: each for name, each in values.items() if may("INSERT", table, name)}


def test_a_tenant_gives_no_row_away(stage, each_table):
    @each_table
    def check(table):
        give = statement("UPDATE {t} SET tenant_id = %s WHERE tenant_id = %s", table)
        with (
            stage.as_application() as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute(give, [THEIRS, MINE])


def test_no_row_refers_to_another_tenants(stage, each_table):
    """Even for a superuser, whom no policy stops: foreign keys do not ask policies."""
    tried = []

    @each_table
    def check(table):
        for key in stage.catalogue.foreign_keys(table):
            values = stage.rows.fresh(table, MINE)
            theirs = stage.rows.of(key.parent, THEIRS)
            pairs = zip(key.columns[1:], key.parent_columns[1:], strict=True)
            values |= {column: theirs[name] for column, name in pairs}
            with pytest.raises(errors.ForeignKeyViolation) as caught:
                insert_at_once(stage.connection, table, values, key.name)
            assert caught.value.diag.constraint_name == key.name
            tried.append(key.name)

    assert len(tried) > 10


def insert_at_once(connection, table, values, key):
    """Insert a row and let ``key`` be checked now, then undo it."""
    with connection.transaction(force_rollback=True):
        connection.execute(insertion(table, values), values)
        connection.execute(statement("SET CONSTRAINTS {t} IMMEDIATE", key))
