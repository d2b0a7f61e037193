"""Pairs, against a regression and a state in plain Python."""

from math import exp, fsum, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backtesting.candles import made
from tests.tenant_plugins.market import rows, weights

BARS = 160


def pair(seed, bars=BARS):
    """Return two symbols that share a trend, with a spread that comes back."""
    rng = np.random.default_rng(seed)
    trend = np.cumsum(rng.normal(0, 0.01, bars))
    spread = np.zeros(bars)
    for i in range(1, bars):
        spread[i] = 0.8 * spread[i - 1] + rng.normal(0, 0.01)
    one = made(100 * np.exp(1.2 * trend + spread), symbol="A/USDT")
    return [one, made(50 * np.exp(trend), symbol="B/USDT")]


def regression(ys, xs):
    """Return slope and the last row's distance in standard deviations."""
    my, mx = fsum(ys) / len(ys), fsum(xs) / len(xs)
    square = fsum((x - mx) ** 2 for x in xs)
    slope = fsum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / square
    left = [(y - my) - slope * (x - mx) for x, y in zip(xs, ys, strict=True)]
    return slope, left[-1] / sqrt(fsum(e * e for e in left) / len(left))


def expected(market, lookback, enter, leave, stop, both):
    first, second = ([log(x) for x in each.close] for each in market)
    out, state = {}, "flat"
    for i in range(lookback - 1, len(first)):
        since = i - lookback + 1
        slope, z = regression(first[since : i + 1], second[since : i + 1])
        if state == "flat":
            allowed = slope > 0 and not 0 < stop <= abs(z)
            if allowed and z <= -enter:
                state = "first"
                other = -slope / (1 + slope) if both else 0.0
                out[i] = [1 / (1 + slope) if both else 1.0, other]
            elif allowed and z >= enter:
                state = "second"
                other = -1 / (1 + slope) if both else 0.0
                out[i] = [other, slope / (1 + slope) if both else 1.0]
        else:
            width = -z if state == "first" else z
            if width <= leave or 0 < stop <= width:
                state, out[i] = "flat", [0.0, 0.0]
    return out


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10_000),
    st.integers(10, 60),
    st.floats(0.8, 2.5),
    st.floats(0.0, 0.7),
    st.sampled_from([0.0, 2.6, 3.0]),
    st.booleans(),
)
def test_a_pair_is_held_from_wide_until_closed(
    seed, lookback, enter, leave, stop, both
):
    market = pair(seed)
    told = {"lookback": lookback, "enter": enter, "leave": leave, "stop": stop}
    direction = "both" if both else "long"
    found = rows(weights("PAIRS", market, **told, direction=direction))

    wanted = expected(market, lookback, enter, leave, stop, both)
    assert found.keys() == wanted.keys()
    for i, row in found.items():
        assert row == pytest.approx(wanted[i], rel=1e-9)


def test_entries_and_exits_take_turns_and_happen():
    found = rows(weights("PAIRS", pair(1, 2_000)))
    held = [any(row) for row in found.values()]

    assert held == [k % 2 == 0 for k in range(len(held))]
    assert len(held) > 20


def test_symbols_that_move_against_each_other_are_left_alone():
    one, other = pair(2, 400)
    mirrored = made(2_500 / other.close, symbol="B/USDT")

    assert rows(weights("PAIRS", [one, mirrored], lookback=100)) == {}


@pytest.mark.parametrize("other", [lambda x: x, lambda x: 3.7 * x, lambda x: x**1.5])
def test_symbols_that_are_the_same_have_no_spread(other):
    one, _ = pair(3, 400)

    assert rows(weights("PAIRS", [one, made(other(one.close))], lookback=20)) == {}


def test_symbols_that_stand_still_are_left_alone():
    still = made([5.0] * 100)
    moving = made([exp(0.01 * (k % 7)) for k in range(100)])

    assert rows(weights("PAIRS", [moving, still], lookback=10)) == {}
    assert rows(weights("PAIRS", [still, moving], lookback=10)) == {}
