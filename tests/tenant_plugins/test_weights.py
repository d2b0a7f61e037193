"""Volatility targets and rankings, against plain loops."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import Setup
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.plugins.api.parameters import read_values
from tests.backtesting import plain
from tests.backtesting.candles import HOUR, made
from tests.tenant_plugins.market import rows, several, weights

SEEDS = st.integers(0, 10_000)
DIRECTIONS = st.sampled_from(["long", "both"])
many = settings(deadline=None, max_examples=60)


def stretches(time, every):
    """Return the rows at which a new stretch begins."""
    numbers = [t // (HOUR * every) for t in time]
    return {i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1]}


def sign(x, direction):
    return int(x > 0) - int(x < 0 and direction == "both")


@many
@given(
    SEEDS,
    st.integers(1, 3),
    st.integers(2, 30),
    st.integers(2, 30),
    st.integers(1, 30),
    DIRECTIONS,
)
def test_each_symbol_is_held_with_its_share_of_the_risk(
    seed, count, lookback, period, every, direction
):
    market = several(seed, count, 120)
    warm, begun = max(lookback, period), stretches(market[0].time, every)
    expected, before = {}, [0] * count
    for i in range(lookback, 120):
        signs = [
            sign(each.close[i] - each.close[i - lookback], direction) for each in market
        ]
        if i >= warm and (i in begun or signs != before):
            expected[i] = [
                way * size(each.close, i, period, 0.4, 0.8) / count
                for way, each in zip(signs, market, strict=True)
            ]
        before = signs

    told = {"lookback": lookback, "vol_period": period, "rebalance": every}
    found = rows(
        weights(
            "VOL_TARGET_TREND",
            market,
            **told,
            target_vol=0.4,
            most=0.8,
            direction=direction,
        )
    )
    assert found.keys() == expected.keys()
    for i, row in found.items():
        assert row == pytest.approx(expected[i], rel=1e-6, abs=1e-12)


def size(close, i, period, target, most):
    """Return target over the yearly deviation of the last returns, at most ``most``."""
    returns = [log(close[k] / close[k - 1]) for k in range(i - period + 1, i + 1)]
    deviation = plain.spread(returns) * sqrt(365 * 24)
    return most if deviation * most <= target else target / deviation


def test_what_is_calm_is_held_in_full_and_what_is_wild_in_part():
    calm = made(np.linspace(100, 130, 300), time=HOUR * np.arange(300))
    zigzag = np.linspace(100, 130, 300) * np.where(np.arange(300) % 2, 1.02, 1.0)
    wild = made(zigzag, time=calm.time, symbol="W/USDT")
    told = {"lookback": 50, "vol_period": 20, "rebalance": 24}
    found = rows(weights("VOL_TARGET_TREND", [calm, wild], **told))

    held = found[max(found)]
    assert held[0] == 0.5
    assert 0.0 < held[1] < 0.15


def test_the_highest_total_weight_is_what_an_engine_takes():
    strategy = find_strategy("VOL_TARGET_TREND")
    most = {each.name: each for each in strategy.parameters}["most"].high
    told = {"lookback": 5, "vol_period": 5, "target_vol": 5.0, "most": most}
    values = read_values(strategy.parameters, told | {"rebalance": 1})
    calm = made(np.linspace(100, 101, 60), time=HOUR * np.arange(60))
    record = CompiledEngine().run([calm], strategy, values, Setup())

    assert record.exposure[-1] == pytest.approx(record.equity[-1])


@many
@given(
    SEEDS,
    st.integers(2, 6),
    st.integers(2, 40),
    st.integers(0, 10),
    st.integers(1, 5),
    st.integers(1, 30),
    DIRECTIONS,
    st.sampled_from(["yes", "no"]),
)
def test_the_best_are_held_in_equal_parts(
    seed, count, lookback, skip, top, every, direction, rising
):
    market = several(seed, count, 120)
    skip = min(skip, lookback - 1)
    expected = {}
    for i in sorted(stretches(market[0].time, every)):
        if i >= lookback:
            returns = [m.close[i - skip] / m.close[i - lookback] - 1 for m in market]
            expected[i] = ranked(returns, top, direction, rising)

    told = {"lookback": lookback, "skip": skip, "top": top, "rebalance": every}
    told |= {"direction": direction, "only_rising": rising}
    assert rows(weights("XS_MOMENTUM", market, **told)) == expected


def ranked(returns, top, direction, rising):
    order = sorted(range(len(returns)), key=lambda k: (-returns[k], k))
    share = 1.0 / top if direction == "long" else 0.5 / top
    out = [0.0] * len(returns)
    for place, k in enumerate(order):
        if place < top:
            out[k] = share if returns[k] > 0 or rising == "no" else 0.0
        elif direction == "both" and place >= len(order) - top:
            out[k] = -share if returns[k] < 0 or rising == "no" else 0.0
    return out


def test_a_symbol_without_a_price_is_not_ranked():
    times = HOUR * np.arange(60)
    late = np.concatenate((np.full(40, np.nan), np.linspace(1, 99, 20)))
    market = [
        made(np.linspace(10, 11, 60), time=times, symbol="A/USDT"),
        made(late, time=times, symbol="B/USDT"),
        made(np.linspace(10, 12, 60), time=times, symbol="C/USDT"),
    ]
    found = rows(weights("XS_MOMENTUM", market, lookback=10, top=1, rebalance=1))

    assert found[49] == [0.0, 0.0, 1.0]
    assert found[50] == [0.0, 1.0, 0.0]
    both = {"lookback": 10, "top": 1, "rebalance": 1, "direction": "both"}
    found = rows(weights("XS_MOMENTUM", market, **both, only_rising="no"))
    assert found[49] == [-0.5, 0.0, 0.5]
    assert found[50] == [-0.5, 0.5, 0.0]


def test_rebalancing_keeps_to_the_clock_wherever_candles_begin():
    whole = several(4, 2, 120)
    part = [each[17:] for each in whole]
    told = {"lookback": 5, "top": 1, "rebalance": 7}
    found = rows(weights("XS_MOMENTUM", whole, **told))

    later = rows(weights("XS_MOMENTUM", part, **told))
    assert later == {i - 17: row for i, row in found.items() if i >= 17 + 5}
