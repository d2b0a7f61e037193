"""What this process serves with: its settings, engines and keys."""

from dataclasses import dataclass, field
from typing import Any, cast

from flask import current_app
from sqlalchemy import Engine

from abtpro_saas.identity.tenants import FoundTenant
from abtpro_saas.sealing import Keyring
from abtpro_saas.settings import Settings


@dataclass(frozen=True)
class House:
    """One application's own things; ``create_app`` makes it."""

    settings: Settings
    engine: Engine
    """The application's role: sees one tenant at a time."""
    counters: Engine
    """The same pool without transactions: single statements, each its own commit."""
    operator_engine: Engine
    """The operators' role: tenants and operators, never a tenant's own rows."""
    keyring: Keyring
    hosts: dict[str, tuple[float, FoundTenant | None]] = field(default_factory=dict)
    """Whose a host name is, and until when that is believed; see ``hosts.py``."""
    senders: dict[tuple[str | None, str], tuple[float, Any]] = field(
        default_factory=dict
    )
    """Whose a merchant is, and until when that is believed; see ``webhook.py``."""


EXTENSION = "abtpro"


def house() -> House:
    """Return what the application that answers this request was made with."""
    return cast("House", current_app.extensions[EXTENSION])
