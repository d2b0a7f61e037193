"""Random markets, signals and costs that are hard on an engine; and small strategies.

Prices lie on a coarse grid, so that ties, gaps beyond a stop, and candles that touch a
stop and a target together are common.
"""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.port import (
    Beside,
    Costs,
    FeeIn,
    FillAt,
    Funding,
    Margin,
    Market,
    Setup,
    Slippage,
    SlippageModel,
)
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.strategies import Signals, SignalStrategy

MINUTE = 60_000


def candles_of(opens, highs, lows, closes, volumes=None, symbol="BTC/USDT"):
    """Return candles of minutes from lists."""
    columns = [np.asarray(each, np.float64) for each in (opens, highs, lows, closes)]
    volume = (
        np.full(len(opens), 10.0) if volumes is None else np.asarray(volumes, float)
    )
    time = np.arange(len(opens), dtype=np.int64) * MINUTE
    return Candles(symbol, MINUTE, time, *columns, volume)


def flat(prices, **kept):
    """Return candles that open, end and stay at one price each."""
    return candles_of(prices, prices, prices, prices, **kept)


def walk(bars, seed, *, drift=0.0, wild=0.01, gap=0.002, symbol="BTC/USDT"):
    """Return a geometric random walk with wicks, and gaps between candles."""
    draw = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(draw.normal(drift, wild, bars)))
    opens = np.roll(closes, 1) * np.exp(draw.normal(0, gap, bars))
    opens[0] = 100.0
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    highs = top * np.exp(np.abs(draw.normal(0, wild, bars)))
    lows = bottom * np.exp(-np.abs(draw.normal(0, wild, bars)))
    volumes = draw.uniform(0.5, 50, bars)
    return candles_of(opens, highs, lows, closes, volumes, symbol)


class Given(SignalStrategy):
    """Signals as the test says."""

    name = "GIVEN"

    def __init__(self, signals, warm_up=0):
        self._signals, self._warm_up = signals, warm_up

    def warm_up(self, _values):
        return self._warm_up

    def signals(self, _candles, _values):
        return self._signals


def marks(bars, *at):
    """Return flags that are set at the candles ``at``."""
    flags = np.zeros(bars, np.bool_)
    flags[list(at)] = True
    return flags


def signals_at(bars, enter=(), leave=(), **others):
    """Return signals at candles; ``others`` are one number for all of them."""
    flags = {n: marks(bars, *v) for n, v in others.items() if n.endswith("_short")}
    numbers = {n: np.full(bars, v) for n, v in others.items() if n not in flags}
    return Signals(marks(bars, *enter), marks(bars, *leave), **flags, **numbers)


def noise(bars, seed, *, often=0.1, shorts=False, **fractions):
    """Return random signals."""
    draw = np.random.default_rng(seed)
    some = [draw.random(bars) < often for _ in range(4)]
    more = {name: np.full(bars, value) for name, value in fractions.items()}
    sides = {"enter_short": some[2], "leave_short": some[3]} if shorts else {}
    return Signals(some[0], some[1], **sides, **more)


@st.composite
def markets(draw, most=50):
    """Draw candles on a grid of whole prices, from 1 up."""
    bars = draw(st.integers(1, most))

    def some(low, high):
        return draw(st.lists(st.integers(low, high), min_size=bars, max_size=bars))

    drift, moves, gaps = draw(st.integers(-2, 2)), some(-9, 9), some(-4, 4)
    price, opens, closes = draw(st.sampled_from([20, 100, 1000])), [], []
    for move, gap in zip(moves, gaps, strict=True):
        opens.append(max(price + gap, 1))
        closes.append(max(opens[-1] + move + drift, 1))
        price = closes[-1]
    ends = list(zip(opens, closes, strict=True))
    highs = [max(e) + w for e, w in zip(ends, some(0, 6), strict=True)]
    lows = [max(min(e) - w, 1) for e, w in zip(ends, some(0, 6), strict=True)]
    return candles_of(opens, highs, lows, closes, some(0, 20))


@st.composite
def all_signals(draw, bars):
    """Draw signals with or without shorts, sizes and stops."""

    def flags():
        return np.array(
            draw(st.lists(st.booleans(), min_size=bars, max_size=bars)), np.bool_
        )

    def fractions(*values):
        if draw(st.booleans()):
            return None
        some = st.sampled_from([np.nan, *values])
        return np.array(draw(st.lists(some, min_size=bars, max_size=bars)))

    both = draw(st.booleans())
    return Signals(
        flags(),
        flags(),
        enter_short=flags() if both else None,
        leave_short=flags() if both else None,
        size=fractions(0.0, 0.3, 1.0),
        stop_loss=fractions(0.0, 0.01, 0.05, 0.3),
        take_profit=fractions(0.0, 0.02, 0.05),
        trailing=fractions(0.01, 0.04, 0.2),
    )


@st.composite
def setups(draw):
    """Draw everything that a setup can say."""
    model = draw(st.sampled_from(SlippageModel))
    value = draw(st.sampled_from([0.0, 0.001, 0.02, 0.4]))
    fee = st.sampled_from([0.0, 0.001, 0.00075, 0.05])
    return Setup(
        initial_capital=draw(st.sampled_from([10_000.0, 137.13])),
        fraction=draw(st.sampled_from([1.0, 0.5, 0.1])),
        shorts=draw(st.booleans()),
        fill_at=draw(st.sampled_from(FillAt)),
        costs=Costs(draw(fee), draw(fee), Slippage(model, value)),
        market=Market(
            price_tick=draw(st.sampled_from([0.0, 0.01, 0.5])),
            size_step=draw(st.sampled_from([0.0, 1e-17, 1e-8, 0.001, 1.0])),
            least_value=draw(st.sampled_from([0.0, 10.0, 500.0])),
        ),
    )


@st.composite
def venues(draw):
    """Draw a setup of which a venue asks more than whole orders of a spot market."""
    setup, kind = draw(setups()), draw(st.sampled_from(["parts", "coins", "margin"]))
    share = draw(st.sampled_from([0.0, 0.05, 0.5, 1.0]))
    # No whole number of steps: money in two parts may be an ulp less than in one.
    capital = setup.initial_capital * 1.000_071_23
    market = replace(setup.market, participation=share)
    setup = replace(setup, market=market, initial_capital=capital)
    if kind == "coins":
        costs = replace(setup.costs, fee_in=FeeIn.BASE)
        return replace(setup, costs=costs, shorts=False)
    if kind == "parts":
        return setup
    costs = replace(setup.costs, taker=min(setup.costs.taker, 0.00075))
    leverage = draw(st.sampled_from([1.0, 1.7, 3.1, 10.3, 49.7]))
    kept = draw(st.sampled_from([0.0, 0.0051, 0.0117]))
    margin = Margin(leverage, kept, draw(st.sampled_from([0.0, 0.0033])))
    rate = draw(st.sampled_from([None, 0.00013, -0.0007, 0.031]))
    hours = draw(st.sampled_from([0.05, 1 / 6, 8.0]))
    funding = Funding(rate, hours) if draw(st.booleans()) else None
    return replace(setup, costs=costs, margin=margin, funding=funding)


@st.composite
def histories(draw, bars, minutes):
    """Draw what is known of funding: nothing, or rates here and there, late or early.

    ``minutes`` are those of a candle.
    """
    times = sorted(draw(st.sets(st.integers(0, bars * minutes), max_size=bars)))
    late = [draw(st.sampled_from([0, 0, 7, -7, 29_000, -29_000])) for _ in times]
    rates = [draw(st.sampled_from([0.0003, -0.0002, 0.011])) for _ in times]
    marks = [draw(st.sampled_from([np.nan, 97.0])) for _ in times]
    found = np.array(times, np.int64) * MINUTE + np.array(late, np.int64)
    return FundingRates(found, np.array(rates, float), np.array(marks, float))


def longer(candles, minutes):
    """Return candles of minutes as ones of so many."""
    return replace(candles, step=minutes * MINUTE, time=candles.time * minutes)


def fine(candles, parts, seed, *, missing=0.0):
    """Return candles of which ``parts`` make one of these, some of them missing."""
    draw, rows = np.random.default_rng(seed), []
    columns = (candles.open, candles.high, candles.low, candles.close)
    for at, *ends in zip(candles.time, *columns, strict=True):
        opened, high, low, close = map(float, ends)
        inner = draw.uniform(low, high, parts - 1)
        first, second = draw.choice(parts, 2, replace=False)
        marks = [opened, *inner, close]
        for part in range(parts):
            a, b = marks[part], marks[part + 1]
            top = high if part == first else max(a, b)
            bottom = low if part == second else min(a, b)
            time = int(at) + part * (candles.step // parts)
            rows.append((time, a, max(top, a, b), min(bottom, a, b), b))
    kept = [row for row in rows if draw.random() >= missing]
    if not kept:
        kept = rows[:1]
    time, *prices = (np.array(each) for each in zip(*kept, strict=True))
    volume = np.ones(len(kept))
    step = candles.step // parts
    return Candles(candles.symbol, step, time.astype(np.int64), *prices, volume)


@st.composite
def besides(draw, candles):
    """Draw what there is beside the candles."""
    parts = draw(st.sampled_from([2, 5]))
    missing = draw(st.sampled_from([0.0, 0.3]))
    detail = fine(candles, parts, draw(st.integers(0, 99)), missing=missing)
    minutes = candles.step // MINUTE
    history = draw(st.none() | histories(len(candles), minutes))
    return Beside(detail, history)
