"""The gateway drivers, by name: entry points of our own distribution alone.

A driver runs in our process and sees secrets and money, so another distribution that
claims a name in the group is not even imported.
"""

from functools import cache
from importlib.metadata import EntryPoint, distribution
from typing import cast

from stevedore.driver import DriverManager
from stevedore.exception import NoMatches

from abtpro_saas.billing.gateways.port import PaymentGateway
from abtpro_saas.errors import InvalidError

GROUP = "abtpro.payment_gateways"
DISTRIBUTION = "abtpro"


class UnknownGatewayError(InvalidError):
    """There is no driver of this name in the distribution."""

    code = "unknown_gateway"


class _OwnDrivers(DriverManager[PaymentGateway]):
    """A driver manager that sees our own entry points alone."""

    def list_entry_points(self) -> list[EntryPoint]:
        """Return ours; stevedore's cache has forgotten whose each one is."""
        return _own_entry_points()


@cache
def gateway(driver: str) -> PaymentGateway:
    """Return the driver, one object a process, safe for many threads.

    Raises:
        UnknownGatewayError: no such driver is ours.
    """
    try:
        made = _OwnDrivers(
            GROUP,
            driver,
            invoke_on_load=True,
            on_missing_entrypoints_callback=None,  # the error below says it
        ).driver
    except NoMatches:
        raise UnknownGatewayError(f"there is no gateway {driver[:40]!r}") from None
    return cast("PaymentGateway", made)


def drivers() -> list[str]:
    """Return the names that ``gateway`` knows, sorted."""
    return sorted(each.name for each in _own_entry_points())


def _own_entry_points() -> list[EntryPoint]:
    return list(distribution(DISTRIBUTION).entry_points.select(group=GROUP))
