"""All that one run's data allow to be checked, as figures; ``grade`` judges them."""

from collections.abc import Mapping, Sequence
from typing import Any

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.performance.record import Record
from abtpro_saas.plugins.api.candles import Candles


def examine(
    market: Sequence[Candles],
    order: Order,
    record: Record,
    metrics: Mapping[str, float | None],
) -> dict[str, Any]:
    """Return the figures of all checks, ready for JSON; same inputs, same bytes."""
    raise NotImplementedError
