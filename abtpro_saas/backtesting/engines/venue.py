"""Signals run as a venue settles them: in parts, on margin, with funding and detail."""

from typing import NamedTuple

import numpy as np

from abtpro_saas.backtesting.engines.loops.passing import Finer
from abtpro_saas.backtesting.engines.loops.signals import Fractions, Prices, Wishes
from abtpro_saas.backtesting.engines.loops.venue import Instants, run_venue
from abtpro_saas.backtesting.engines.port import (
    Beside,
    Funding,
    Setup,
)
from abtpro_saas.backtesting.engines.rules import rules_of, terms_of
from abtpro_saas.backtesting.indicators.compiling import fixed
from abtpro_saas.markets.funding.gaps import missing_instants
from abtpro_saas.markets.funding.rates import FundingRates, no_rates, on_time
from abtpro_saas.plugins.api.candles import Candles, Floats, Integers

HOUR = 3_600_000


class Ordered(NamedTuple):
    """What a run does, as loops read it."""

    prices: Prices
    wishes: Wishes
    fractions: Fractions
    first: int


def settle(
    candles: Candles, ordered: Ordered, setup: Setup, beside: Beside
) -> tuple[Floats, Integers, Floats, int]:
    """Return what the loop leaves: fills, counts, payments and the faulty candle.

    Raises:
        UnsupportedError: a number in the setup makes no sense.
    """
    detail = beside.detail if setup.detail_timeframe else None
    return run_venue(
        ordered.prices,
        ordered.wishes,
        ordered.fractions,
        rules_of(setup),
        terms_of(setup),
        ordered.first,
        instants_of(candles, setup.funding, beside.funding),
        finer_of(candles, detail),
    )


def instants_of(
    candles: Candles, funding: Funding | None, history: FundingRates | None
) -> Instants:
    """Return when funding is due, in which candle, and at which rate.

    What falls between two candles is due at the open of the second; nothing is due
    after the last one.
    """
    if funding is None:
        return _none()
    times, rates, marks = _due(candles, funding, history)
    bars = np.searchsorted(candles.time, times, side="right") - 1
    opened = candles.time[np.maximum(bars, 0)]
    after = times >= opened + candles.step  # in a gap, or when all is over
    bars, later = bars + after, (times > opened) & ~after
    inside = (bars >= 0) & (bars < len(candles)) & (times >= candles.time[0])
    return Instants(
        bars[inside].astype(np.int64),
        later[inside].astype(np.int64),
        rates[inside],
        marks[inside],
    )


def _due(
    candles: Candles, funding: Funding, history: FundingRates | None
) -> tuple[Integers, Floats, Floats]:
    """Return times, rates and marks: NaN where nobody knows.

    They are the instants of the asked interval near which history has no rate, and
    those that its own gaps lack. Venues write an instant some milliseconds late: it is
    its minute's.
    """
    step = round(funding.interval_hours * HOUR)
    start, end = int(candles.time[0]), int(candles.time[-1]) + candles.step
    regular = np.arange(-(-start // step) * step, end, step, dtype=np.int64)
    if funding.rate is not None:
        unknown = np.full(len(regular), np.nan)
        return regular, np.full(len(regular), funding.rate), unknown
    known = on_time(history or no_rates())
    missing = regular[~_near(regular, known.time, step // 2)]
    missing = np.union1d(missing, missing_instants(known.time))
    times = np.concatenate((known.time, missing))
    order, gaps = np.argsort(times, kind="stable"), np.full(len(missing), np.nan)
    rates = np.concatenate((known.rate, gaps))
    marks = np.concatenate((known.mark, gaps))
    return times[order], rates[order], marks[order]


def _near(times: Integers, known: Integers, within: int) -> np.ndarray:
    """Tell of each time whether one that is known lies less than ``within`` from it."""
    edges = np.searchsorted(known, [times - within + 1, times + within])
    return np.asarray(edges[1] > edges[0])


def finer_of(candles: Candles, detail: Candles | None) -> Finer:
    """Return the finer candles, each in the candle that it is a part of."""
    if detail is None:
        nothing = fixed(np.empty(0))
        return Finer(nothing, nothing, nothing, np.empty(0, np.int64))
    bars = np.searchsorted(candles.time, detail.time, side="right") - 1
    end = candles.time[np.maximum(bars, 0)] + candles.step
    within = (bars >= 0) & (detail.time < end)
    starts = np.searchsorted(bars[within], np.arange(len(candles) + 1))
    names = (detail.open, detail.high, detail.low)
    opens, highs, lows = (fixed(each[within]) for each in names)
    return Finer(opens, highs, lows, starts.astype(np.int64))


def narrowest(candles: Candles, trails: Floats) -> float | None:
    """Return the narrowest trailing stop by the mean range of the candles."""
    asked = trails[~np.isnan(trails)] if len(trails) else trails
    if not len(asked):
        return None
    mean = float(((candles.high - candles.low) / candles.close).mean())
    return float(asked.min()) / mean if mean > 0.0 else None


def _none() -> Instants:
    none, nothing = np.empty(0, np.int64), np.empty(0)
    return Instants(none, none, nothing, nothing)
