"""What a backtest is asked to do, as a frozen value that says all that decides it.

An order reads back from its JSON unchanged, and equal orders have equal texts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from abtpro_saas.backtesting.engines.port import Costs, Market, Setup
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.errors import InvalidError
from abtpro_saas.plugins.api.parameters import Value

Made = TypeVar("Made")

GAPS = 0.01
"""How much of the candles may be missing, unless an order says otherwise."""


class OrderError(InvalidError):
    """A backtest cannot be run as ordered; ``field`` names what to change."""

    code = "invalid_backtest"


@dataclass(frozen=True)
class Order:
    """One backtest; times are in milliseconds since 1970 UTC.

    Candles that open in [``start``, ``end``) are run over; None is as far as there are
    any. ``parameters`` are those given, or all of them once the order was checked.
    """

    strategy: str
    symbols: tuple[str, ...]
    timeframe: str
    exchange: str | None = None
    start: int | None = None
    end: int | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    setup: Setup = field(default_factory=Setup)
    engine: EngineName = EngineName.COMPILED
    gap_tolerance: float = GAPS
    seed: int = 0


LATER: Mapping[type[Any], tuple[str, ...]] = {
    Setup: ("margin", "funding", "detail_timeframe", "universe"),
    Costs: ("fee_in",),
    Market: ("participation",),
}
"""What came when there were orders already: unsaid where it is as it was before."""


def order_json(order: Order) -> dict[str, Any]:
    """Return an order as JSON keeps it."""
    said = asdict(order) | {"symbols": list(order.symbols)}
    return said | {"setup": setup_json(order.setup)}


def setup_json(setup: Setup) -> dict[str, Any]:
    """Return a setup as JSON keeps it, and as certificates hash it."""
    said = asdict(setup)
    parts = (setup, said), (setup.costs, said["costs"]), (setup.market, said["market"])
    for part, members in parts:
        usual = type(part)()
        for name in LATER[type(part)]:
            if getattr(part, name) == getattr(usual, name):
                del members[name]
    return said


def order_from(stored: Mapping[str, Any]) -> Order:
    """Return the order that ``order_json`` wrote, or an earlier release's did."""
    return _made(Order, dict(stored) | {"symbols": tuple(stored["symbols"])})


def _made(kind: type[Made], stored: Mapping[str, Any]) -> Made:
    """Return a dataclass of what is stored; what it did not have yet is its default."""
    kinds = get_type_hints(kind)
    values = {
        each.name: _read(kinds[each.name], stored[each.name])
        for each in fields(kind)  # type: ignore[arg-type] # Made is a dataclass
        if each.name in stored
    }
    return kind(**values)


def _read(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a field of any type
    if NoneType in get_args(kind):
        kind, *_ = get_args(kind)
        return None if value is None else _read(kind, value)
    if is_dataclass(kind):
        return _made(kind, value)  # type: ignore[arg-type] # a class, by its hint
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    # A database may write 10000.0 without its point, and hashes tell the two apart.
    return float(value) if kind is float else value
