"""Where the demo's people sign in: what a local installation tells a newcomer.

The installation's own name leads to tenant ``main``, where none of them is known.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from abtpro_saas.blueprints.guard.current import house
from abtpro_saas.blueprints.guard.hosts import HostKind, current_host
from abtpro_saas.identity.hosts import host_rules


@dataclass(frozen=True)
class DemoDoor:
    """A tenant of the demo, and where its people sign in."""

    name: str
    url: str


def demo_doors() -> list[DemoDoor]:
    """Return the demo's tenants at the own name of a local installation, else none."""
    settings = house().settings
    if not settings.is_local or current_host().kind is not HostKind.BARE:
        return []
    try:
        held = json.loads((settings.home / "demo.json").read_text("utf-8"))
    except OSError:
        return []  # the demo is not made yet
    own_host, base = host_rules(settings).own_host, urlsplit(settings.base_url)
    port = f":{base.port}" if base.port else ""
    return [
        DemoDoor(
            each["name"], f"{base.scheme}://{own_host(each['slug'])}{port}/sign-in"
        )
        for each in held["tenants"]
    ]
