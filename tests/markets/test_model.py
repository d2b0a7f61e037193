"""The simulated market: the same everywhere, and like a market."""

import numpy as np
import pytest

from abtpro_saas.markets.inspection.passport import find_gaps, inspect
from abtpro_saas.markets.resampling import resample
from abtpro_saas.markets.simulated import model
from abtpro_saas.markets.store import fingerprint
from tests.markets.conftest import DAY, HOUR, MINUTE, rows

FOREVER = 1 << 50
BOUNDS = {
    "BTC/USDT": (10_000, 150_000),
    "ETH/USDT": (500, 7_000),
    "SOL/USDT": (8, 500),
    "BNB/USDT": (120, 1_600),
    "BTC/THB": (330_000, 5_300_000),
}


@pytest.fixture(scope="module")
def four_years():
    """Return a function that gives a symbol's minutes of all four years."""
    made = {}

    def of(symbol):
        if symbol not in made:
            made[symbol] = model.minutes(symbol)
        return made[symbol]

    return of


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("BTC/USDT", "e982a3c0fc68c900"),
        ("ETH/USDT", "3bea297945e89c98"),
        ("BTC/THB", "660caf1232fa1f81"),
    ],
)
def test_the_seed_says_every_bit(symbol, told):
    assert fingerprint(model.minutes(symbol, days=60))[:16] == told


@pytest.mark.parametrize("symbol", model.SYMBOLS)
def test_fewer_days_are_the_beginning_of_more(symbol):
    week, month = model.minutes(symbol, days=7), model.minutes(symbol, days=30)

    assert rows(month[: len(week)]) == rows(week)


def test_no_two_markets_are_one():
    found = {fingerprint(model.minutes(symbol, days=2)) for symbol in model.SYMBOLS}

    assert len(found) == len(model.SYMBOLS)


def test_another_market_is_not_there():
    with pytest.raises(model.NotModelledError):
        model.minutes("DOGE/USDT")


@pytest.mark.parametrize("symbol", model.SYMBOLS)
def test_every_minute_of_four_years_can_be_true(four_years, symbol):
    candles = four_years(symbol)
    least, most = BOUNDS[symbol]

    assert len(candles) == 1461 * 1440
    assert (int(candles.time[0]), int(candles.time[-1])) == (
        model.START_MS,
        model.END_MS - MINUTE,
    )
    assert inspect(candles, FOREVER).quarantined == 0
    assert find_gaps(candles.time, MINUTE) == []
    assert least < candles.low.min()
    assert candles.high.max() < most
    assert candles.volume.min() > 0


def changes(candles):
    return np.diff(np.log(candles.close))


def likeness(values, lag):
    """Return the autocorrelation at ``lag``."""
    return float(np.corrcoef(values[:-lag], values[lag:])[0, 1])


def kurtosis(values):
    centred = values - values.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2)


@pytest.mark.parametrize("symbol", model.SYMBOLS)
def test_changes_have_fat_tails_and_no_memory_of_direction(four_years, symbol):
    for step in (MINUTE, HOUR, DAY):
        change = changes(resample(four_years(symbol), step))
        assert kurtosis(change) > 4
        assert abs(likeness(change, 1)) < 0.08


@pytest.mark.parametrize("symbol", model.SYMBOLS)
def test_volatility_clusters_for_days(four_years, symbol):
    size = np.abs(changes(resample(four_years(symbol), HOUR)))

    assert likeness(size, 1) > 0.15
    assert likeness(size, 24) > 0.1
    assert likeness(size, 24 * 7) > 0.03


def test_a_year_is_as_wild_as_one_of_crypto(four_years):
    daily = changes(resample(four_years("BTC/USDT"), DAY))

    assert 0.35 < daily.std() * 365**0.5 < 0.9


def test_it_rises_for_months_and_falls_for_months(four_years):
    days = resample(four_years("BTC/USDT"), DAY).close
    quarters = days[90:] / days[:-90]

    assert quarters.max() > 1.5
    assert quarters.min() < 0.7


def test_it_jumps_now_and_then(four_years):
    change = np.abs(changes(four_years("BTC/USDT")))

    assert 40 < np.count_nonzero(change > 0.01) < 800


def test_volumes_follow_the_hour_and_the_movement(four_years):
    candles = four_years("BTC/USDT")
    hours = resample(candles, HOUR)
    by_hour = hours.volume.reshape(-1, 24).mean(axis=0)
    moved = (candles.high - candles.low) / candles.open

    assert by_hour[13:16].mean() > 1.6 * by_hour[2:5].mean()
    assert np.corrcoef(moved, candles.volume)[0, 1] > 0.4


def test_markets_move_together(four_years):
    btc, eth, sol = (
        changes(resample(four_years(f"{coin}/USDT"), HOUR))
        for coin in ("BTC", "ETH", "SOL")
    )

    assert np.corrcoef(btc, eth)[0, 1] > 0.6
    assert 0.4 < np.corrcoef(btc, sol)[0, 1] < 0.95


def test_baht_follow_the_dollar_at_a_rate(four_years):
    dollars, baht = four_years("BTC/USDT"), four_years("BTC/THB")
    rate = baht.close / dollars.close

    assert 28 < rate.min() < rate.max() < 42
    assert rate.std() > 0.3
    assert np.all(baht.close == np.rint(baht.close))


@pytest.mark.parametrize(("symbol", "places"), [("BTC/USDT", 1), ("ETH/USDT", 2)])
def test_prices_stand_on_a_tick(four_years, symbol, places):
    candles = four_years(symbol)

    for name in ("open", "high", "low", "close"):
        values = getattr(candles, name)
        assert np.array_equal(values, np.round(values, places))


def test_each_minute_opens_where_the_last_one_closed(four_years):
    candles = four_years("BTC/THB")

    assert np.array_equal(candles.open[1:], candles.close[:-1])
