"""What is wrong with an installation, and how to mend it."""

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from abtpro_saas.database import make_engine
from abtpro_saas.runtime import reach
from abtpro_saas.runtime.installation import Installation, is_held
from abtpro_saas.runtime.preparation import newest_revision, present_revision
from abtpro_saas.runtime.resealing import values_by_key
from abtpro_saas.settings import Settings
from abtpro_saas.temporal import SEARCH_ATTRIBUTES, connect

ROLES = {
    "DATABASE_URL": "abtpro_app",
    "DATABASE_RELAY_URL": "abtpro_relay",
    "DATABASE_OPERATOR_URL": "abtpro_operator",
    "DATABASE_OWNER_URL": "abtpro_owner",
}
OLDEST_POSTGRES = 160_000
MOST_CLOCK_DIFFERENCE_S = 2.0
LEAST_DISK = 1 << 30
GIB = 1 << 30
TEMPORAL_PATIENCE_S = 10

_INNERMOST = re.compile(r'(?:message|error): "([^"]+)"')

# A table without forced row-level security, or one that a program's role owns.
_BYPASS = """
SELECT rolname FROM pg_roles
WHERE rolname IN ('abtpro_app', 'abtpro_relay', 'abtpro_operator')
  AND (rolsuper OR rolbypassrls OR EXISTS (
    SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p')))
"""
_UNGUARDED = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attname = 'tenant_id' AND NOT a.attisdropped
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY c.relname
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``remedy`` is empty where all is well."""

    subject: str
    found: str
    remedy: str = ""

    @property
    def is_fault(self) -> bool:
        """Tell whether somebody has to do something."""
        return bool(self.remedy)


def examine(installation: Installation, now: Callable[[], datetime]) -> list[Finding]:
    """Look at everything; each finding says how to mend what is wrong."""
    settings = installation.complete_settings()
    mend = _how_to_start(installation)
    database = [
        _role(settings, *pair, mend if installation.database else "")
        for pair in ROLES.items()
    ]
    findings = [*_settings(settings), *database]
    if not any(finding.is_fault for finding in database[:1]):
        findings += _database(settings, now)
        findings += _sealed(settings)
    findings += asyncio.run(_temporal(settings, mend if installation.temporal else ""))
    return [*findings, _disk(installation.home), *_private_files(installation.home)]


def _settings(settings: Settings) -> Iterator[Finding]:
    """Ask for what no process of a production installation can do without."""
    wanted = {
        "ABTPRO_SECRET_KEY": settings.secret_key,
        "ABTPRO_SEALING_KEYS": settings.sealing_keys,
        "ABTPRO_BASE_URL": settings.base_url,
        "SMTP_URL": settings.smtp_url,
    }
    missing = [name for name, value in wanted.items() if not value]
    found = f"{settings.env.value}; " + (", ".join(missing) or "nothing") + " missing"
    remedy = "set what is missing; .env.example says what each one is"
    yield Finding("settings", found, remedy if missing else "")
    if not settings.is_local and settings.base_url.startswith("http:"):
        yield Finding(
            "base URL",
            "plain http: cookies are not marked Secure",
            "serve over TLS, and give ABTPRO_BASE_URL its https address",
        )


def _how_to_start(installation: Installation) -> str:
    """Return what brings back the servers that we start ourselves."""
    home = installation.home
    if is_held(home):
        return f"the supervisor of {home} starts it again: read what it printed"
    return f"`./dev up` is not running on {home}: start it"


def _role(settings: Settings, name: str, role: str, mend: str) -> Finding:
    url = getattr(settings, name.lower())
    if not url:
        return Finding(role, "no address", f"set {name}")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            user, version = connection.info.user, connection.info.server_version
    except psycopg.Error as error:
        mend = mend or f"start the database, or correct {name} and its password"
        return Finding(role, f"{reach.place(url)}: {reach.why(error)}", mend)
    if version < OLDEST_POSTGRES:
        return Finding(role, f"PostgreSQL {version}", "use PostgreSQL 16 or newer")
    return Finding(role, f"signs in as {user}, PostgreSQL {version // 10_000}")


def _sealed(settings: Settings) -> Iterator[Finding]:
    """See that every sealed value's key is there: a restore may lack its keys."""
    if not (settings.database_owner_url and settings.sealing_keys):
        return
    engine = make_engine(settings.database_owner_url)
    try:
        used = values_by_key(engine)
    except SQLAlchemyError:
        return  # the roles and the migrations have said why
    finally:
        engine.dispose()
    held = [key_id for key_id, _ in settings.sealing_keys]
    lost = sorted(used.keys() - set(held))
    yield Finding(
        "sealing keys",
        f"{sum(used[key_id] for key_id in lost)} values need {', '.join(lost)}"
        if lost
        else "open everything that is sealed",
        "put the missing key (of secrets.json or ABTPRO_SEALING_KEYS of where the data"
        " come from) at the end of ABTPRO_SEALING_KEYS"
        if lost
        else "",
    )


def _database(settings: Settings, now: Callable[[], datetime]) -> Iterator[Finding]:
    with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
        yield _rows(connection, "roles", _BYPASS, "bypass or own nothing",
                    "ALTER ROLE … NOSUPERUSER NOBYPASSRLS; tables belong to"
                    " abtpro_owner: REASSIGN OWNED")  # fmt: skip
        yield _rows(connection, "row security", _UNGUARDED, "forced on every table",
                    "run `abtpro database migrate`; a table by hand needs"
                    " own_by_tenant()")  # fmt: skip
        yield _clock(connection, now)
    url = settings.database_owner_url or settings.database_url
    try:
        present = present_revision(url)
    except psycopg.Error:
        return
    newest = newest_revision()
    remedy = "" if present == newest else "run `abtpro database migrate`"
    yield Finding("migrations", f"at {present or 'none'} of {newest}", remedy)


def _rows(
    connection: "psycopg.Connection[Any]",
    subject: str,
    query: str,
    well: str,
    mend: str,
) -> Finding:
    names = [row[0] for row in connection.execute(query.encode())]
    return Finding(subject, ", ".join(names) or well, mend if names else "")


def _clock(
    connection: "psycopg.Connection[Any]", now: Callable[[], datetime]
) -> Finding:
    before = now()
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    theirs = row[0].astimezone(UTC) if row else before
    ours = before + (now() - before) / 2
    difference_s = abs((theirs - ours).total_seconds())
    wrong = difference_s > MOST_CLOCK_DIFFERENCE_S
    return Finding(
        "clocks",
        f"database and this machine differ by {difference_s:.3f} s",
        "synchronise both by NTP: notices and tickets expire by the clock"
        if wrong
        else "",
    )


async def _temporal(settings: Settings, mend: str) -> list[Finding]:
    if not settings.temporal_address:
        return [Finding("Temporal", "no address", "set TEMPORAL_ADDRESS")]
    try:
        async with asyncio.timeout(TEMPORAL_PATIENCE_S):
            client = await connect(settings)
            names = await _search_attributes(client, settings.temporal_namespace)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [
            Finding(
                "Temporal",
                f"{settings.temporal_address}, namespace"
                f" {settings.temporal_namespace}: {_why_not(error)}",
                mend or "start it, or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE",
            )
        ]
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in names]
    return [
        Finding("Temporal", f"answers at {settings.temporal_address}"),
        Finding(
            "search attributes",
            (", ".join(missing) + " missing") if missing else "all defined",
            "temporal operator search-attribute create --type Keyword "
            + " ".join(f"--name {name}" for name in missing)
            if missing
            else "",
        ),
    ]


def _why_not(error: Exception) -> str:
    """Return the reason within what the SDK tells, which is a dump of its insides."""
    if isinstance(error, TimeoutError):
        return f"no answer in {TEMPORAL_PATIENCE_S} s"
    inner = _INNERMOST.findall(str(error))
    first_line = str(error).partition("\n")[0]
    return (inner[-1] if inner else first_line) or type(error).__name__


async def _search_attributes(client: Client, namespace: str) -> set[str]:
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace)
    )
    return set(answer.custom_attributes)


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    remedy = "make room: PostgreSQL stops when its disk is full"
    return Finding(
        "disk", f"{free / GIB:.1f} GiB free", remedy if free < LEAST_DISK else ""
    )


def _private_files(home: Path) -> Iterator[Finding]:
    for name in ("secrets.json", "demo.json"):
        file = home / name
        if file.exists() and file.stat().st_mode & 0o077:
            yield Finding(name, "others can read it", f"chmod 600 {file}")
