"""Backups: the wheel's pg_dump and pg_restore, as a role that sees every tenant."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from abtpro_saas.runtime.embedded import leftovers, places, postgres
from abtpro_saas.runtime.installation import (
    Installation,
    InstallationError,
    locked,
)

_TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


class BackupError(InstallationError):
    """A backup was not written or not read; the message says what to do."""


@contextmanager
def admin_url(installation: Installation) -> Iterator[str]:
    """Give the address of a role that row-level security lets through.

    An embedded database that does not run is started for the length of the block.

    Raises:
        BackupError: the database is another's, and no setting names such a role.
    """
    server = installation.database
    if installation.settings.database_admin_url:
        yield installation.settings.database_admin_url
    elif server is None:
        raise BackupError(
            "DATABASE_ADMIN_URL: expected a superuser, or a role with BYPASSRLS:"
            " row-level security hides the tenants' rows from all others"
        )
    elif _runs(server):
        yield server.superuser_url
    else:
        with locked(installation.home), _started(installation, server):
            yield server.superuser_url


def backup(url: str, file: Path) -> None:
    """Write the whole database to ``file``, readable by its owner alone.

    Raises:
        BackupError: pg_dump failed; ``file`` is as it was.
    """
    fresh = file.with_name(f".{file.name}.part")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        done = _run("pg_dump", url, "--format=custom", out=out.fileno())
        os.fsync(out.fileno())
    if done:
        fresh.unlink()
        raise BackupError(f"pg_dump failed: {done}")
    fresh.rename(file)


def restore(url: str, file: Path) -> None:
    """Read ``file`` into the empty database at ``url``, all of it or nothing.

    The roles must be there (``migrations/roles.sql``).

    Raises:
        BackupError: the database is not empty, or pg_restore failed.
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(_TABLES).fetchone()
    if row is None or row[0]:
        raise BackupError(
            "the database is not empty: restore into a fresh one (for the embedded one,"
            " stop everything and move $ABTPRO_HOME away, secrets.json excepted)"
        )
    with file.open("rb") as source:
        done = _run(
            "pg_restore", url, "--single-transaction", "--exit-on-error",
            take=source.fileno(),
        )  # fmt: skip
    if done:
        raise BackupError(f"pg_restore failed: {done}")


def _run(
    program: str,
    url: str,
    *options: str,
    out: int = subprocess.DEVNULL,
    take: int = subprocess.DEVNULL,
) -> str:
    """Run a program on the database; return its last words where it failed."""
    parts = urlsplit(url)
    # The password is not an argument: those are seen by everybody on the machine.
    environ = {**_PLAIN, "PGPASSWORD": unquote(parts.password or "")}
    plain = re.sub(r"(?<=://)([^:@/]*):[^@/]*@", r"\1@", url)
    done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
        [postgres.binaries() / program, f"--dbname={plain}", *options],
        stdin=take,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=environ,
    )
    words = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else words[-1] if words else "without a word"


_PLAIN = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def _runs(server: postgres.Server) -> bool:
    try:
        psycopg.connect(server.url("postgres", "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _started(installation: Installation, server: postgres.Server) -> Iterator[None]:
    data = places.data_folder(installation.home)
    postgres.create_cluster(data, server.passwords["postgres"])
    leftovers.end_orphans(data)
    leftovers.forget_stale_pid(data)
    child = postgres.start(data, server.port)
    try:
        postgres.wait_ready(server.url("postgres", "postgres"))
        postgres.prepare(server)
        yield
    finally:
        postgres.stop(child)
