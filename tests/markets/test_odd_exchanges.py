"""Funding comes whole from exchanges with ways of their own."""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from abtpro_saas.markets.simulated.model import START_MS
from abtpro_saas.markets.sources.ccxt_source import CcxtSource
from abtpro_saas.markets.sources.port import (
    PageOrder,
    SourceAwayError,
    SourceRefusedError,
)
from tests.markets.conftest import DAY, HOUR, MINUTE
from tests.markets.exchange import serving_app
from tests.markets.odd import END, EVERY, Odd, all_pages, due, order, rate


@pytest.fixture
def odd():
    """Return a function that asks an odd exchange for all its rates of a span."""

    def times(answer, since=START_MS, end=END):
        exchange = Odd(answer)
        with serving_app(exchange.app) as running:
            found, _ = all_pages(
                CcxtSource({"binance": running.url}), order(since, end)
            )
        return [row[0] for row in found], exchange.asked["/fapi/v1/fundingRate"]

    return times


def test_a_page_holds_a_thousand_and_the_next_one_goes_on(odd):
    end = START_MS + 1400 * DAY

    assert odd(due, end=end) == (due(START_MS, end - 1), 5)


def test_where_the_oldest_come_first_it_goes_on_behind_them(odd):
    found, _ = odd(lambda since, end: due(since, end, HOUR)[:50])

    assert found == due(START_MS, END - 1, HOUR)


def test_where_the_newest_come_first_the_older_ones_are_asked_for(odd):
    found, asked = odd(lambda since, end: due(since, end, HOUR)[-50:])

    assert found == due(START_MS, END - 1, HOUR)
    assert asked <= 6


def test_a_gap_is_asked_for_again_and_believed(odd):
    def torn(since, end):
        gone = range(START_MS + 2 * DAY, START_MS + 5 * DAY)
        return [time for time in due(since, end) if time not in gone]

    found, asked = odd(torn)

    assert found == torn(START_MS, END - 1)
    assert asked == 1


def test_a_history_that_begins_late_is_taken_from_there(odd):
    begin = START_MS + 5 * DAY

    assert odd(lambda since, end: due(max(since, begin), end)) == (
        due(begin, END - 1),
        3,
    )


def test_an_exchange_that_repeats_itself_does_not_stall(odd):
    whole = due(START_MS, START_MS + 30 * EVERY)

    found, _ = odd(lambda _, __: whole, end=START_MS + 1400 * DAY)

    assert found == whole


def test_what_is_told_from_outside_the_span_is_left_out(odd):
    later = due(END, END + DAY)

    found, _ = odd(lambda since, end: due(since, end) + later)

    assert found == due(START_MS, END - 1)


def test_a_full_page_is_not_the_last_one(odd):
    """A thousand and one rates in the span of a page."""
    end, every = START_MS + 400 * DAY, EVERY - MINUTE // 2

    found, _ = odd(lambda since, end: due(since, end, every), end=end)

    assert found == due(START_MS, end - 1, every)


def test_a_rate_that_comes_twice_or_in_another_order_counts_once(odd):
    def shuffled(since, end):
        there = due(since, end)
        return [*reversed(there), *there[:3]]

    found, _ = odd(shuffled)

    assert found == due(START_MS, END - 1)
    assert all(before < after for before, after in pairwise(found))


def test_rates_that_are_late_by_milliseconds_are_all_taken(odd):
    def late(since, end):
        times = (time + time // EVERY % 7 for time in due(since - 7, end))
        return [time for time in times if since <= time <= end]

    found, asked = odd(late)

    assert (found, asked) == (late(START_MS, END - 1), 1)


@pytest.fixture
def page():
    """Return a function that gives the page that certain rates make."""

    def read(*told, symbol="BTC/USDT:USDT"):
        with serving_app(Odd(lambda _, __: told).app) as running:
            source = CcxtSource({"binance": running.url})
            return source.fetch_funding(order(symbol=symbol)).rates

    return read


@pytest.mark.parametrize("mark", ["", "0", "-1", "soon", None, "inf"])
def test_a_mark_that_is_none_is_not_known(page, mark):
    found = page(rate(START_MS, mark="20000.5"), rate(START_MS + EVERY, mark=mark))

    assert found.mark[0] == 20000.5
    assert math.isnan(found.mark[1])


def test_a_time_without_a_rate_is_left_out(page):
    found = page(rate(START_MS), rate(START_MS + EVERY, value=""))

    assert found.time.tolist() == [START_MS]


def test_a_number_that_is_none_means_ask_later(page):
    with pytest.raises(SourceAwayError):
        page(rate(START_MS), rate(START_MS + EVERY, value="nan"))


def test_a_future_with_an_end_has_no_funding(page):
    with pytest.raises(SourceRefusedError, match="no perpetual"):
        page(symbol="BTC/USDT:USDT-260327")


def test_many_threads_take_turns_and_learn_of_the_markets_once():
    exchange = Odd(due)
    with serving_app(exchange.app) as running, ThreadPoolExecutor(6) as pool:
        source = CcxtSource({"binance": running.url})
        pages = list(pool.map(source.fetch_funding, [order()] * 12))

    assert {tuple(page.rates.time.tolist()) for page in pages} == {
        tuple(due(START_MS, END - 1))
    }
    assert exchange.most_at_once == 1
    assert exchange.asked == {"/fapi/v1/exchangeInfo": 1, "/fapi/v1/fundingRate": 12}


def test_who_asks_for_pairs_pays_for_no_contracts():
    exchange = Odd(due)
    with serving_app(exchange.app) as running:
        source = CcxtSource({"binance": running.url})
        for symbol in ("BTC/USDT", "BTC/USDT", "BTC/USDT:USDT"):
            span = (START_MS, START_MS + MINUTE)
            source.fetch(PageOrder("binance", symbol, MINUTE, *span))
        source.fetch_funding(order())

    assert exchange.asked == {
        "/api/v3/exchangeInfo": 1,
        "/api/v3/klines": 2,
        "/fapi/v1/exchangeInfo": 1,
        "/fapi/v1/klines": 1,
        "/fapi/v1/fundingRate": 1,
    }
