"""Funding of the simulated perpetuals: the same everywhere, and like a market's."""

import numpy as np
import pytest

from abtpro_saas.markets.funding.rates import fingerprint
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated.funding import PERPETUALS, simulated_funding
from abtpro_saas.markets.simulated.model import (
    END_MS,
    START_MS,
    NotModelledError,
    minutes,
)
from abtpro_saas.plugins.api.candles import Candles
from tests.markets.conftest import HOUR

INTEREST = 0.0001
SMOOTH = 10_000.0


def funding(symbol, days):
    return simulated_funding(symbol, resample(minutes(symbol, days=days), HOUR))


def priced(close, symbol="BTC/USDT"):
    """Return hours of one price after the other."""
    time = START_MS + HOUR * np.arange(len(close), dtype=np.int64)
    close = np.asarray(close, dtype=np.float64)
    opened = np.concatenate([close[:1], close[:-1]])
    columns = (opened, np.maximum(opened, close), np.minimum(opened, close), close)
    return Candles(symbol, HOUR, time, *columns, np.ones(len(close)))


@pytest.fixture(scope="module")
def four_years():
    """Return a function that gives a symbol's funding of all four years."""
    made = {}

    def of(symbol):
        if symbol not in made:
            made[symbol] = simulated_funding(symbol, resample(minutes(symbol), HOUR))
        return made[symbol]

    return of


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("BTC/USDT", "9785c8a75727cf0d"),
        ("ETH/USDT", "93a6877d2942c9e7"),
        ("SOL/USDT", "3ec2b1aae378ec4e"),
        ("BNB/USDT", "5f4c4224109a55d2"),
    ],
)
def test_the_candles_say_every_bit(symbol, told):
    assert fingerprint(funding(symbol, 60))[:16] == told


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_a_rate_is_due_every_eight_hours_of_four_years(four_years, symbol):
    rates = four_years(symbol)

    assert rates.time.tolist() == list(range(START_MS, END_MS, 8 * HOUR))
    assert len(rates.rate) == len(rates.mark) == len(rates)


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_rates_are_those_of_a_market(four_years, symbol):
    rate = four_years(symbol).rate
    interest = 0.0 if symbol == "BNB/USDT" else INTEREST

    assert 0.5 < np.mean(rate == interest) < 0.9
    assert 0.05 < np.mean(rate < 0) < 0.3
    assert np.abs(rate).max() <= 0.003
    assert np.array_equal(rate, np.round(rate, 8))
    assert -0.1 < rate.mean() * 3 * 365 < 0.2


def test_longs_pay_more_while_it_rises(four_years):
    rates = four_years("BTC/USDT")
    change = rates.mark[9:] / rates.mark[:-9]
    rate = rates.rate[9:]

    assert rate[change > 1.1].mean() > 3 * INTEREST
    assert rate[change < 0.9].mean() < -INTEREST


def test_positions_are_valued_at_the_price_of_the_instant():
    hours = resample(minutes("ETH/USDT", days=5), HOUR)

    rates = simulated_funding("ETH/USDT", hours)

    assert rates.mark.tolist() == hours.open[::8].tolist()


def test_a_rate_knows_nothing_of_what_comes_after_it():
    hours = resample(minutes("BTC/USDT", days=20), HOUR)
    crash = priced(np.concatenate([hours.close[:240], hours.close[240:] / 2]))

    before, after = (simulated_funding("BTC/USDT", each) for each in (hours, crash))

    assert before.rate[:31].tolist() == after.rate[:31].tolist()
    assert before.rate[31] > after.rate[31]


def test_where_nothing_moves_interest_alone_is_paid():
    still = priced([SMOOTH] * 48)

    assert set(simulated_funding("BTC/USDT", still).rate.tolist()) == {INTEREST}
    assert set(simulated_funding("BNB/USDT", still).rate.tolist()) == {0.0}


@pytest.mark.parametrize(
    ("moved", "rate"), [(1.10, 0.00086820), (0.90, -0.00089022), (4.0, 0.003)]
)
def test_a_premium_counts_beyond_a_twentieth_of_a_percent(moved, rate):
    """For 64 hours one price, then another: worked out by hand, in fractions."""
    hours = priced([SMOOTH] * 64 + [SMOOTH * moved] * 32)

    found = simulated_funding("BTC/USDT", hours)

    assert found.rate[:9].tolist() == [INTEREST] * 9
    assert found.rate[9] == pytest.approx(rate, abs=1e-8)


@pytest.mark.parametrize("symbol", ["BTC/THB", "DOGE/USDT"])
def test_others_have_no_perpetual(symbol):
    with pytest.raises(NotModelledError):
        simulated_funding(symbol, priced([SMOOTH] * 24))
