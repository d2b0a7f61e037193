"""Strategies that decide bar by bar: what they see, and how their orders are filled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import (
    Costs,
    FillAt,
    Market,
    Setup,
    UnsupportedError,
)
from abtpro_saas.performance.metrics import measure
from abtpro_saas.performance.record import Reason
from abtpro_saas.plugins.api.strategies import BarStrategy, Side
from tests.backtesting.engines.worlds import (
    Given,
    candles_of,
    flat,
    markets,
    noise,
    setups,
)

ALL = float("inf")


class Scripted(BarStrategy):
    """Calls, by the number of candles seen."""

    name = "SCRIPTED"

    def __init__(self, script):
        self._script, self.seen = script, []

    def warm_up(self, _values):
        return 1

    def on_bar(self, view, _values):
        self.seen.append(view)
        call = self._script.get(len(view.candles))
        if call:
            call(view)


def run(bars, script, **setup):
    candles = candles_of(*zip(*bars, strict=True))
    setup = Setup(initial_capital=1_000.0, **setup)
    return CompiledEngine().run([candles], Scripted(script), {}, setup)


def buy(units):
    return lambda view: view.market(Side.BUY, units)


def sell(units):
    return lambda view: view.market(Side.SELL, units)


QUIET = (100, 100, 100, 100)


class Mimic(BarStrategy):
    """Orders at market what signals say."""

    name = "MIMIC"

    def __init__(self, signals):
        self._signals = signals

    def warm_up(self, _values):
        return 0

    def on_bar(self, view, _values):
        last = len(view.candles) - 1
        if view.position == 0 and self._signals.enter[last]:
            view.market(Side.BUY, ALL)
        elif view.position > 0 and self._signals.leave[last]:
            view.market(Side.SELL, ALL)


@given(markets(), setups(), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_market_orders_for_all_there_is_trade_as_signals_do(candles, setup, seed):
    signals = noise(len(candles), seed, often=0.3)
    setup = Setup(setup.initial_capital, 1.0, fill_at=setup.fill_at, costs=setup.costs)
    engine = CompiledEngine()
    ours = engine.run([candles], Mimic(signals), {}, setup)
    theirs = engine.run([candles], Given(signals), {}, setup)
    for name in ours.trades.__dataclass_fields__:
        np.testing.assert_allclose(
            getattr(ours.trades, name), getattr(theirs.trades, name), 1e-12, 1e-9
        )
    np.testing.assert_allclose(ours.equity, theirs.equity, 1e-12, 1e-9)


def test_the_future_is_in_no_array_that_a_strategy_can_reach():
    seen = []

    def look(view):
        whole = view.candles.close.base
        seen.append((view.candles.close.tolist(), whole.tolist()))

    run([(1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)], {2: look})
    assert seen == [([1.0, 2.0], [1.0, 2.0, 0.0])]


def test_what_a_strategy_sees_cannot_be_written_to():
    def forge(view):
        view.candles.close[0] = 5.0

    with pytest.raises(ValueError, match="read-only"):
        run([QUIET], {1: forge})


def test_a_limit_fills_at_its_price_for_the_maker_s_fee():
    bars = [QUIET, (100, 101, 96, 99), (99, 99, 94, 98)]
    script = {1: lambda view: view.limit(Side.BUY, 2, 95)}
    record = run(bars, script, costs=Costs(maker=0.001, taker=0.1))
    assert record.trades.entry.tolist() == [2]
    assert record.trades.entry_price.tolist() == [95]
    assert record.trades.fees == pytest.approx([0.19])


def test_a_limit_that_the_open_is_beyond_fills_at_the_open():
    script = {1: lambda view: view.limit(Side.BUY, 2, 105)}
    record = run([QUIET, QUIET], script, costs=Costs(maker=0.001, taker=0.01))
    assert record.trades.entry_price.tolist() == [100]
    assert record.trades.fees == pytest.approx([2.0])  # it never rested: taker


def test_a_stop_fills_at_market_once_it_is_touched():
    bars = [QUIET, QUIET, (97, 98, 89, 95)]
    script = {1: buy(2), 2: lambda view: view.stop(Side.SELL, 2, 90)}
    trades = run(bars, script).trades
    assert trades.exit_price.tolist() == [90]
    assert trades.reason.tolist() == [Reason.STOP_LOSS]


def test_a_limit_and_the_stop_below_it_in_one_candle_lose():
    bars = [QUIET, (100, 100, 80, 100)]

    def both(view):
        view.stop(Side.SELL, 2, 90)
        view.limit(Side.BUY, 2, 95)

    trades = run(bars, {1: both}).trades
    assert (trades.entry_price[0], trades.exit_price[0]) == (95, 90)


def test_cancelled_orders_fill_no_more():
    numbers = []
    script = {
        1: lambda view: numbers.append(view.limit(Side.BUY, 1, 90)),
        2: lambda view: (view.cancel(numbers[0]), view.cancel(99)),
        3: lambda view: numbers.append(view.open_orders()),
    }
    record = run([QUIET, QUIET, QUIET, (90, 90, 80, 85)], script)
    assert len(record.trades) == 0
    assert numbers[1] == []


def test_an_order_that_is_not_covered_is_rejected_as_a_whole():
    record = run([QUIET] * 4, {1: buy(11), 2: sell(1)})
    assert len(record.trades) == 0
    assert record.rejected == 2


def test_orders_below_the_least_value_or_a_whole_step_are_rejected():
    market = Market(least_value=50.0, size_step=1.0)
    record = run([QUIET] * 4, {1: buy(0.9), 2: buy(0.4)}, market=market)
    assert (len(record.trades), record.rejected) == (0, 2)


def test_one_order_turns_a_position_where_shorts_are_allowed():
    bars = [QUIET, QUIET, QUIET, (90, 90, 90, 90), (90, 90, 90, 90)]
    record = run(bars, {1: buy(4), 2: sell(10), 3: buy(ALL)}, shorts=True)
    assert record.trades.side.tolist() == [1, -1]
    assert record.trades.size.tolist() == [4, 6]
    assert record.equity[-1] == 1_060


def test_a_short_s_collateral_is_not_free():
    seen = []
    script = {1: sell(4), 2: lambda view: seen.append((view.cash, view.equity))}
    run([QUIET, QUIET], script, shorts=True)
    assert seen == [(600.0, 1_000.0)]


def test_an_account_that_is_worth_nothing_is_liquidated():
    bars = [QUIET, QUIET, (150, 250, 150, 250), QUIET]
    record = run(bars, {1: sell(10), 3: sell(1)}, shorts=True)
    assert record.trades.reason.tolist() == [Reason.LIQUIDATION]
    assert record.trades.exit_price.tolist() == [200]
    assert record.equity[-1] == 0


@pytest.mark.parametrize("fill_at", FillAt)
@pytest.mark.parametrize("order", ["market", "stop"])
def test_a_short_that_is_bought_back_too_late_costs_what_there_is(fill_at, order):
    """All orders end with it, and nothing is left to trade with."""

    def leave(view):
        if order == "stop":
            view.stop(Side.BUY, 4, 110)
            view.stop(Side.BUY, 6, 120)
        else:
            view.market(Side.BUY, 4)
            view.market(Side.BUY, 6)
        view.limit(Side.BUY, 5, 90)

    bars = [QUIET, QUIET, QUIET, (230, 250, 80, 230), QUIET, QUIET]
    script = {1: sell(ALL), 3: leave, 4: sell(ALL), 5: buy(ALL)}
    if fill_at is FillAt.CLOSE and order == "market":
        script = {1: sell(ALL), 4: leave, 5: sell(ALL)}
    record = run(bars, script, shorts=True, fill_at=fill_at, costs=Costs(taker=0.01))
    measured = measure(record)["total_return"]

    assert record.trades.reason.tolist() == [Reason.LIQUIDATION]
    assert record.equity.min() >= 0.0
    assert measured.value == pytest.approx(-100.0)


@pytest.mark.parametrize("units", [0.0, -1.0, float("nan")])
def test_orders_without_units_are_refused(units):
    with pytest.raises(UnsupportedError, match="candle 1"):
        run([QUIET] * 3, {2: buy(units)})


def test_orders_without_a_price_are_refused():
    with pytest.raises(UnsupportedError, match="no order"):
        run([QUIET], {1: lambda view: view.limit(Side.BUY, 1, float("nan"))})


def test_several_purchases_are_one_trip():
    bars = [QUIET, QUIET, (200, 200, 200, 200), (300, 300, 300, 300)]
    trades = run(bars, {1: buy(1), 2: buy(1), 3: sell(2)}).trades
    assert trades.entry_price.tolist() == [150]
    assert trades.profit.tolist() == [300]


def test_what_rounding_leaves_of_a_position_is_none():
    """0.1 + 0.2 - 0.3 is not 0."""
    held = []
    script = {
        1: lambda view: (view.market(Side.BUY, 0.1), view.market(Side.BUY, 0.2)),
        2: sell(0.3),
        3: lambda view: held.append(view.position),
    }
    record = run([QUIET] * 4, script)
    assert held == [0]
    assert record.trades.reason.tolist() == [Reason.SIGNAL]


def test_candles_of_one_symbol_alone_are_traded():
    with pytest.raises(UnsupportedError, match="one symbol"):
        CompiledEngine().run([flat([1.0])] * 2, Scripted({}), {}, Setup())
