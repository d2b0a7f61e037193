"""What a result says of itself: tight trailing stops, funding that is not known."""

from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.backtesting.engines.compiled import CompiledEngine
from abtpro_saas.backtesting.engines.port import (
    NOTHING,
    Beside,
    Funding,
    Setup,
)
from abtpro_saas.backtesting.orders import Order
from abtpro_saas.backtesting.reporting.assumptions import assumptions
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.resampling import resample
from abtpro_saas.performance.metrics import measure
from tests.backtesting.engines.worlds import (
    MINUTE,
    Given,
    flat,
    longer,
    noise,
    signals_at,
    walk,
)

HOURS = 24
PERPETUAL = Setup(funding=Funding(interval_hours=0.05))
SELDOM = Setup(funding=Funding(interval_hours=1))


def run(candles, signals, setup, beside=NOTHING):
    return CompiledEngine().run([candles], Given(signals), {}, setup, beside)


def told(setup, metrics):
    order = Order("X", ("BTC/USDT",), "1h", setup=setup)
    values = {key: each.value for key, each in metrics.items()}
    return {each.code for each in assumptions(order, simulated=False, metrics=values)}


@pytest.fixture(scope="module")
def minutes():
    return walk(60 * HOURS * 20, 7, wild=0.001, gap=0.0)


@pytest.fixture(scope="module")
def hours(minutes):
    return resample(minutes, 60 * MINUTE)


def test_a_trailing_stop_narrower_than_candles_warns_and_detail_tells_the_truth(
    minutes, hours
):
    """Within a candle such a stop is met that finished candles never touch."""
    signals = noise(len(hours), 3, often=0.5, trailing=0.003)
    setup = Setup(detail_timeframe="1m")
    coarse = measure(run(hours, signals, Setup()))
    fine = measure(run(hours, signals, setup, Beside(minutes)))

    assert coarse["narrowest_trail"].value < 1
    assert "narrow_trail" in told(Setup(), coarse)
    assert fine["coarse_return"].value == pytest.approx(coarse["total_return"].value)
    assert fine["total_return"].value != pytest.approx(coarse["total_return"].value)
    assert coarse["coarse_return"].reason == "no_finer_candles"


def test_a_wide_trailing_stop_warns_of_nothing(hours):
    wide = measure(run(hours, noise(len(hours), 3, trailing=0.2), Setup()))

    assert wide["narrowest_trail"].value > 1
    assert told(Setup(), wide).isdisjoint({"narrow_trail", "unclear_bars"})


def test_detail_lowers_what_a_tight_trailing_stop_seems_to_earn():
    """Each candle rises by 3 % at once, falls by 1.5 % from there, and ends at the top.

    The stop at 1.2 % below the top is met on the way, but a candle's low lies above
    that of the top before.
    """
    bars, parts = 30, 4
    base = np.repeat(100 * 1.03 ** np.arange(bars), parts)
    closes = base * np.tile([1.03, 1.03 * 0.985, 1.02, 1.03], bars)
    opens = np.concatenate(([100.0], closes[:-1]))
    minute = flat([100.0] * (bars * parts))
    fine = replace(
        minute,
        open=opens,
        close=closes,
        high=np.maximum(opens, closes),
        low=np.minimum(opens, closes),
    )
    coarse = resample(fine, parts * MINUTE)
    signals = signals_at(len(coarse), range(len(coarse) - 1), trailing=0.012)
    seen = run(coarse, signals, Setup(detail_timeframe="1m"), Beside(fine))

    assert seen.inside.trail < 1
    assert seen.equity[-1] < seen.inside.coarse


def test_a_candle_that_touches_both_is_counted_until_detail_tells(minutes, hours):
    signals = noise(len(hours), 5, often=0.5, stop_loss=0.004, take_profit=0.004)
    coarse = run(hours, signals, Setup())
    fine = run(hours, signals, Setup(detail_timeframe="1m"), Beside(minutes))

    assert coarse.inside.unclear > 10
    assert fine.inside.unclear < coarse.inside.unclear / 5
    assert "unclear_bars" in told(Setup(), measure(coarse))


def test_funding_that_nobody_knows_is_unknown_and_never_nothing():
    record = run(flat([100.0] * 10), signals_at(10, [0]), PERPETUAL)
    measured = measure(record)["funding"]

    assert (measured.value, measured.reason) == (None, "funding_unknown")
    assert record.equity[-1] == 10_000
    assert "funding_unknown" in told(PERPETUAL, measure(record))


def test_one_rate_that_is_missing_leaves_its_trade_unknown_and_no_other():
    history = history_of({3: 0.001, 9: 0.002})
    signals = signals_at(12, [0, 7], [4])
    record = run(flat([100.0] * 12), signals, PERPETUAL, Beside(funding=history))
    first, second = record.trades.funding

    assert first == pytest.approx(10.0)  # of 3 alone: it was left at 5
    assert second == pytest.approx(0.002 * (10_000 - 10))
    unknown = replace(history, time=history.time[:1], rate=history.rate[:1])
    partly = Beside(funding=replace(unknown, mark=history.mark[:1]))
    funding = run(flat([100.0] * 12), signals, PERPETUAL, partly).trades.funding
    assert np.isnan(funding).tolist() == [False, True]


@pytest.mark.parametrize(("lacks", "unknown"), [([], False), ([7], True), ([2], True)])
def test_a_gap_of_the_history_is_unknown_though_a_longer_interval_hides_it(
    lacks, unknown
):
    known = {n: 0.001 for n in range(1, 30, 2) if n // 2 not in lacks}
    candles, held = flat([100.0] * 30), signals_at(30, [0])

    funding = run(candles, held, SELDOM, Beside(funding=history_of(known))).trades

    assert np.isnan(funding.funding).tolist() == [unknown]


def test_what_is_known_of_a_trades_funding_is_in_its_profit_as_in_the_equity():
    history = history_of({3: 0.001, 9: 0.002})
    record = run(
        flat([100.0] * 12), signals_at(12, [0]), PERPETUAL, Beside(funding=history)
    )

    assert np.isnan(record.trades.funding).all()  # nobody knows of the one at 6
    assert record.trades.profit.sum() == pytest.approx(-30.0)
    assert record.equity[-1] == pytest.approx(10_000 - 30.0)


def test_nothing_is_charged_after_the_last_candle_or_before_a_position():
    history = history_of({0: 0.001, 3: 0.001, 6: 0.001, 9: 0.001, 12: 0.001})
    record = run(
        flat([100.0] * 9), signals_at(9, [2]), PERPETUAL, Beside(funding=history)
    )

    # Entered at the open of 3, after its instant; 9 is when the last candle ends.
    assert record.trades.funding.tolist() == pytest.approx([10.0])


@pytest.mark.parametrize("late", [0, 5, 29_999, -5])
def test_a_payment_that_is_written_late_is_that_of_its_instant(late):
    """Who leaves at that open has paid, who enters at it has not."""
    history = history_of({15: 0.001, 30: 0.001})
    noted = Beside(funding=replace(history, time=history.time + late))
    setup = Setup(funding=Funding(interval_hours=0.25))
    candles = longer(flat([100.0] * 9), 5)
    record = run(candles, signals_at(9, [0, 5], [2, 7]), setup, noted)

    assert record.trades.entry.tolist() == [1, 6]
    assert record.trades.exit.tolist() == [3, 8]
    assert record.trades.funding.tolist() == pytest.approx([10.0, 0.0])


def test_a_payment_that_is_told_twice_is_charged_once():
    history = history_of({3: 0.001, 4: 0.005, 6: 0.001})
    twice = replace(history, time=history.time + np.array([0, 7 - MINUTE, 0]))
    record = run(
        flat([100.0] * 9), signals_at(9, [0]), PERPETUAL, Beside(funding=twice)
    )

    assert record.trades.funding.tolist() == pytest.approx([20.0])


def test_what_is_due_in_a_gap_is_charged_at_the_open_after_it():
    candles = flat([100.0, 100.0, 100.0, 90.0])
    late = replace(candles, time=candles.time + np.array([0, 0, 0, 8]) * MINUTE)
    setup = Setup(funding=Funding(0.001, 0.05))
    record = run(late, signals_at(4, [0]), setup)

    # 3, 6 and 9 minutes lie between the third candle and the one that opens at 11.
    assert record.trades.funding.tolist() == pytest.approx([3 * 9.0])


def test_a_mark_that_is_known_is_what_is_charged_at():
    history = replace(history_of({3: 0.001}), mark=np.array([200.0]))
    record = run(
        flat([100.0] * 5), signals_at(5, [0]), PERPETUAL, Beside(funding=history)
    )

    assert record.trades.funding.tolist() == pytest.approx([20.0])


def history_of(rates):
    """Return rates by the minute at which they are due."""
    times = np.array(list(rates), np.int64) * MINUTE
    return FundingRates(
        times, np.array(list(rates.values())), np.full(len(rates), np.nan)
    )
