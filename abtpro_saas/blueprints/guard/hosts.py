"""What a request's host name means: a tenant, the operators, or neither.

======================  ======================  ==============================
host                    pages                   API
======================  ======================  ==============================
a tenant's own          that tenant             keys and sessions of that tenant
bare, 127.0.0.1         tenant ``main``         the key decides
none, by HTTP/1.0       tenant ``main``         the key decides
the operators'          operators               operators
any other               404                     the key decides
none or several, or     400                     400
no host's name at all
======================  ======================  ==============================
"""

import time
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit

from flask import g, request

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.errors import InvalidError
from abtpro_saas.identity.hosts import is_host_line, plain_host
from abtpro_saas.identity.tenants import FoundTenant, find_tenant
from abtpro_saas.settings import Settings

REMEMBERED_S = 5.0
"""How long a host's tenant is remembered: how late a change may be seen."""
MOST_REMEMBERED = 2048


class HostLineError(InvalidError):
    """A request says to one host, by its name, that it is meant (RFC 9112, 3.2)."""

    code = "invalid_host_header"


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


def check_host_line() -> None:
    """Let a request go on that names one host.

    Raises:
        HostLineError: it names none, several, or what is no host's name.
    """
    line = request.environ.get("HTTP_HOST", "")
    # Lines that came twice stand joined by a comma, which no host's name holds.
    if not is_host_line(line) and (line or not _may_be_silent()):
        raise HostLineError("one Host header with a host's name is needed")


def _may_be_silent() -> bool:
    return request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"


def _asked_host() -> str:
    line = request.environ.get("HTTP_HOST", "")
    if not line and _may_be_silent():
        return bare_host(house().settings)
    return plain_host(line) if is_host_line(line) else ""


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
