"""Trials of a search: what was tried, what came out, and the daily returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.robustness.search import Search
from abtpro_saas.performance.record import Floats
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.parameters import Value, Values


@dataclass(frozen=True)
class Trial:
    """One combination of values.

    ``metrics`` are those that the search asks for and a few that everybody looks at.
    ``score`` is the objective's value, None where it has none; ``feasible`` says that
    it has one and that all constraints hold. ``days`` are daily returns (fractions).
    """

    values: Mapping[str, Value]
    metrics: Mapping[str, float | None]
    score: float | None
    feasible: bool
    days: Floats


def try_values(
    market: Sequence[Candles], order: Order, search: Search, grid: Sequence[Values]
) -> list[Trial]:
    """Return a trial for each row of ``grid``, in its order."""
    raise NotImplementedError


def encode(trials: Sequence[Trial]) -> bytes:
    """Return trials as a Parquet file; the same trials, the same bytes."""
    raise NotImplementedError


def decode(stored: bytes) -> list[Trial]:
    """Return the trials that were encoded."""
    raise NotImplementedError
