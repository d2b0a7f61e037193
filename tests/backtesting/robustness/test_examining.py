"""A run is examined to the same bytes, within a bound, and its grade follows."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.canonical import canonical
from abtpro_saas.backtesting.engines.port import (
    Beside,
    FillAt,
    Funding,
    Margin,
    Setup,
)
from abtpro_saas.backtesting.robustness.checks.words import Verdict
from abtpro_saas.backtesting.robustness.examination import shape
from abtpro_saas.backtesting.robustness.examination.leaks import BARS_ASKED
from abtpro_saas.backtesting.robustness.examining import examine
from abtpro_saas.backtesting.robustness.grade import TrialStats, grade
from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.backtesting.words import EngineName
from abtpro_saas.markets.resampling import resample
from abtpro_saas.performance.arithmetic.days import Days
from abtpro_saas.performance.record import Reason
from tests.backtesting import records
from tests.backtesting.candles import HOUR, START, made, walk
from tests.backtesting.robustness.searches import noise, ordered

ALONE = TrialStats(1, 1, 0.1, 0.01)


def examined(order, market):
    run = calculate(order, market, lambda _: None)
    return run, examine(market, order, run.record, run.metrics)


def verdicts(order, market, trials=ALONE, **of):
    run, found = examined(order, market)
    graded = grade(found, run.metrics, trials, **{"simulated": False} | of)
    return {each.code: each.verdict for each in graded.checks}, graded


@pytest.mark.parametrize("name", ["SMA_CROSS", "DCA", "RSI_CROSS"])
def test_the_same_run_is_examined_to_the_same_bytes(name):
    order, market = ordered(name, 900), [walk(3, 900)]

    assert canonical(examined(order, market)[1]) == canonical(
        examined(order, market)[1]
    )


@pytest.mark.parametrize("strategy", all_strategies(), ids=lambda each: each.name)
def test_each_built_in_strategy_is_examined_and_sees_nothing_of_the_future(strategy):
    count = max(strategy.symbols[0], min(strategy.symbols[1], 3))
    symbols = tuple(f"C{k}/USDT" for k in range(count))
    first = walk(1, 700)
    market = [
        replace(walk(k + 1, 700, symbol=name), time=first.time)
        for k, name in enumerate(symbols)
    ]
    found, graded = verdicts(ordered(strategy.name, 700, symbols=symbols), market)

    assert found["look_ahead"] == found["repeatable"] == Verdict.PASSED
    assert 0 <= graded.score <= 100
    assert ("universe" in found) == (count > 1)


def test_an_ema_of_200_over_300_candles_is_flagged_and_the_least_is_named():
    order = ordered("EMA_CROSS", 300, fast=12, slow=200)
    found, graded = verdicts(order, [walk(3, 300)])
    words = next(each.text for each in graded.checks if each.code == "warm_up")

    assert found["warm_up"] == Verdict.FAILED
    assert "(declared: 201)" in words.en
    assert graded.letter >= "D"


def test_noise_earns_no_good_grade():
    letters = [
        verdicts(ordered(bars=3_000), [noise(seed, 3_000)])[1].letter
        for seed in range(10)
    ]

    assert min(letters) >= "C"


def test_skill_that_is_there_earns_a_good_one():
    """Up and down by turns for weeks, so that following a trend pays all the time."""
    rng = np.random.default_rng(3)
    drift = np.tile(np.repeat([0.004, -0.004], 120), 60)
    close = 1_000 * np.exp(np.cumsum(drift + rng.normal(0, 0.003, len(drift))))
    order = ordered(bars=len(close), fast=5, slow=20)
    found, graded = verdicts(order, [made(close)])

    assert graded.letter in {"A", "B"}
    assert found["deflated_sharpe"] == Verdict.PASSED


def test_a_free_run_filled_at_its_own_close_says_so():
    order = ordered(bars=900)
    order = replace(order, setup=Setup(fill_at=FillAt.CLOSE))
    found, graded = verdicts(order, [walk(3, 900)], simulated=True)

    assert found["costs_given"] == found["fill_price"] == Verdict.WARNED
    assert found["simulated"] == Verdict.WARNED
    assert graded.letter >= "B"


def test_a_trailing_stop_within_a_candle_s_range_is_told():
    narrow, wide = (
        verdicts(ordered(bars=900, trailing=trail), [walk(3, 900)])[0]["trailing_stop"]
        for trail in (0.0005, 0.2)
    )

    assert (narrow, wide) == (Verdict.WARNED, Verdict.PASSED)
    assert "trailing_stop" not in verdicts(ordered(bars=900), [walk(3, 900)])[0]


def test_missing_candles_and_wrong_prices_are_told():
    candles = walk(3, 900)
    high = candles.high.copy()
    high[500] *= 40
    odd = replace(candles, high=high)
    kept = np.r_[0:300, 360:900]
    columns = {
        name: getattr(candles, name)[kept]
        for name in ("time", "open", "high", "low", "close", "volume")
    }
    order = replace(ordered(bars=900), gap_tolerance=1.0)

    assert verdicts(order, [odd])[0]["data_quality"] == Verdict.WARNED
    gappy = verdicts(order, [replace(candles, **columns)])
    assert gappy[0]["data_quality"] == Verdict.FAILED
    assert "60 (6.67%), in 1 gaps" in next(
        each.text.en for each in gappy[1].checks if each.code == "data_quality"
    )


def test_the_slow_engine_is_examined_too():
    order = replace(ordered(bars=400), engine=EngineName.BACKTRADER)
    found, _ = verdicts(order, [walk(3, 400)])

    assert found["look_ahead"] == Verdict.PASSED


def test_bar_by_bar_little_is_run_again():
    _, found = examined(ordered("DCA", 12_000), [noise(1, 12_000)])

    assert found["foresight"]["longest"] == BARS_ASKED * 2 // 3
    assert found["foresight"]["cuts"] == 2
    assert found["costs"]["estimated"]
    assert found["history"] is None


def test_shares_of_profit_are_those_of_a_hand():
    record = records.record(1_000, 4)
    profits = np.array([-50.0, 100.0, 30.0, 20.0])
    reasons = np.array([Reason.SIGNAL, Reason.SIGNAL, Reason.SIGNAL, Reason.OPEN])
    trades = replace(record.trades, profit=profits, reason=reasons)
    equity = np.linspace(10_000.0, 10_100.0, 1_000)
    found = shape.concentration(replace(record, trades=trades, equity=equity))

    assert found["best_trade"] == found["best_trades"] == 1.0
    assert (found["open_trades"], found["open_share"]) == (1, 0.2)
    assert found["months"] == 2
    assert found["best_month"] == pytest.approx(743 / 999, abs=0.01)


def test_a_loss_has_no_shares():
    record = records.record(100, 3)
    lost = replace(record, equity=np.linspace(10_000.0, 9_000.0, 100))
    found = shape.concentration(lost)

    assert found["best_trade"] is None
    assert found["open_share"] is None


def test_daily_moments_are_those_of_the_metrics():
    record = records.record(2_400, 0)
    days, found = Days(record), shape.daily(record)

    assert found["sharpe"] == pytest.approx(days.sharpe)
    assert found["skewness"] == pytest.approx(days.skewness)
    assert found["kurtosis"] == pytest.approx(days.kurtosis)
    assert found["count"] == 100


def perpetual(rate):
    order = ordered(bars=900, fast=3, slow=10)
    traded = {"shorts": True, "margin": Margin(5.0, 0.01, 0.01)}
    setup = replace(order.setup, **traded, funding=Funding(rate))
    return replace(order, setup=setup)


def test_funding_that_is_known_in_part_is_said_to_be_in_the_profit():
    _, graded = verdicts(perpetual(None), [walk(3, 900)])

    (text,) = (each.text for each in graded.checks if each.code == "funding")
    assert text.en.endswith("Those that are known are in the profit.")
    assert "กำไรรวมเฉพาะส่วนที่ทราบ" in text.th


def test_funding_that_nobody_knows_is_told_and_no_pass():
    known, unknown = (
        verdicts(perpetual(rate), [walk(3, 900)])[0]["funding"]
        for rate in (0.0001, None)
    )

    assert (known, unknown) == (Verdict.PASSED, Verdict.UNKNOWN)
    assert "funding" not in verdicts(ordered(bars=900), [walk(3, 900)])[0]


def test_a_position_that_was_liquidated_caps_the_grade():
    """Five times its margin, and a market that halves within a day."""
    close = np.concatenate([np.linspace(100, 130, 60), np.linspace(130, 50, 24)])
    order = replace(ordered("BUY_AND_HOLD", 900), setup=perpetual(0.0).setup)
    found, graded = verdicts(order, [made(np.append(close, np.full(800, 50.0)))])

    assert found["liquidation"] == Verdict.FAILED
    assert graded.letter >= "D"


@pytest.mark.parametrize("bars", [53, 60, 200])
def test_runs_that_are_next_to_nothing_are_examined_too(bars):
    found, graded = verdicts(ordered(bars=bars), [walk(1, bars)])

    assert found["trades"] == found["sample_length"] == Verdict.FAILED
    assert graded.letter >= "E"


def test_costs_are_stressed_with_the_finer_candles_of_the_run():
    """With detail the stop is known to have come after the target."""
    finer = walk(8, 900 * 12)
    fine = replace(finer, step=HOUR // 12, time=START + HOUR // 12 * np.arange(10_800))
    market = [resample(fine, HOUR)]
    order = ordered(bars=900, fast=3, slow=10, stop_loss=0.005, take_profit=0.006)
    order = replace(order, setup=replace(order.setup, detail_timeframe="5m"))
    beside = Beside(detail=fine)
    run = calculate(order, market, lambda _: None, beside)
    found = examine(market, order, run.record, run.metrics, beside)
    dearer = replace(order.setup.costs, maker=0.002, taker=0.002)
    twice = calculate(
        replace(order, setup=replace(order.setup, costs=dearer)),
        market,
        lambda _: None,
        beside,
    )

    assert found["costs"]["returns"]["2"] == pytest.approx(
        twice.metrics["total_return"]
    )
    assert found["inside"]["coarse"] is not None
