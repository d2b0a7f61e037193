"""What a strategy decides over candles, as plain columns that can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from abtpro_saas.backtesting.robustness.resampling.chance import generator
from abtpro_saas.performance.record import Floats, Integers
from abtpro_saas.plugins.api.candles import Candles, Flags
from abtpro_saas.plugins.api.parameters import Values
from abtpro_saas.plugins.api.strategies import (
    Signals,
    SignalStrategy,
    Strategy,
    WeightStrategy,
)

Columns = Mapping[str, Flags | Floats]

TIES = 1e-6
"""By how much prices are moved so that none are equal."""

_PRICES = ("open", "high", "low", "close")
_FLAGS = {"enter", "leave", "enter_short", "leave_short"}


def decides_at_once(strategy: Strategy) -> bool:
    """Tell whether a strategy decides for all candles in one call."""
    return isinstance(strategy, SignalStrategy | WeightStrategy)


def decisions(strategy: Strategy, market: Sequence[Candles], values: Values) -> Columns:
    """Return a column for each thing that a strategy says, with a row for each candle.

    Raises:
        TypeError: it decides bar by bar.
    """
    bars = len(market[0])
    if isinstance(strategy, WeightStrategy):
        weights = np.array(strategy.weights(market, values), np.float64)
        return {
            f"weight {place + 1}, {each.symbol}": weights[:, place]
            for place, each in enumerate(market)
        }
    if isinstance(strategy, SignalStrategy):
        signals = strategy.signals(market[0], values)
        return {
            each.name: _column(each.name, getattr(signals, each.name), bars)
            for each in fields(Signals)
        }
    raise TypeError(f"{strategy.name} decides bar by bar")


def _column(name: str, given: Flags | Floats | None, bars: int) -> Flags | Floats:
    """Return a copy: a strategy may write to its arrays again."""
    if name in _FLAGS:
        return np.zeros(bars, np.bool_) if given is None else np.array(given, np.bool_)
    return np.full(bars, np.nan) if given is None else np.array(given, np.float64)


def apart(candles: Candles) -> Candles:
    """Return candles of which no two are alike, each valid as before.

    Sums that begin or end elsewhere round elsewhere: in a market that stands still,
    that alone would turn decisions over.
    """
    factors = 1.0 + TIES * generator(len(candles)).random(len(candles))
    moved = {name: getattr(candles, name) * factors for name in _PRICES}
    return replace(candles, **moved)


def differing(one: Columns, other: Columns, within: float) -> Mapping[str, Integers]:
    """Return the rows in which columns of equal length differ, if any do.

    Numbers may be apart by ``within`` of their size.
    """
    found = {}
    for name, column in one.items():
        same = _same(column, other[name], within)
        if not same.all():
            found[name] = np.flatnonzero(~same)
    return found


def _same(one: Flags | Floats, other: Flags | Floats, within: float) -> Flags:
    same: Flags = one == other
    if one.dtype != np.bool_:
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.abs(one), np.abs(other))
            same |= np.abs(one - other) <= within * size
        same |= np.isnan(one) & np.isnan(other)
    return same


def part(columns: Columns, rows: slice) -> Columns:
    """Return some rows of all columns."""
    return {name: column[rows] for name, column in columns.items()}


def events(column: Flags | Floats) -> Integers:
    """Return the rows at which a column says something new."""
    if column.dtype == np.bool_:
        return np.flatnonzero(column)
    before = np.concatenate(([np.nan], column[:-1]))
    return np.flatnonzero(~np.isnan(column) & (column != before))
