"""No strategy knows what comes: fewer candles give the same signals up to there."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Integer,
    ParameterError,
    read_values,
)
from abtpro_saas.plugins.api.strategies import Signals, SignalStrategy, WeightStrategy
from tests.backtesting.candles import walk

BARS = 240
SIGNALS = [each for each in all_strategies() if isinstance(each, SignalStrategy)]
WEIGHTS = [each for each in all_strategies() if isinstance(each, WeightStrategy)]


def some(parameter):
    """Return small values that are allowed: short windows decide often."""
    if isinstance(parameter, Choice):
        return st.sampled_from(list(parameter.options))
    if isinstance(parameter, Integer):
        return st.integers(parameter.low, min(parameter.high, parameter.low + 20))
    return st.floats(parameter.low, min(parameter.high, parameter.default * 2 + 0.1))


@st.composite
def runs(draw, strategies):
    strategy = draw(st.sampled_from(strategies))
    given = {each.name: draw(some(each)) for each in strategy.parameters}
    values = read_values(strategy.parameters, given)
    try:
        strategy.check(values)
    except ParameterError:
        values = read_values(strategy.parameters, {})
    return strategy, values, draw(st.integers(0, 1_000)), draw(st.integers(0, BARS))


def rows(signals):
    return {f.name: getattr(signals, f.name) for f in fields(Signals)}


@settings(deadline=None, max_examples=400)
@given(runs(SIGNALS))
def test_signals_do_not_change_with_later_candles(run):
    strategy, values, seed, cut = run
    candles = walk(seed, BARS, gaps=seed % 2 == 1)
    whole, part = (
        rows(strategy.signals(each, values)) for each in (candles, candles[:cut])
    )

    for name, column in whole.items():
        if column is None:
            assert part[name] is None
        else:
            assert len(column) == BARS
            assert np.array_equal(part[name], column[:cut], equal_nan=True), name


@settings(deadline=None, max_examples=400)
@given(runs(SIGNALS))
def test_nothing_is_entered_and_left_at_once(run):
    strategy, values, seed, _ = run
    signals = strategy.signals(walk(seed, BARS, gaps=seed % 2 == 1), values)

    assert not (signals.enter & signals.leave).any()
    if signals.enter_short is not None:
        assert not (signals.enter_short & signals.leave_short).any()
        assert not (signals.enter & signals.enter_short).any()


@settings(deadline=None, max_examples=300)
@given(runs(WEIGHTS))
def test_weights_do_not_change_with_later_candles(run):
    strategy, values, seed, cut = run
    count = max(strategy.symbols[0], min(strategy.symbols[1], 4))
    market = [walk(seed + k, BARS, symbol=f"{k}/USDT") for k in range(count)]
    market = [
        each.__class__(**{**rows_of(each), "time": market[0].time}) for each in market
    ]
    whole = strategy.weights(market, values)
    part = strategy.weights([each[:cut] for each in market], values)

    assert whole.shape == (BARS, count)
    assert np.array_equal(part, whole[:cut], equal_nan=True)
    held = whole[~np.isnan(whole).any(axis=1)]
    assert np.isnan(whole).any(axis=1).sum() == np.isnan(whole).all(axis=1).sum()
    most = max(1.0, float(values.get("most", 1.0)))
    assert (np.abs(held).sum(axis=1) <= most + 1e-9).all()
    if values["direction"] == "long":
        assert (held >= 0.0).all()


def rows_of(candles):
    return {f.name: getattr(candles, f.name) for f in fields(candles)}


@pytest.mark.parametrize("strategy", SIGNALS, ids=lambda each: each.name)
def test_each_one_trades(strategy):
    values = read_values(strategy.parameters, {})
    signals = strategy.signals(walk(1, 3_000), values)

    assert signals.enter.any()
    assert signals.leave.any() or strategy.name == "BUY_AND_HOLD"


@pytest.mark.parametrize("strategy", SIGNALS, ids=lambda each: each.name)
@pytest.mark.parametrize("bars", [0, 1, 2])
def test_next_to_no_candles_give_next_to_no_signals(strategy, bars):
    values = read_values(strategy.parameters, {})
    signals = strategy.signals(walk(1, bars), values)

    assert len(signals.enter) == len(signals.leave) == bars
    assert strategy.name == "BUY_AND_HOLD" or not signals.enter.any()


@pytest.mark.parametrize("strategy", WEIGHTS, ids=lambda each: each.name)
@pytest.mark.parametrize("bars", [0, 1, 2])
def test_next_to_no_candles_weigh_nothing(strategy, bars):
    values = read_values(strategy.parameters, {})
    market = [walk(1, bars) for _ in range(strategy.symbols[0])]

    assert np.isnan(strategy.weights(market, values)).all()


@pytest.mark.parametrize("strategy", SIGNALS, ids=lambda each: each.name)
def test_stops_are_passed_on_where_they_are_asked_for(strategy):
    if not strategy.parameters:
        pytest.skip("it has none")
    given = {"stop_loss": 0.02, "trailing_stop": 0.05}
    signals = strategy.signals(walk(1, 9), read_values(strategy.parameters, given))

    assert (signals.stop_loss == 0.02).all()
    assert (signals.trailing == 0.05).all()
    assert signals.take_profit is None
