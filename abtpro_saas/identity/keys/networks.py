"""Lists of networks from which an API key may be used."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from abtpro_saas.errors import InvalidError

MOST = 20


class NetworkError(InvalidError):
    """Not a list of addresses and networks."""

    code = "invalid_network"


def check_networks(texts: Sequence[str]) -> list[str]:
    """Return addresses and networks in their canonical form, in the order given.

    Raises:
        NetworkError: one is none, has bits beyond its mask, or there are over 20.
    """
    if len(texts) > MOST:
        raise NetworkError(f"at most {MOST} networks", "allowed_networks")
    try:
        return [str(ip_network(text.strip())) for text in texts]
    except ValueError:
        message = "addresses or networks like 203.0.113.0/24"
        raise NetworkError(message, "allowed_networks") from None


def contains(networks: Sequence[str], address: str) -> bool:
    """Tell whether ``address`` is in one of ``networks``; an empty list allows all."""
    if not networks:
        return True
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    # A dual-stack listener reports an IPv4 client as ::ffff:a.b.c.d.
    if isinstance(asked, IPv6Address) and asked.ipv4_mapped:
        asked = asked.ipv4_mapped
    return any(asked in ip_network(network) for network in networks)


def covers(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Tell whether everything that ``inner`` allows is allowed by ``outer`` too."""
    if not outer:
        return True
    wide = [ip_network(network) for network in outer]
    return bool(inner) and all(_inside(ip_network(each), wide) for each in inner)


def _inside(
    network: IPv4Network | IPv6Network, wide: Sequence[IPv4Network | IPv6Network]
) -> bool:
    return any(
        network.version == each.version
        and network.network_address in each
        and network.broadcast_address in each
        for each in wide
    )
