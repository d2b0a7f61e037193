"""What a request's host name means: a tenant, the operators, or neither.

======================  ======================  ==============================
host                    pages                   API
======================  ======================  ==============================
a tenant's own          that tenant             keys and sessions of that tenant
bare, 127.0.0.1         tenant ``main``         the key decides
the operators'          operators               operators
any other               404                     the key decides
======================  ======================  ==============================
"""

import time
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.exceptions import SecurityError

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.identity.hosts import plain_host
from abtpro_saas.identity.tenants import FoundTenant, find_tenant
from abtpro_saas.settings import Settings

REMEMBERED_S = 5.0
"""How long a host's tenant is remembered: how late a change may be seen."""
MOST_REMEMBERED = 2048


class HostKind(Enum):
    """Whose door a host name is."""

    TENANT = auto()
    BARE = auto()
    OPERATORS = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Host:
    """A request's host, and the tenant whose pages it shows (none at operators')."""

    name: str
    kind: HostKind
    tenant: FoundTenant | None

    @property
    def own_tenant(self) -> FoundTenant | None:
        """The tenant that a key used here must belong to; any where there is none."""
        return self.tenant if self.kind is HostKind.TENANT else None


def current_host() -> Host:
    """Return what the host of this request means; asked once for each request."""
    if "host" not in g:
        g.host = _read(_asked_host(), house().settings)
    found: Host = g.host
    return found


def _asked_host() -> str:
    try:
        return plain_host(request.host)
    except SecurityError:
        return ""


def _read(name: str, settings: Settings) -> Host:
    if name == settings.operators_host:
        return Host(name, HostKind.OPERATORS, None)
    if name in bare_hosts(settings):
        return Host(name, HostKind.BARE, _remembered(bare_host(settings)))
    tenant = _remembered(name) if name else None
    return Host(name, HostKind.TENANT if tenant else HostKind.UNKNOWN, tenant)


def bare_host(settings: Settings) -> str:
    """Return the installation's own name."""
    return urlsplit(settings.base_url).hostname or "localhost"


def bare_hosts(settings: Settings) -> frozenset[str]:
    """Return every name under which the installation itself is known."""
    return frozenset({bare_host(settings), "localhost", "127.0.0.1", "[::1]"})


def _remembered(name: str) -> FoundTenant | None:
    known = house().hosts
    entry = known.get(name)
    if entry is not None and entry[0] > time.monotonic():
        return entry[1]
    found = find_tenant(house().engine, name)
    if len(known) >= MOST_REMEMBERED:
        known.clear()  # somebody tries many names
    known[name] = (time.monotonic() + REMEMBERED_S, found)
    return found
