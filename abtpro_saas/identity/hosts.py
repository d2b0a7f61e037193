"""Host names: how they are written, and which ones a tenant may take."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from abtpro_saas.errors import InvalidError
from abtpro_saas.settings import Settings

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST = 253
# What servers answer to beside real names: addresses, and inner names such as web_1.
_HOST_LINE = re.compile(
    r"(?:[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|\[[0-9a-f:.]{2,45}\])(?::(\d{0,5}))?",
    re.ASCII | re.IGNORECASE,
)
_LAST_PORT = 65_535


class HostError(InvalidError):
    """Not a host name that this tenant may have."""

    code = "invalid_host"


def is_host_line(line: str) -> bool:
    """Tell whether a request's ``Host`` names a host, with a port or without."""
    found = _HOST_LINE.fullmatch(line)
    if found is None or len(plain_host(line)) > _LONGEST:
        return False
    return int(found[1] or 0) <= _LAST_PORT


def plain_host(host: str) -> str:
    """Return the ``Host`` of a request as it is stored: lower case, no port, no dot.

    An address in brackets stays as it is, without its port.
    """
    name = host.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].removesuffix(".")


def check_host(host: str) -> str:
    """Return a host name as it is stored.

    Raises:
        HostError: it is no host name.
    """
    name = host.strip().lower().removesuffix(".")
    if len(name) > _LONGEST or _HOST.fullmatch(name) is None:
        raise HostError("a host name, without scheme, port and path", "hosts")
    return name


@dataclass(frozen=True)
class HostRules:
    """The platform's own names: ``base`` (bare host) and ``operators``."""

    base: str
    operators: str

    def own_host(self, slug: str) -> str:
        """Return the host below the platform's that belongs to a tenant."""
        return f"{slug}.{self.base}"

    def check(self, host: str, slug: str) -> str:
        """Return a host name that the tenant ``slug`` may take.

        Raises:
            HostError: it is the platform's, or another tenant's below the platform's.
        """
        name = check_host(host)
        if name.rpartition(".")[2].isdigit():
            # Whoever is reached by the server's own address would land at this tenant.
            raise HostError("a host name, not an address", "hosts")
        ours = name in {self.base, self.operators} or name.endswith("." + self.base)
        if ours and name != self.own_host(slug):
            raise HostError(f"{name} belongs to the platform", "hosts")
        return name


def host_rules(settings: Settings) -> HostRules:
    """Return the platform's own names, as the settings give them."""
    base = urlsplit(settings.base_url).hostname or "localhost"
    return HostRules(base, plain_host(settings.operators_host))
