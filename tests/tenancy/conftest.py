"""Two tenants with a row in every table that a tenant owns; nothing is committed."""

from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from tests.tenancy.catalogue import APP, Catalogue
from tests.tenancy.rows import Rows

MINE = "00000000-0000-7000-8000-00000000000a"
THEIRS = "00000000-0000-7000-8000-00000000000b"


@dataclass(frozen=True)
class Stage:
    """One open transaction of a superuser, who can become the application."""

    connection: psycopg.Connection
    catalogue: Catalogue
    rows: Rows

    @contextmanager
    def as_application(self, tenant_id=MINE):
        """Be the application, bound to a tenant; what is done inside is undone."""
        with self.connection.transaction(force_rollback=True):
            bind = "SELECT set_config('app.tenant_id', %s, true)"
            self.connection.execute(bind, [tenant_id])
            self.connection.execute(f"SET LOCAL ROLE {APP}")
            yield self.connection


@pytest.fixture(scope="module")
def stage(server):
    with psycopg.connect(server.superuser_url) as connection:
        catalogue = Catalogue(connection)
        rows = Rows(connection, catalogue)
        for tenant_id in (MINE, THEIRS):
            for table in catalogue.owned:
                rows.of(table, tenant_id)
        yield Stage(connection, catalogue, rows)
        connection.rollback()


@pytest.fixture(scope="module")
def catalogue(stage):
    return stage.catalogue
