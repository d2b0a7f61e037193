"""Coins that were delisted count as long as they were traded, and no longer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.calculating import calculate, prepared
from abtpro_saas.backtesting.checking import Coverage, check_span, check_strategy
from abtpro_saas.backtesting.engines.port import Members
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.examining import examine
from abtpro_saas.backtesting.robustness.grade import TrialStats, grade
from abtpro_saas.backtesting.robustness.planning import plan_optimisation
from abtpro_saas.backtesting.robustness.running import run
from abtpro_saas.backtesting.robustness.search import Method, Range, Search
from abtpro_saas.backtesting.strategies.catalogue import find_strategy
from abtpro_saas.backtesting.universe import ABSENT_MS, PointInTime, universe_of
from abtpro_saas.plugins.api.candles import Candles
from abtpro_saas.plugins.api.strategies import WeightStrategy
from tests.backtesting.candles import HOUR, START, made
from tests.backtesting.robustness.searches import ordered

DAY = ABSENT_MS // HOUR
LONG = 100
"""Bars of a gap; after a day a coin is gone."""


def coin(name, bars, *, start=0, seed=1, drift=0.0):
    moves = np.random.default_rng(seed).normal(drift, 0.01, bars)
    time = START + HOUR * np.arange(start, start + bars)
    return made(100 * np.exp(np.cumsum(moves)), time=time, symbol=name)


def without(candles, first, last):
    kept = np.r_[0:first, last : len(candles)]
    names = ("time", "open", "high", "low", "close", "volume")
    columns = (getattr(candles, name)[kept] for name in names)
    return Candles(candles.symbol, candles.step, *columns)


class Equal(WeightStrategy):
    """Divides all among whoever is there, after four candles; remembers who was."""

    name = "EQUAL"

    def __init__(self):
        self.asked = []

    def warm_up(self, values):  # noqa: ARG002 - it has none
        return 4

    def weights(self, market, values):  # noqa: ARG002 - the same
        self.asked.append(
            [(each.symbol, int(each.time[0]), int(each.time[-1])) for each in market]
        )
        return np.full((len(market[0]), len(market)), 1.0 / len(market))


def in_time(order):
    setup = replace(order.setup, universe=Members.POINT_IN_TIME)
    return replace(order, setup=setup)


def calculated(market, order):
    return calculate(in_time(order), market, lambda _percent: None)


def weighed(market):
    made_of, strategy = universe_of(market), Equal()
    return PointInTime(strategy, made_of.listed).weights(made_of.market, {}), strategy


def test_times_are_all_there_are_and_prices_stand_still_where_there_are_none():
    early, late = coin("A", 10), coin("B", 50, start=5)
    found = universe_of([early, late])
    first, second = found.market

    assert len(first.time) == len(second.time) == 55
    assert (first.close[9:] == early.close[-1]).all()
    assert (second.open[:5] == late.open[0]).all()
    assert (first.volume[10:] == 0).all()
    assert np.array_equal(second.close[5:], late.close)
    assert found.listed[:, 0].tolist() == [True] * (10 + DAY) + [False] * (45 - DAY)
    assert found.listed[:, 1].tolist() == [False] * 5 + [True] * 50


def test_a_short_gap_is_an_outage_and_a_long_one_an_absence():
    whole = coin("A", 400)
    short, long = (without(coin("B", 400, seed=2), 100, 100 + n) for n in (5, LONG))

    assert universe_of([whole, short]).listed[:, 1].all()
    assert not universe_of([whole, long]).listed[100 + DAY : 100 + LONG, 1].any()
    assert universe_of([whole, long]).listed[100 + LONG :, 1].all()


def test_a_coin_joins_once_it_has_its_history():
    weights, _ = weighed([coin("A", 50), coin("B", 30, start=20)])

    assert np.isnan(weights[:3]).all()
    assert (weights[3:23, 0] == 1.0).all()
    assert np.isnan(weights[:23, 1]).all()
    assert (weights[23:] == 0.5).all()


def test_what_is_delisted_is_sold_and_the_others_go_on():
    weights, _ = weighed([coin("A", 90), coin("B", 30)])
    gone = 30 + DAY

    assert (weights[3:gone] == 0.5).all()
    assert weights[gone].tolist() == [1.0, 0.0]
    assert (weights[gone + 1 :, 0] == 1.0).all()
    assert np.isnan(weights[gone + 1 :, 1]).all()


def test_who_comes_back_begins_at_the_time_it_is():
    away = without(coin("B", 300), 100, 100 + LONG)
    weights, strategy = weighed([coin("A", 300), away])
    back = START + HOUR * (100 + LONG)

    assert np.isnan(weights[101 + DAY : 100 + LONG + 3, 1]).all()
    assert (weights[100 + LONG + 3 :, 1] == 0.5).all()
    again = [each for each in strategy.asked[-1] if each[0] == "B"]
    assert again[0][1] == back


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(8, 80), st.integers(1, 60)),
        min_size=1,
        max_size=4,
    ),
    st.integers(5, 130),
)
def test_nobody_knows_who_will_join_or_leave(spans, cut):
    market = [
        coin(str(k), bars, start=start, seed=k)
        for k, (start, bars, _) in enumerate([(0, 60, 0), *spans])
    ]
    market[1] = without(market[1], 4, 4 + spans[0][2])
    whole, _ = weighed(market)
    until = START + HOUR * cut
    known = [each[: int((each.time < until).sum())] for each in market]
    there = [k for k, each in enumerate(known) if len(each)]
    part, _ = weighed([known[k] for k in there])

    assert np.array_equal(part, whole[: len(part), there], equal_nan=True)


def test_where_all_were_there_all_the_time_it_is_the_plain_run():
    market = [coin(str(k), 400, seed=k) for k in range(3)]
    order = ordered("XS_MOMENTUM", 400, symbols=("0", "1", "2"), lookback=24)

    plain, found = run(market, order), calculated(market, order).record

    assert np.array_equal(plain.equity, found.equity)
    assert np.array_equal(plain.trades.profit, found.trades.profit)


def test_the_loss_of_a_coin_that_died_is_in_the_result():
    alive = coin("A", 400, seed=3)
    dead = coin("B", 200, seed=4, drift=0.002)
    crash = replace(
        dead,
        **{
            name: np.append(getattr(dead, name)[:190], getattr(dead, name)[190:] * 0.05)
            for name in ("open", "high", "low", "close")
        },
    )
    order = ordered("XS_MOMENTUM", 400, symbols=("A", "B"), lookback=24, top=1)
    with_it = calculated([alive, crash], order).record

    assert len(with_it.time) == 400
    assert with_it.equity[-1] < 0.5 * with_it.equity[180]
    lost = with_it.trades.profit[with_it.trades.symbol == 1].min()
    assert lost < -1_000.0


def test_a_strategy_of_one_symbol_has_no_universe():
    with pytest.raises(OrderError) as refused:
        check_strategy(in_time(ordered("SMA_CROSS", 50)))

    assert refused.value.field == "universe"


def pool(*symbols):
    return ordered("XS_MOMENTUM", 400, symbols=symbols, lookback=24, top=1)


def test_an_order_may_span_what_any_symbol_covers():
    order = replace(pool("A", "B"), start=None, end=None)
    covered = [
        Coverage("A", START, START + 100 * HOUR, ()),
        Coverage("B", START + 60 * HOUR, START + 200 * HOUR, ()),
    ]

    shared = check_span(order, covered, 25)
    whole = check_span(in_time(order), covered, 25)

    assert (shared.start, shared.end) == (START + 60 * HOUR, START + 100 * HOUR)
    assert (whole.start, whole.end) == (START, START + 200 * HOUR)


def test_a_symbol_that_never_comes_is_refused_by_its_name():
    order = in_time(replace(pool("A", "B"), start=START, end=START + 90 * HOUR))
    covered = [
        Coverage("A", START, START + 100 * HOUR, ()),
        Coverage("B", START + 95 * HOUR, START + 200 * HOUR, ()),
    ]

    with pytest.raises(OrderError, match="B has no candles") as refused:
        check_span(order, covered, 25)
    with pytest.raises(OrderError, match="B has no candles"):
        calculated([coin("A", 90), coin("B", 0)], order)
    assert refused.value.field == "symbols"


def test_a_search_takes_shared_times_only():
    search = Search(Method.GRID, {"lookback": Range(10, 20, 5)})

    with pytest.raises(OrderError) as refused:
        plan_optimisation(in_time(pool("A", "B")), search)
    assert refused.value.field == "universe"


def test_a_grade_knows_of_coins_that_are_gone():
    order, market = in_time(pool("A", "B")), [coin("A", 400), coin("B", 200, seed=2)]
    done = calculated(market, order)
    bars, strategy = prepared(order, market, find_strategy("XS_MOMENTUM"))

    found = examine(bars, order, done.record, done.metrics, strategy=strategy)
    told = grade(found, done.metrics, TrialStats(1), simulated=False)

    verdicts = {each.code: each.verdict for each in told.checks}
    assert found["universe"] == {"joined": 0, "left": 1}
    assert verdicts["universe"] == "PASSED"
    assert verdicts["look_ahead"] == "PASSED"
    assert verdicts["warm_up"] == "UNKNOWN"


def test_too_few_members_decide_nothing_and_hold_nothing():
    first, second = coin("0", 300), coin("1", 150, seed=2)
    made_of = universe_of([first, second])
    strategy = find_strategy("PAIRS")
    values = {
        "lookback": 20,
        "enter": 0.5,
        "leave": 0.1,
        "stop": 0.0,
        "direction": "long",
    }
    weights = PointInTime(strategy, made_of.listed).weights(made_of.market, values)

    assert weights[150 + DAY].tolist() == [0.0, 0.0]
    assert np.isnan(weights[151 + DAY :]).all()
