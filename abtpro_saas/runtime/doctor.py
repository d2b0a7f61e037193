"""What is wrong with an installation, and how to mend it."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from abtpro_saas.runtime.installation import Installation
from abtpro_saas.runtime.preparation import newest_revision, present_revision
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
    database = [_role(settings, *pair) for pair in ROLES.items()]
    findings = [*_settings(settings), *database]
    if not any(finding.is_fault for finding in database[:1]):
        findings += _database(settings, now)
    findings += asyncio.run(_temporal(settings))
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


def _role(settings: Settings, name: str, role: str) -> Finding:
    url = getattr(settings, name.lower())
    if not url:
        return Finding(role, "no address", f"set {name}")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            user, version = connection.info.user, connection.info.server_version
    except psycopg.OperationalError as error:
        why = str(error).strip().splitlines()[-1]
        return Finding(
            role, why, f"start the database, or correct {name} and its password"
        )
    if version < OLDEST_POSTGRES:
        return Finding(role, f"PostgreSQL {version}", "use PostgreSQL 16 or newer")
    return Finding(role, f"signs in as {user}, PostgreSQL {version // 10_000}")


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


async def _temporal(settings: Settings) -> list[Finding]:
    if not settings.temporal_address:
        return [Finding("Temporal", "no address", "set TEMPORAL_ADDRESS")]
    try:
        async with asyncio.timeout(10):
            client = await connect(settings)
            names = await _search_attributes(client, settings.temporal_namespace)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        return [
            Finding(
                "Temporal",
                f"{settings.temporal_address}: {why[:100]}",
                "start it, or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE",
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
