"""How much money buys, however fine a venue's steps are; and what it does not buy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.loops.fills import payable, rounded
from abtpro_saas.backtesting.engines.port import Costs, Market, Setup
from tests.backtesting.engines.worlds import Given, flat, signals_at

STEPS = [0.0, 1e-303, 1e-18, 1e-12, 1e-8, 1e-3, 1.0, 1e6]


def left(cash, units, price, share, fee):
    """Return what is left of the cash, as it is booked."""
    return cash - units * price * share - units * fee * price


@given(
    st.floats(1e-3, 1e12),
    st.floats(1e-12, 1e6),
    st.sampled_from([1.0, 0.2]),
    st.sampled_from([0.0, 0.001, 0.1]),
    st.sampled_from(STEPS),
)
@settings(max_examples=2_000, deadline=None)
def test_cash_buys_all_that_it_pays_in_steps_of_any_size(cash, price, share, fee, step):
    units = payable(cash, math.inf, price, share, fee, step)
    whole = cash / (price * (share + fee))

    assert left(cash, units, price, share, fee) >= 0
    assert whole - units <= max(1.001 * step, 1e-14 * whole)


@pytest.mark.parametrize("step", [0.0, 1e-8])
@pytest.mark.parametrize(
    ("cash", "wanted", "price"),
    [
        (1e12, math.inf, 1e290),
        (1e300, 1e300, 1e300),
        (math.inf, 1e10, 1e300),
        (1e-300, 1.0, 1e290),
        (1e300, math.inf, 1e-10),
    ],
)
def test_what_no_float_holds_comes_to_an_end(cash, wanted, price, step):
    units = payable(cash, wanted, price, 0.1, 0.001, step)

    assert units >= 0


@pytest.mark.parametrize("step", [1e-8, 1e-18, 1e-303])
def test_a_step_finer_than_so_many_coins_can_tell_is_none(step):
    price = 9.05e-6
    setup = Setup(costs=Costs(taker=0.001), market=Market(size_step=step))
    signals = signals_at(4, [0], [1])
    record = CompiledEngine().run([flat([price] * 4)], Given(signals), {}, setup)

    assert record.trades.size == pytest.approx([10_000 / (price * 1.001)], rel=1e-12)
    assert record.equity[-1] == pytest.approx(10_000 * 0.999 / 1.001)


@given(st.floats(1e-9, 1e12), st.sampled_from(STEPS[1:]), st.sampled_from([-1, 1]))
def test_whole_grains_are_the_next_ones_that_a_float_can_tell(number, grain, way):
    found = rounded(number, grain, way)

    near = max(1e-9 * grain, 2e-14 * number)
    assert abs(found - number) <= grain + near
    assert way * (found - number) >= -near
    assert np.isfinite(found)
