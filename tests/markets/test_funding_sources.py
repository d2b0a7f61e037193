"""Unmodified ccxt asks the exchange simulator for funding."""

import pytest

from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.sources.ccxt_source import CcxtSource
from abtpro_saas.markets.sources.port import SourceAwayError, SourceRefusedError
from tests.markets.conftest import DAY
from tests.markets.exchange import DAYS, FAULTS
from tests.markets.odd import END, EVERY, all_pages, order, rows
from tests.markets.test_futures import expected


@pytest.fixture
def source(exchange):
    return CcxtSource({"binance": exchange.url})


def test_funding_is_what_the_exchange_tells(source):
    assert all_pages(source, order()) == (expected(), 1)


def test_a_span_is_kept_to(source):
    first, end = START_MS + EVERY, START_MS + 4 * EVERY

    assert rows(source.fetch_funding(order(first, end)).rates) == expected(slice(1, 4))
    inside = order(first + 1, end + 1)
    assert rows(source.fetch_funding(inside).rates) == expected(slice(2, 5))


def test_before_the_first_and_after_the_last_there_is_none(source):
    found, _ = all_pages(source, order(START_MS - 400 * DAY, END + 400 * DAY))

    assert found == expected()


@pytest.mark.parametrize(("kind", "wait_s"), FAULTS)
@pytest.mark.parametrize("path", ["/fundingRate", "/fapi/v1/exchangeInfo"])
def test_an_answer_that_is_none_means_ask_later(source, exchange, path, kind, wait_s):
    exchange.ask(
        "POST", "/sim/faults", json={"kind": kind, "path": path, "seconds": 17}
    )

    with pytest.raises(SourceAwayError) as away:
        source.fetch_funding(order())

    assert away.value.wait_s == wait_s
    assert "<html" not in str(away.value)
    assert rows(source.fetch_funding(order()).rates) == expected()


@pytest.mark.parametrize(("times", "count"), [(1, DAYS * 3), (2, 0)])
def test_an_empty_page_is_believed_when_it_comes_twice(source, exchange, times, count):
    exchange.sim("faults", kind="empty", path="/fundingRate", times=times)

    page = source.fetch_funding(order())

    assert (len(page.rates), page.next_ms) == (count, END)


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("BTC/USDT", "is no perpetual"),
        ("DOGE/USDT:USDT", "has no symbol"),
        ("BTC/THB:THB", "has no symbol"),
    ],
)
def test_what_has_no_funding_is_refused(source, symbol, told):
    with pytest.raises(SourceRefusedError, match=told) as refused:
        source.fetch_funding(order(symbol=symbol))

    assert refused.value.field == "symbol"


def test_an_exchange_that_tells_no_funding_is_refused():
    """It is not even asked: nothing listens at its address."""
    with pytest.raises(SourceRefusedError, match="tells no funding") as refused:
        CcxtSource({"upbit": "http://127.0.0.1:9"}).fetch_funding(
            order(exchange="upbit")
        )

    assert refused.value.field == "timeframe"
