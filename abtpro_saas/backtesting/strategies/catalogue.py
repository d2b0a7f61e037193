"""The strategies by name: entry points of our own distribution alone.

A strategy runs in our process, so another distribution that claims a name in the group
is not even imported; tenants' own code waits for the sandbox.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, distribution

import structlog
from stevedore.extension import ExtensionManager

from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.strategies import Strategy

GROUP = "abtpro.plugins.strategies"
DISTRIBUTION = "abtpro"

_log = structlog.get_logger(__name__)


def find_strategy(name: str) -> Strategy:
    """Return a new strategy of this name, written in any case.

    Each call makes one of its own: a bar strategy remembers its run.

    Raises:
        InvalidError: there is none; the message names those there are.
    """
    known = _classes()
    found = known.get(name.upper())
    if found is None:
        message = f"there is no strategy {name[:40]!r}; there are: {', '.join(known)}"
        raise InvalidError(message, "strategy_name")
    return found()


def all_strategies() -> Sequence[Strategy]:
    """Return a new strategy of each name, sorted by name."""
    return [each() for each in _classes().values()]


def load(points: Sequence[EntryPoint]) -> dict[str, type[Strategy]]:
    """Return what the entry points lead to, by name; what is broken is left out.

    A broken one is logged: it can't be used, and stops none of the others.
    """
    found = _Points(points).items()
    whole = {name: each.plugin for name, each in found if _serves(name, each.plugin)}
    return dict(sorted(whole.items()))


@cache
def _classes() -> Mapping[str, type[Strategy]]:
    return load(list(distribution(DISTRIBUTION).entry_points.select(group=GROUP)))


class _Points(ExtensionManager[Strategy]):
    """An extension manager that sees the given entry points alone."""

    def __init__(self, points: Sequence[EntryPoint]) -> None:
        self._points = list(points)
        super().__init__(GROUP, on_load_failure_callback=_tell)

    def list_entry_points(self) -> list[EntryPoint]:
        """Return ours; stevedore's cache has forgotten whose each one is."""
        return self._points


def _serves(name: str, made: object) -> bool:
    """Tell whether an entry point leads to a strategy that has its name."""
    if isinstance(made, type) and issubclass(made, Strategy) and made.name == name:
        return True
    _log.error("strategy.unusable", strategy=name, reason="no strategy of this name")
    return False


def _tell(_: object, point: EntryPoint, error: BaseException) -> None:
    _log.error("strategy.unusable", strategy=point.name, reason=str(error)[:200])
