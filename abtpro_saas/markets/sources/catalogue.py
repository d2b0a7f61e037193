"""The sources of candles, by name: entry points of our own distribution alone.

A driver runs in our process, so another distribution that claims a name in the group is
not even imported.
"""

from functools import cache
from importlib.metadata import EntryPoint, distribution
from typing import cast

from stevedore.driver import DriverManager

from abtpro_saas.markets.sources.port import DataSource, UnknownExchangeError

GROUP = "abtpro.data_sources"
DISTRIBUTION = "abtpro"

Urls = tuple[tuple[str, str], ...]
"""Other addresses of exchanges, by their names; see the setting EXCHANGE_URLS."""


class _OwnDrivers(DriverManager[DataSource]):
    """A driver manager that sees our own entry points alone."""

    def list_entry_points(self) -> list[EntryPoint]:
        """Return ours; stevedore's cache has forgotten whose each one is."""
        return _own_entry_points()


@cache
def source(driver: str, urls: Urls) -> DataSource:
    """Return a driver, one object a process."""
    made = _OwnDrivers(GROUP, driver, invoke_on_load=True, invoke_args=(dict(urls),))
    return cast("DataSource", made.driver)


def source_of(exchange: str, urls: Urls = ()) -> DataSource:
    """Return the driver that knows an exchange.

    Raises:
        UnknownExchangeError: none does.
    """
    for driver in drivers():
        found = source(driver, urls)
        if found.knows(exchange):
            return found
    raise UnknownExchangeError(
        f"there is no exchange {exchange}: bring its candles as a file", "exchange"
    )


def drivers() -> list[str]:
    """Return the names of the drivers, sorted."""
    return sorted(each.name for each in _own_entry_points())


def _own_entry_points() -> list[EntryPoint]:
    return list(distribution(DISTRIBUTION).entry_points.select(group=GROUP))
