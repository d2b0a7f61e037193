"""Engine, session, and transactions that see one tenant.

Every tenant-owned table begins with ``tenant_id`` and is guarded by forced row-level
security on ``app.tenant_id``, which ``tenant_transaction`` sets for one transaction
(see ``migrations/versions/0001_tenancy.py``).
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg.pq import ExecStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    MetaData,
    String,
    Text,
    Uuid,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from abtpro_saas.errors import NotFoundError
from abtpro_saas.ids import TenantId, UserId
from abtpro_saas.money import Satang
from abtpro_saas.wakes import end_wakes, send_wakes

Row = TypeVar("Row", bound="Base")

IDLE_S = 1.0
"""How long a pooled connection may lie idle before it is tested."""

_BEGIN = "BEGIN; SELECT set_config('app.tenant_id', '{}', true)"


class Base(DeclarativeBase):
    """What every table extends; types come from this one map.

    ``compare_metadata`` in the tests holds the classes against the migrations.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Satang: BigInteger,
        TenantId: Uuid,
        UserId: Uuid,
        datetime: DateTime(timezone=True),
        str: Text,
        StrEnum: String,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


class TenantRow:
    """What a tenant owns: its key, hence every key that refers to it, starts here."""

    tenant_id: Mapped[TenantId] = mapped_column(
        ForeignKey("tenants.tenant_id"), primary_key=True, sort_order=-1
    )


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that keeps a text column to the words of a state.

    Text with a CHECK rather than an enum: comparing an enum is not leakproof, so under
    row-level security it cannot use an index (PostgreSQL manual, "Rules and
    Privileges").
    """
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def make_engine(url: str, *, pool_size: int = 5, max_overflow: int = 0) -> Engine:
    """Return an engine for ``postgresql://…`` that notices a restarted server."""
    engine = create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_recycle=1800,
    )
    check_when_idle(engine)
    _tell_in_utc(engine)
    return engine


def close_engine(engine: Engine) -> None:
    """Close the connections of ``engine``, once the last commits' hints have left."""
    end_wakes(engine)
    engine.dispose()


def _tell_in_utc(engine: Engine) -> None:
    """Let instants come in UTC, whatever the server's own time zone is.

    Days are cut from them. Not a start-up option: poolers refuse those.
    """

    @event.listens_for(engine, "connect")
    def set_zone(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's connection
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()


def check_when_idle(engine: Engine, after_s: float = IDLE_S) -> None:
    """Test a connection that lay idle before it is borrowed again.

    Asking each time (``pool_pre_ping``) costs every transaction a round trip. One that
    was in use a second ago has hardly died since; if it has, the error empties the
    pool, and the next transaction gets a fresh one.
    """

    @event.listens_for(engine, "checkin")
    def remember(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - the driver's connection
        since = record.info.get("idle_since")
        if since is None or time.monotonic() - since < after_s:
            return
        if not _answers(engine, connection):
            raise DisconnectionError


def _answers(engine: Engine, connection: Any) -> bool:  # noqa: ANN401 - the driver's connection
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.dbapi.Error:  # type: ignore[union-attr] # a made engine has its driver
        return False


def sqlalchemy_url(url: str) -> str:
    """Return ``url`` with the driver's name in it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def tenant_transaction(engine: Engine, tenant_id: TenantId) -> Iterator[Session]:
    """Open one transaction that sees one tenant; leaving the block commits it."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        bind_tenant(session, tenant_id)
        yield session
    send_wakes(engine, session)


@contextmanager
def plain_transaction(engine: Engine) -> Iterator[Session]:
    """Open one transaction that sees no tenant: for the named ways in alone."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
    send_wakes(engine, session)


def bind_tenant(session: Session, tenant_id: TenantId) -> None:
    """Begin the transaction of ``session`` so that it sees ``tenant_id`` alone.

    Both in one round trip, which the driver's own way to begin would not be.
    """
    connection = session.info["connection"] = session.connection()
    begin = _BEGIN.format(UUID(str(tenant_id)))  # nothing but an id stands in it
    try:
        done = _driver(connection).pgconn.exec_(begin.encode())
        if done.status != ExecStatus.TUPLES_OK:
            # Nothing in it can be wrong, so the server is away or going.
            raise psycopg.OperationalError(done.get_error_message())
    except psycopg.Error as error:
        connection._handle_dbapi_exception(error, begin, None, None, None)  # noqa: SLF001 - as in ``run``


def run(
    session: Session, sql: str, values: Mapping[str, Any]
) -> psycopg.Cursor[NamedTuple]:
    """Run one statement on the driver itself; return its cursor, with named rows.

    For the statements of the money path: what SQLAlchemy does around a statement costs
    them three times what the driver does. Parameters are written ``%(name)s``; errors
    are SQLAlchemy's as everywhere.
    """
    bound: Connection | None = session.info.get("connection")
    connection = bound or session.connection()
    try:
        cursor = _driver(connection).cursor(row_factory=namedtuple_row)
        return cursor.execute(sql, values)
    except psycopg.Error as error:
        # SQLAlchemy's own way from a driver's error to the class it raises; a dead
        # connection takes the pool's others with it.
        connection._handle_dbapi_exception(error, sql, values, None, None)  # noqa: SLF001


def _driver(connection: Connection) -> psycopg.Connection:
    found: Any = connection.connection.driver_connection
    return cast("psycopg.Connection", found)


class Write(NamedTuple):
    """A data-changing statement for ``run``; its parameters' names are its own."""

    sql: str
    values: dict[str, Any]


def write_together(session: Session, *writes: Write) -> None:
    """Run several writes as one statement, in one round trip (PostgreSQL 18, 7.8.4).

    They see one snapshot and not each other; foreign keys are checked at its end.
    """
    values: dict[str, Any] = {}
    for write in writes:
        values |= write.values
    run(session, _together(*(write.sql for write in writes)), values).close()


@lru_cache(maxsize=256)
def _together(*statements: str) -> str:
    *first, last = statements
    parts = ", ".join(f"w{n} AS ({sql})" for n, sql in enumerate(first))
    return f"WITH {parts} {last}" if first else last


def take_turns(session: Session, name: str) -> None:
    """Wait for other transactions that hold ``name``, and hold it until this one ends.

    For decisions about rows that may not be there yet, which no row's lock covers.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
    )


def lock(session: Session, row: type[Row], key: tuple[Any, ...]) -> Row:
    """Return the row as it is now, ours until commit.

    Raises:
        NotFoundError: the tenant has no such row.
    """
    # Without populate_existing, a row this session read earlier keeps its old values.
    found = session.get(row, key, with_for_update=True, populate_existing=True)
    return existing(found)


def existing(found: Row | None) -> Row:
    """Return the row, or raise NotFoundError where there is none."""
    if found is None:
        raise NotFoundError("there is no such thing here")
    return found
