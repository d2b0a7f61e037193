"""Unmodified ccxt against the exchange simulator, by real HTTP."""

from importlib.metadata import distribution

import ccxt
import pytest

from abtpro_saas.markets.simulated.model import START_MS, minutes
from abtpro_saas.markets.sources import catalogue
from abtpro_saas.markets.sources.catalogue import source_of
from abtpro_saas.markets.sources.ccxt_clients import LINEAR, SPOT, lead_elsewhere
from abtpro_saas.markets.sources.ccxt_source import CcxtSource, limit_of
from abtpro_saas.markets.sources.port import (
    PageOrder,
    SourceAwayError,
    SourceRefusedError,
    UnknownExchangeError,
)
from tests.markets.conftest import DAY, HOUR, MINUTE, rows
from tests.markets.exchange import DAYS, FAULTS


@pytest.fixture
def source(exchange):
    return CcxtSource({"binance": exchange.url})


def order(since=START_MS, end=START_MS + DAYS * DAY, step=MINUTE, symbol="BTC/USDT"):
    return PageOrder("binance", symbol, step, since, end)


def all_pages(source, asked):
    """Return the rows of all pages, and how many pages there were."""
    found, count, since = [], 0, asked.since_ms
    while since < asked.end_ms:
        page = source.fetch(order(since, asked.end_ms, asked.step, asked.symbol))
        assert page.next_ms > since
        found, since, count = found + rows(page.candles), page.next_ms, count + 1
    return found, count


def test_pages_make_up_the_whole(source):
    found, count = all_pages(source, order(end=START_MS + 2 * DAY))

    assert found == rows(minutes("BTC/USDT", days=2))
    assert count == 3


def test_a_span_is_kept_to(source):
    start, end = START_MS + 90_001, START_MS + 5 * MINUTE + 1

    found, _ = all_pages(source, order(start, end))

    assert found == rows(minutes("BTC/USDT", days=1))[2:6]


def test_candles_of_a_perpetual_are_those_of_futures(source):
    asked = order(end=START_MS + 2 * DAY, symbol="BTC/USDT:USDT")

    found, count = all_pages(source, asked)

    assert found == rows(minutes("BTC/USDT", days=2))
    assert count == 6


def test_a_page_that_tells_no_markets_means_ask_later(source, exchange):
    exchange.sim("faults", kind="html_ok", path="/exchangeInfo")

    with pytest.raises(SourceAwayError):
        source.fetch(order())

    assert len(source.fetch(order()).candles) == 1000


def knowing(client):
    """Return a client that knows of one pair, and was told so by nobody."""
    pair = {"id": "x", "symbol": "BTC/USDT", "type": "spot", "spot": True}
    client.set_markets([client.safe_market_structure(pair)])
    return client


@pytest.mark.parametrize(
    ("exchange_id", "most"),
    [("coinbase", 300), ("bitget", 200), ("cryptocom", 300), ("bithumb", 200)],
)
def test_no_more_is_asked_for_than_an_exchange_tells_at_once(exchange_id, most):
    assert limit_of(knowing(getattr(ccxt, exchange_id)()), "BTC/USDT") <= most


def test_where_nothing_is_known_few_are_asked_for():
    assert limit_of(knowing(ccxt.Exchange()), "BTC/USDT") == 100


def test_candles_that_an_exchange_would_not_tell_are_refused_before_it_is_asked():
    asked = PageOrder("kraken", "BTC/USDT", HOUR, START_MS, START_MS + 100 * DAY)

    with pytest.raises(SourceRefusedError, match="latest 720 candles") as refused:
        CcxtSource({"kraken": "http://127.0.0.1:1"}).fetch(asked)
    assert refused.value.field == "start"


def test_it_goes_on_after_a_stretch_without_candles(source):
    before = order(since=START_MS - 3 * DAY, end=START_MS + 2 * HOUR, step=HOUR)

    found, _ = all_pages(source, before)

    assert [row[0] for row in found] == [START_MS, START_MS + HOUR]


def test_the_exchange_tells_its_clock(source, exchange):
    exchange.sim("clock", now_ms=START_MS + 12_345)

    assert source.clock("binance") == START_MS + 12_345


@pytest.mark.parametrize(("kind", "wait_s"), FAULTS)
def test_an_answer_that_is_none_means_ask_later(source, exchange, kind, wait_s):
    source.fetch(order())
    exchange.sim("faults", kind=kind, seconds=17)

    with pytest.raises(SourceAwayError) as away:
        source.fetch(order())

    assert away.value.wait_s == wait_s
    assert "<html" not in str(away.value)
    assert len(source.fetch(order()).candles) == 1000


def test_an_exchange_that_does_not_answer_is_away():
    with pytest.raises(SourceAwayError):
        CcxtSource({"binance": "http://127.0.0.1:9"}).clock("binance")


def test_an_empty_page_is_asked_for_twice(source, exchange):
    source.fetch(order())
    exchange.sim("faults", kind="empty")

    assert len(source.fetch(order()).candles) == 1000


def test_an_empty_page_that_comes_twice_is_believed(source, exchange):
    source.fetch(order())
    exchange.sim("faults", kind="empty", times=2)

    page = source.fetch(order())

    assert len(page.candles) == 0
    assert page.next_ms == START_MS + 1000 * MINUTE


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        (order(symbol="DOGE/USDT"), "symbol", "binance has no symbol DOGE/USDT"),
        (order(step=7 * DAY), None, None),
    ],
)
def test_what_the_exchange_does_not_have_is_refused(source, asked, field, told):
    if field is None:
        assert source.fetch(asked) is not None
        return
    with pytest.raises(SourceRefusedError, match=told) as refused:
        source.fetch(asked)

    assert refused.value.field == field


@pytest.mark.parametrize("kind", [SPOT, LINEAR])
def test_what_is_led_elsewhere_asks_no_real_address(kind):
    client = ccxt.binance()
    lead_elsewhere(client, "http://127.0.0.1:1", kind)

    left = [each for each in client.urls["api"].values() if "127.0.0.1" not in each]
    assert all(each == {} for each in left)


def test_other_clients_keep_their_addresses():
    lead_elsewhere(ccxt.binance(), "http://127.0.0.1:1")

    assert "api.binance.com" in ccxt.binance().urls["api"]["public"]


def test_it_says_where_candles_come_from(source):
    led, real = source.origin("binance"), source.origin("okx")

    assert (led.simulated, real.simulated) == (True, False)
    assert "simulator" in led.text
    assert "okx" in real.text


@pytest.mark.parametrize("exchange_id", ["binance", "okx", "kraken"])
def test_every_exchange_of_ccxt_is_known(exchange_id):
    assert source_of(exchange_id).knows(exchange_id)


@pytest.mark.parametrize("name", ["base", "bitkub2", "../ccxt", "__init__", ""])
def test_others_are_not(name):
    with pytest.raises(UnknownExchangeError) as refused:
        source_of(name)

    assert refused.value.field == "exchange"


def test_another_distributions_driver_is_not_even_imported():
    entries = distribution("abtpro").entry_points.select(group=catalogue.GROUP)

    assert catalogue.drivers() == [each.name for each in entries] == ["ccxt"]
    assert all(each.value.startswith("abtpro_saas.") for each in entries)
