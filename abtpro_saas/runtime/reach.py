"""Whether a database answers at an address, told without its password."""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from abtpro_saas.settings import SettingError

PATIENCE_S = 5


def check(name: str, url: str) -> None:
    """See that the database answers that the setting ``name`` leads to.

    Raises:
        SettingError: it does not; the message says where it was sought, and why not.
    """
    try:
        psycopg.connect(url, connect_timeout=PATIENCE_S).close()
    except psycopg.Error as error:
        raise SettingError(
            f"{name}: expected a database that answers, found {place(url)}:"
            f" {why(error)}"
        ) from None


def place(url: str) -> str:
    """Return what an address leads to, without its password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "no address of a database"
    port = parts.get("port", 5432)
    host = _unmixed(str(parts.get("host", "localhost")))
    return f"{host}:{port}/{parts.get('dbname', '')}"


def why(error: psycopg.Error) -> str:
    """Return psycopg's reason: it stands behind the address, and before a question."""
    if isinstance(error, psycopg.ProgrammingError):
        return "it cannot be read"  # psycopg would show it, password and all
    lines = str(error).strip().splitlines() or [type(error).__name__]
    told = next((line for line in lines if "failed: " in line), lines[0])
    return _unmixed(told.rpartition("failed: ")[2])


def _unmixed(text: str) -> str:
    """Return ``text`` without what an unescaped @ of a password left in a host."""
    return re.sub(r"\S*@", "", text)
