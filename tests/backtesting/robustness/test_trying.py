"""A trial is a run: measured by what was asked for, and judged by the search."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.robustness.search import Constraint
from abtpro_saas.backtesting.robustness.searching.trying import try_values
from abtpro_saas.backtesting.robustness.trials import Trial, decode, encode
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.metrics import CATALOGUE, measure
from tests.backtesting import records
from tests.backtesting.candles import made, walk
from tests.backtesting.robustness.searches import noise, ordered, planned, trial

MARKET = [walk(3, 900)]
GRID = [{"fast": 5, "slow": 20}, {"fast": 10, "slow": 30}]


def tried(order=None, grid=GRID, market=MARKET, **members):
    order = order or ordered(bars=900)
    search = planned(order, **members)
    whole = [{**order.parameters, **each} for each in grid]
    return try_values(market, order, search, whole)


def test_each_trial_is_what_a_run_of_its_values_comes_to():
    for found, values in zip(tried(), GRID, strict=True):
        run = calculate(ordered(bars=900, **values), MARKET, lambda _: None)
        assert found.metrics == {key: run.metrics[key] for key in found.metrics}
        assert np.array_equal(found.days, Days(run.record).returns)
        assert found.score == run.metrics["sharpe_ratio"]


def test_a_constraint_that_does_not_hold_makes_a_trial_infeasible():
    few, many = (
        tried(constraints=(Constraint("total_trades", most=most),))
        for most in (2.0, 1e9)
    )

    assert [each.feasible for each in few] == [False, False]
    assert [each.feasible for each in many] == [True, True]
    assert [each.score for each in few] == [each.score for each in many]


def test_a_metric_without_a_value_holds_no_constraint():
    least = (Constraint("win_rate_short", least=0.0),)

    assert not any(each.feasible for each in tried(constraints=least))


def test_who_never_trades_is_no_candidate():
    flat = [replace(MARKET[0], close=np.full(900, 100.0), open=np.full(900, 100.0))]
    quiet = [replace(flat[0], high=flat[0].close, low=flat[0].close)]

    for found in tried(market=quiet, objective="total_return"):
        assert (found.score, found.feasible) == (0.0, False)


def test_what_the_engine_cannot_run_is_left_by_the_others():
    order = ordered("VOL_TARGET_TREND", bars=900)
    order = replace(order, engine=EngineName.BACKTRADER)
    search = planned(order, space={"lookback": (20,)})

    (found,) = try_values(MARKET, order, search, [order.parameters])

    assert (found.score, found.feasible, len(found.days)) == (None, False, 0)


def test_a_trial_that_owes_money_ends_no_search():
    """backtrader lets a short go on in debt, and what that leaves is not measured."""
    order = ordered(bars=900)
    setup = replace(order.setup, shorts=True)
    order = replace(order, engine=EngineName.BACKTRADER, setup=setup)
    path = np.r_[np.linspace(90, 100, 40), np.linspace(100, 80, 40), np.full(820, 300)]
    stops = {"fast": 5, "slow": 20, "stop_loss": 0.05}
    grid = [{"fast": 5, "slow": 20}, stops]
    lost, other = tried(order, grid, [made(path)])

    assert (lost.score, lost.feasible) == (None, False)
    assert other.score is not None


def test_both_engines_give_the_same_trials():
    compiled, other = (
        tried(replace(ordered(bars=900), engine=engine)) for engine in EngineName
    )

    for one, same in zip(compiled, other, strict=True):
        assert one.score == pytest.approx(same.score, rel=1e-9)


@pytest.mark.parametrize(("name", "varied"), [("GRID", "levels"), ("DCA", "amount")])
def test_bar_strategies_forget_between_trials(name, varied):
    order = ordered(name, bars=300)
    search = planned(order, space={varied: (5,)})
    once, again = try_values([noise(1, 300)], order, search, [order.parameters] * 2)

    assert once.metrics == again.metrics


def test_symbols_are_run_at_the_times_that_all_have():
    first = noise(1, 400)
    second = replace(noise(2, 400)[:390], symbol="ETH/USDT")
    order = ordered("XS_MOMENTUM", bars=400, symbols=("BTC/USDT", "ETH/USDT"))
    search = planned(order, space={"lookback": (24,)})

    (found,) = try_values([first, second], order, search, [order.parameters])

    assert len(found.days) == 17


def test_a_few_metrics_are_those_of_all():
    record = records.record(400, 30)
    whole = measure(record)
    few = measure(record, ["sqn", "cagr"])

    assert few == {key: whole[key] for key in ("sqn", "cagr")}
    assert list(whole) == list(CATALOGUE)


def test_trials_read_back_and_the_same_trials_are_the_same_bytes():
    trials = [
        *tried(),
        Trial({"word": "both", "n": 3, "x": 0.1}, {"cagr": None}, None, False, NONE),
        trial(-1.5, [0.0, -0.25], fast=9),
    ]
    stored = encode(trials)

    assert stored == encode(trials) == encode(decode(stored))
    for found, given in zip(decode(stored), trials, strict=True):
        assert replace(found, days=NONE) == replace(given, days=NONE)
        assert np.array_equal(found.days, given.days)
        assert [type(each) for each in found.values.values()] == [
            type(each) for each in given.values.values()
        ]


NONE = np.empty(0)


def test_no_trials_read_back_too():
    assert decode(encode([])) == []
