"""What a start may skip: the tables are up to date, and the demo data are there."""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from abtpro_saas.runtime.embedded.temporal import PUBLIC_PATH
from abtpro_saas.runtime.installation import Installation, write_private

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
STAMP = "prepared"
PREPARED_FOR = (
    "ABTPRO_BASE_URL",
    "ABTPRO_SEALING_KEYS",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_OPERATOR_URL",
    "PROMPTPAY_MERCHANT_ID",
    "PROMPTPAY_WEBHOOK_SECRET",
    "PROMPTPAY_BILLER_ID",
    "PAYMENT_GATEWAY_URL",
)
"""When one of these has changed, tenant `main` is looked at again."""
DEMO = "demo.json"

_REVISION = re.compile(r'^(down_revision|revision) = (?:"(\w+)"|None)', re.MULTILINE)


@cache
def newest_revision() -> str:
    """Return the last migration's id, without loading Alembic."""
    texts = [file.read_text("utf-8") for file in VERSIONS.glob("*.py")]
    pairs = [dict(_REVISION.findall(text)) for text in texts]
    before = {pair.get("down_revision") for pair in pairs}
    (last,) = {str(pair["revision"]) for pair in pairs} - before
    return last


def present_revision(url: str) -> str | None:
    """Return the last migration that the database has; None where there is none."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version")
            row = found.fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    return None if row is None else str(row[0])


@dataclass
class Preparation:
    """Compares what an earlier start left with what this one needs."""

    installation: Installation
    _stood: bool = field(default=False, init=False)

    def stands(self) -> bool:
        """Tell whether the tables and tenant `main` are as the settings want them."""
        stamp = self.installation.home / STAMP
        same = stamp.is_file() and stamp.read_text() == self._fingerprint()
        url = self.installation.complete_settings().database_owner_url
        if same and url:
            # Where it cannot be asked, the migration says why.
            with suppress(psycopg.OperationalError):
                self._stood = present_revision(url) == newest_revision()
        return self._stood

    def demo_stands(self) -> bool:
        """Tell whether demo.json is of this database and these addresses."""
        held = read_demo(self.installation)
        wanted = addresses(self.installation)
        return self._stood and wanted.items() <= held.items()

    def remember(self) -> None:
        """Note that the tables and tenant `main` are prepared."""
        write_private(self.installation.home / STAMP, self._fingerprint())

    def forget(self) -> None:
        """Let the next start look at everything again: the database is another one."""
        (self.installation.home / STAMP).unlink(missing_ok=True)

    def _fingerprint(self) -> str:
        environ = self.installation.environment()
        chosen = [environ.get(name, "") for name in PREPARED_FOR]
        return hashlib.sha256(repr((newest_revision(), chosen)).encode()).hexdigest()


def addresses(installation: Installation) -> dict[str, str]:
    """Return the addresses that demo.json tells."""
    settings = installation.complete_settings()
    return {
        "base_url": settings.base_url,
        "events_url": settings.events_url,
        "temporal_address": settings.temporal_address,
        "temporal_ui_url": settings.temporal_ui_url + PUBLIC_PATH,
        "gateway_url": settings.payment_gateway_url,
        "database_url": settings.database_url,
    }


def read_demo(installation: Installation) -> dict[str, Any]:
    """Return what demo.json holds, or nothing where there is none."""
    file = installation.home / DEMO
    if not (installation.settings.is_local and file.is_file()):
        return {}
    held: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return held
