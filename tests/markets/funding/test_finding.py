"""Which history of funding belongs to which market, and who may see it."""

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.finding import (
    SeriesNotFoundError,
    default_exchange,
    find_series,
    find_source,
)
from abtpro_saas.markets.funding.finding import find_funding
from abtpro_saas.markets.naming import MarketNameError, perpetual_name
from abtpro_saas.markets.timeframes import TimeframeError


@pytest.fixture
def found(engine, tenant):
    """Return a function that finds a user's funding; it returns its id."""

    def find(user_id, exchange="binance", symbol="BTC/USDT", *, at=None):
        where = at or tenant
        with tenant_transaction(engine, where) as session:
            series = find_funding(session, where, user_id, exchange, symbol)
        return series and series.series_id

    return find


@pytest.mark.parametrize(
    "asked", ["BTC/USDT:USDT", "BTC/USDT", "btc/usdt", " btc/usdt:usdt "]
)
def test_a_pair_has_the_funding_of_its_linear_perpetual(keep, found, user, asked):
    kept = keep("BTC/USDT:USDT")

    assert found(user(), " Binance", asked) == kept.series_id


def test_another_perpetual_of_the_pair_is_not_it(keep, found, user):
    inverse = keep("BTC/USD:BTC")

    assert found(user(), "binance", "BTC/USD") is None
    assert found(user(), "binance", "BTC/USD:BTC") == inverse.series_id


def test_candles_of_the_perpetual_are_no_funding(keep, found, user):
    keep("BTC/USDT:USDT", "1h")

    assert found(user()) is None


def test_each_exchange_has_its_own(keep, found, user):
    keep(exchange="bybit")

    assert found(user()) is None


def test_ones_own_comes_before_the_tenants(keep, found, user):
    me, other = user(), user()
    mine, ours = keep(owner=me), keep()

    assert (found(me), found(other)) == (mine.series_id, ours.series_id)


def test_what_is_anothers_is_not_found(keep, found, user, new_tenant):
    keep(owner=user())
    elsewhere = new_tenant()
    keep(at=elsewhere)

    assert found(user()) is None


def test_names_that_there_cannot_be_are_refused(found, user):
    with pytest.raises(MarketNameError):
        found(user(), "binance", "bitcoin")


def test_a_perpetual_is_named_after_what_it_is_settled_in():
    assert perpetual_name("eth/thb") == "ETH/THB:THB"
    assert perpetual_name("ETH/USD:ETH") == "ETH/USD:ETH"


def test_candles_are_looked_for_as_if_there_were_no_funding(keep, engine, tenant, user):
    keep("BTC/USDT:USDT", exchange="bybit")
    keep("SOL/USDT", "1h", exchange="okx")
    keep("ETH/USDT", "1h", exchange="bybit")
    where = (tenant, user())

    with tenant_transaction(engine, tenant) as session:
        assert default_exchange(session, tenant) == "okx"
        for find in (find_series, find_source):
            with pytest.raises(SeriesNotFoundError) as refused:
                find(session, *where, "bybit", "BTC/USDT:USDT", "1h")
            assert refused.value.field == "symbol"
            with pytest.raises(TimeframeError):
                find(session, *where, "bybit", "BTC/USDT:USDT", "funding")


def test_a_time_frame_that_is_missing_is_told_without_funding(
    keep, engine, tenant, user
):
    keep("BTC/USDT:USDT")
    keep("BTC/USDT:USDT", "1h")

    with (
        tenant_transaction(engine, tenant) as session,
        pytest.raises(SeriesNotFoundError, match=r"but of 1h$"),
    ):
        find_series(session, tenant, user(), "binance", "BTC/USDT:USDT", "1d")
