"""Trades and days drawn anew: what must stay stays, and what is known comes out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.canonical import canonical
from abtpro_saas.backtesting.orders import OrderError
from abtpro_saas.backtesting.robustness.resampled import (
    MOST,
    MonteCarlo,
    Resampling,
    plan_from,
    plan_json,
)
from abtpro_saas.backtesting.robustness.resampling.chance import generator, seed_of
from abtpro_saas.backtesting.robustness.resampling.drawing import (
    blocks,
    courses,
    growths_of,
)
from abtpro_saas.backtesting.robustness.resampling.paths import POINTS, Paths, summary
from abtpro_saas.backtesting.robustness.studies import monte_carlo
from abtpro_saas.performance.arithmetic.days import Days
from tests.backtesting import records
from tests.backtesting.candles import walk
from tests.backtesting.robustness.searches import ordered

ORDER = ordered(bars=1_500, fast=3, slow=10)
MARKET = [walk(5, 1_500)]
RECORD = calculate(ORDER, MARKET, lambda _: None).record
DRAWN = [each for each in Resampling if each is not Resampling.CANDLE_NOISE]


def told(method, record=RECORD, **members):
    return monte_carlo([], ORDER, record, MonteCarlo(method, **members))


def all_courses(method, growths, simulations=40, **members):
    plan = MonteCarlo(method, simulations, **members)
    return np.concatenate(list(courses(100.0, np.array(growths), plan)))


@pytest.mark.parametrize("method", DRAWN)
def test_the_same_seed_is_the_same_bytes_and_another_is_not(method):
    first = canonical(told(method, simulations=50, seed=3))

    assert canonical(told(method, simulations=50, seed=3)) == first
    assert canonical(told(method, simulations=50, seed=4)) != first


def test_trades_in_their_order_make_the_account():
    growths = growths_of(RECORD)

    assert 10_000 * np.prod(1 + growths) == pytest.approx(RECORD.equity[-1], rel=1e-9)
    assert len(growths) == len(RECORD.trades) > 40


def test_another_order_of_trades_ends_the_same_and_falls_otherwise():
    found = told(Resampling.TRADE_SHUFFLE, simulations=300)
    ends = found["end"]["percentiles"]

    assert ends["1"] == pytest.approx(ends["99"], rel=1e-9)
    assert ends["50"] == pytest.approx(RECORD.equity[-1], rel=1e-9)
    assert (
        found["drawdown"]["percentiles"]["5"] < found["drawdown"]["percentiles"]["95"]
    )


def test_ends_that_rounding_alone_tells_apart_are_equal():
    """Shuffled, the same profits are added up in another order."""
    found = told(Resampling.TRADE_SHUFFLE, simulations=200)

    assert found["end"]["at_least"] == 1.0
    even = Paths(100.0, 1)
    even.add(np.array([[100.0 * (1 - 1e-13)], [100.0 * (1 + 1e-13)], [99.0]]))
    assert summary(even, np.array([100.0]), 0.5)["end"]["at_least"] == 2 / 3
    assert summary(even, np.array([100.0]), 0.5)["loss_probability"] == 1 / 3


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=30),
    st.sampled_from(DRAWN),
    st.integers(1, 700),
)
def test_courses_are_as_many_as_asked_of_what_there_is(growths, method, many):
    found = all_courses(method, growths, many)
    steps = found / np.concatenate([np.full((many, 1), 100.0), found[:, :-1]], axis=1)

    assert found.shape == (many, len(growths))
    near = np.abs(steps[:, :, None] - 1 - np.array(growths)).min(axis=2)
    assert (near < 1e-9).all()


def test_a_shuffle_uses_each_trade_once():
    found = all_courses(Resampling.TRADE_SHUFFLE, [0.1, 0.2, -0.3, 0.4])

    assert np.allclose(found[:, -1], 100 * 1.1 * 1.2 * 0.7 * 1.4)
    assert len({tuple(row) for row in found.round(9)}) > 15


def test_blocks_are_runs_of_days_as_long_as_said_and_the_last_is_before_the_first():
    rows = blocks(generator(1), 200, 500, 8.0)
    follows = np.diff(rows, axis=1) % 500 == 1

    assert rows.min() == 0
    assert rows.max() == 499
    assert 1 / (1 - follows.mean()) == pytest.approx(8.0, rel=0.05)
    counts = np.bincount(rows.ravel(), minlength=500)
    assert counts.std() / counts.mean() < 0.3


def test_blocks_of_one_day_are_a_plain_bootstrap():
    rows = blocks(generator(2), 100, 300, 1.0)

    assert abs((np.diff(rows, axis=1) % 300 == 1).mean() - 1 / 300) < 0.003


def test_a_bootstrap_ends_about_where_the_mean_says():
    found = told(Resampling.BLOCK_BOOTSTRAP, simulations=4_000, block=1.0)
    days = Days(RECORD).returns
    expected = 10_000 * (1 + days.mean()) ** len(days)

    assert found["end"]["mean"] == pytest.approx(expected, rel=0.05)
    assert found["axis"] == "days"
    assert found["x"][-1] == len(days)


def test_blocks_are_a_third_root_of_days_unless_said():
    found = told(Resampling.BLOCK_BOOTSTRAP, simulations=10)

    assert found["block"] == round(len(Days(RECORD).returns) ** (1 / 3))


def test_ruin_is_as_likely_as_a_count_of_courses_says():
    growths = [-0.31, 0.35, -0.21, 0.33, 0.0, -0.11]
    plan = MonteCarlo(Resampling.TRADE_BOOTSTRAP, 500, seed=8, ruin=0.4)
    profits = np.diff(10_000 * np.cumprod([1.0, *(1 + np.array(growths))]))
    trades = replace(records.record(50, 6).trades, profit=profits)
    record = replace(records.record(50, 6), trades=trades)
    found = monte_carlo([], ORDER, record, plan)
    slow = np.concatenate(list(courses(10_000.0, growths_of(record), plan)))

    fallen, lost, deep = 0, 0, 0
    for row in slow.tolist():
        peak, worst = 10_000.0, 0.0
        for value in row:
            peak = max(peak, value)
            worst = max(worst, 1 - value / peak)
        fallen += min(row) <= 6_000.0
        lost += row[-1] < 10_000.0
        deep += worst >= 0.3
    assert found["ruin"] == {"loss": 0.4, "probability": fallen / 500}
    assert found["loss_probability"] == lost / 500
    assert {"drawdown": 30, "probability": deep / 500} in found["drawdown_probability"]


def test_who_has_lost_all_has_lost_it_in_every_order():
    profits = np.array([-4_000.0, -7_000.0, 500.0])
    trades = replace(records.record(50, 3).trades, profit=profits)
    record = replace(records.record(50, 3), trades=trades)
    found = told(Resampling.TRADE_SHUFFLE, record, simulations=20)

    assert found["ruin"]["probability"] == 1.0
    assert found["end"]["percentiles"]["99"] == 0.0


def test_bands_lie_above_each_other_and_are_small():
    found = told(Resampling.BLOCK_BOOTSTRAP, simulations=200)
    bands = np.array([found["bands"][each] for each in ("5", "25", "50", "75", "95")])

    assert (np.diff(bands, axis=0) >= 0).all()
    assert bands.shape[1] == len(found["x"]) == len(found["original"]) <= POINTS
    assert len(json.dumps(found)) < 40_000


def test_a_long_course_is_drawn_in_few_points_its_end_included():
    days = np.arange(100_000)
    record = replace(
        records.record(100_000, 0),
        time=records.START + 86_400_000 * days,
        equity=10_000.0 + days,
    )
    found = told(Resampling.BLOCK_BOOTSTRAP, record, simulations=10)

    assert len(found["x"]) == POINTS
    assert found["x"][-1] == 100_000
    assert found["original"][-1] == pytest.approx(109_999.0)


@pytest.mark.parametrize("trades", [0, 1])
def test_from_less_than_two_trades_nothing_is_drawn(trades):
    with pytest.raises(OrderError) as refused:
        told(Resampling.TRADE_SHUFFLE, records.record(50, trades))

    assert refused.value.field == "method"


@pytest.mark.parametrize("method", list(Resampling))
def test_a_plan_reads_back(method):
    plan = plan_from({"method": method.value.upper(), "seed": 4, "ruin": 0.3})

    assert plan_from(json.loads(json.dumps(plan_json(plan)))) == plan
    assert plan.simulations == (100 if method is Resampling.CANDLE_NOISE else 1_000)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "guess"}, "method"),
        ({"simulations": 9}, "simulations"),
        ({"simulations": MOST[Resampling.TRADE_SHUFFLE] + 1}, "simulations"),
        ({"method": "candle_noise", "simulations": 1_001}, "simulations"),
        ({"seed": -1}, "seed"),
        ({"ruin": 1.0}, "ruin"),
        ({"block": 0.5}, "block"),
        ({"noise": 0}, "noise"),
    ],
)
def test_a_refusal_names_the_member(change, field):
    with pytest.raises(OrderError) as refused:
        plan_from({"method": "trade_shuffle"} | change)

    assert refused.value.field == field


def test_generators_repeat_themselves_and_differ_by_each_number():
    assert generator(1, 2).random() == generator(1, 2).random()
    assert len({generator(1, number).random() for number in range(50)}) == 50
    assert generator(1, 2).random() != generator(2, 1).random()
    assert seed_of(1, 2) == seed_of(1, 2) != seed_of(1, 3)
