"""Costs are multiplied as said, and what is estimated is near what a run says."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.engines.port import Costs, Slippage, SlippageModel
from abtpro_saas.backtesting.robustness.examination import stress
from abtpro_saas.backtesting.robustness.examination.stress import is_free, stressed
from abtpro_saas.backtesting.robustness.examining import examine
from tests.backtesting.candles import walk
from tests.backtesting.robustness.searches import ordered

MARKET = [walk(5, 900)]


def with_costs(order, *costs, slip=None):
    slippage = slip or Slippage()
    return replace(order, setup=replace(order.setup, costs=Costs(*costs, slippage)))


def told(order, market=MARKET):
    run = calculate(order, market, lambda _: None)
    return run, stressed(market, order, run.record, run.metrics)


def total_return(order):
    return calculate(order, MARKET, lambda _: None).metrics["total_return"]


@pytest.mark.parametrize(
    "slip", [Slippage(), Slippage(SlippageModel.FIXED, 0.0005)], ids=["fee", "slip"]
)
def test_each_multiple_is_a_run_with_costs_so_many_times_as_high(slip):
    order = with_costs(ordered(bars=900), 0.001, 0.002, slip=slip)
    _, found = told(order)

    for times in (1, 2, 3):
        more = Slippage(slip.model, slip.value * times)
        dearer = with_costs(order, 0.001 * times, 0.002 * times, slip=more)
        assert found["returns"][str(times)] == pytest.approx(total_return(dearer))
    assert not found["estimated"]
    assert not found["assumed"]


def test_where_trading_is_free_a_usual_fee_is_multiplied():
    order = with_costs(ordered(bars=900), 0.0, 0.0)
    run, found = told(order)

    assert found["assumed"]
    assert found["fee_percent"] == pytest.approx(0.1)
    assert found["returns"]["2"] == pytest.approx(
        total_return(with_costs(order, 0.002, 0.002))
    )
    assert found["returns"]["1"] < run.metrics["total_return"]


def test_a_strategy_that_remembers_its_run_begins_each_anew():
    """One that has bought already would buy no more, and dear fees would look cheap."""
    order = with_costs(ordered("DCA", 900, take_profit=0.02), 0.001, 0.001)
    run = calculate(order, MARKET, lambda _: None)
    found = examine(MARKET, order, run.record, run.metrics)["costs"]

    assert run.metrics["total_trades"] > 2
    for times in (1, 2, 3):
        dearer = with_costs(order, 0.001 * times, 0.001 * times)
        assert found["returns"][str(times)] == pytest.approx(total_return(dearer))


@pytest.mark.parametrize(
    ("costs", "free"),
    [
        (Costs(), True),
        (Costs(0.0, 0.001), False),
        (Costs(0.001, 0.0), False),
        (Costs(slippage=Slippage(SlippageModel.FIXED, 0.0)), True),
        (Costs(slippage=Slippage(SlippageModel.SPREAD, 0.001)), False),
    ],
)
def test_free_is_free_of_fees_and_of_slippage(costs, free):
    assert is_free(costs) == free


def test_costs_stop_where_engines_stop():
    slip = Slippage(SlippageModel.FIXED, 0.3)
    order = with_costs(ordered(bars=900), 0.1, 0.3, slip=slip)

    assert told(order)[1]["returns"]["3"] < -90


def test_long_runs_bar_by_bar_are_estimated_near_to_what_they_are():
    bars = stress.BARS_RUN + 1
    market, order = [walk(5, bars)], ordered("DCA", bars, amount=10.0, every=48)
    _, found = told(order, market)
    dearer = calculate(with_costs(order, 0.003, 0.003), market, lambda _: None)

    assert found["estimated"]
    assert found["returns"]["3"] == pytest.approx(
        dearer.metrics["total_return"], abs=0.2
    )


def test_what_was_paid_stands_beside_what_breaks_even():
    run, found = told(with_costs(ordered(bars=900), 0.001, 0.001))

    assert found["paid_percent"] == pytest.approx(0.1, rel=0.02)
    assert found["break_even_percent"] == run.metrics["break_even_cost"]


def test_at_the_break_even_cost_little_is_left():
    """With small stakes sizes hardly change, so that the figure is nearly exact."""
    order = ordered(bars=900)
    small = replace(order, setup=replace(order.setup, fraction=0.01))
    limit = calculate(small, MARKET, lambda _: None).metrics["break_even_cost"] / 100
    if limit < 0:
        pytest.skip("it loses without any cost")
    even = calculate(with_costs(small, limit, limit), MARKET, lambda _: None)

    assert abs(even.metrics["total_return"]) < 0.02


def test_who_never_trades_pays_nothing():
    flat = replace(
        MARKET[0], **dict.fromkeys(("open", "high", "low", "close"), np.full(900, 9.0))
    )
    _, found = told(ordered(bars=900), [flat])

    assert found["paid_percent"] is None
    assert found["returns"] == {"1": 0.0, "2": 0.0, "3": 0.0}
