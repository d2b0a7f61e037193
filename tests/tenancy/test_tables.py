"""The classes that services use are the tables that the migrations make."""

import pkgutil
from importlib import import_module

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import abtpro_saas
from abtpro_saas.database import Base


def import_all_tables():
    """Fill the metadata: a room's tables stand in ``tables.py`` or ``…_tables.py``."""
    modules = pkgutil.walk_packages(abtpro_saas.__path__, "abtpro_saas.")
    for module in modules:
        if module.name.endswith(("tables", ".outbox")):
            import_module(module.name)


def test_the_tables_mirror_the_migrations(owner_engine):
    import_all_tables()
    with owner_engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection), Base.metadata
        )

    assert differences == []
