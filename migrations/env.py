"""Alembic's environment: one online run as the owner of the tables."""

from alembic import context
from sqlalchemy import create_engine, text

from abtpro_saas.database import sqlalchemy_url

url = context.config.attributes["url"]
engine = create_engine(sqlalchemy_url(url))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    # /readyz compares the revision with the one that its code was written for.
    connection.execute(text("GRANT SELECT ON alembic_version TO abtpro_app"))
    connection.commit()
engine.dispose()
