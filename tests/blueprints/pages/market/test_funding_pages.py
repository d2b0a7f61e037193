"""Histories of funding on the pages of market data, and on an order's form."""

import io
import re

import pytest

from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.funding.rates import FundingRates
from abtpro_saas.markets.tables import Import
from tests.backtesting import funding_for
from tests.markets.conftest import NEW_YEAR_2023
from tests.markets.funding.conftest import PERPETUAL, made

FILE = {"exchange": "my_desk", "symbol": "btc/usdt", "timeframe": "funding"}


@pytest.fixture
def history(engine, tenant, root):
    """Return a function that gives the tenant, or a trader, a history of funding."""

    def make(count=100, *, rates=None, **of):
        with tenant_transaction(engine, tenant) as session:
            rates = rates or made(count)
            return funding_for.give(session, tenant, root, rates, **of)

    return make


def rates_of(page):
    return re.findall(r'data-label="Rate" class="end num">([^<]+)<', page.text)


def test_a_history_stands_among_the_series(shown, history):
    history(100)
    part = shown.get("/market").text.partition('id="series"')[2]
    assert PERPETUAL in part
    assert ">Funding<" in part
    assert ">100<" in part
    assert "100.00%" in part


def test_its_page_shows_passport_and_rates_in_percent(shown, history):
    rates = made(6)
    series = history(rates=rates)
    page = shown.get(f"/market/{series.series_id}")
    assert page.status_code == 200
    assert series.fingerprint in page.text
    assert "every 8 hours" in page.text
    written = [f"{100 * each:.4f}%" for each in rates.rate[::-1]]
    assert [each.replace("\N{MINUS SIGN}", "-") for each in rates_of(page)] == written
    # The first was due at midnight UTC, which is seven in the morning in Bangkok.
    assert "07:00" in page.text
    assert page.text.count(">--<") == 2
    assert 'class="plot-stroke' in page.text


def test_older_rates_stand_on_the_pages_that_follow(shown, history):
    series = history(200)
    seen, path = [], f"/market/{series.series_id}"
    while path:
        page = shown.get(path)
        seen += rates_of(page)
        link = re.search(r'href="([^"]+before=\d+)"', page.text)
        path = link[1] if link else None
    assert len(seen) == 200


@pytest.mark.parametrize("before", ["x", "-1", "0", "99999999999999999999"])
def test_a_nonsensical_place_harms_nothing(shown, history, before):
    page = shown.get(f"/market/{history(6).series_id}?before={before}")
    assert page.status_code == 200


def test_gaps_of_a_history_are_told(shown, history):
    whole = made(30)
    kept = [n for n in range(30) if n not in {9, 10}]
    rates = FundingRates(*(getattr(whole, n)[kept] for n in ("time", "rate", "mark")))
    text = shown.get(f"/market/{history(rates=rates).series_id}").text
    part = text.partition('id="gaps-head"')[2].partition("</section>")[0]
    assert re.search(r'data-label="Rates missing" class="end num">2<', part)


def test_a_single_rate_has_a_page(shown, history):
    assert shown.get(f"/market/{history(1).series_id}").status_code == 200


def test_a_traders_own_history_is_hidden_from_others(browser, trader, owner, history):
    own = history(owner_id=owner, exchange="my_desk")
    assert browser(owner).get(f"/market/{own.series_id}").status_code == 200
    assert browser(trader()).get(f"/market/{own.series_id}").status_code == 404


def test_funding_is_imported_by_the_form(shown, submit, engine, tenant):
    at = "/market/imports/new"
    assert '<option value="funding">' in shown.get(at).text
    content = f"timestamp,rate\n{NEW_YEAR_2023},0.0001\n".encode()
    file = {"file": (io.BytesIO(content), "mine.csv")}
    answer = submit(shown, "/market/imports/file", at=at, **FILE, **file)
    assert answer.status_code == 303
    with tenant_transaction(engine, tenant) as session:
        kept = session.get_one(Import, (tenant, answer.location.rpartition("/")[2]))
        assert (kept.symbol, kept.timeframe) == (PERPETUAL, "funding")
    assert "Funding" in shown.get(answer.location).text


def known(text):
    """Return what is said of each market's funding, by the market's key."""
    told = re.findall(r'data-funding-of="([^"]+)"[^>]*>(.+?)</p>', text)
    return dict(told)


def test_an_orders_form_says_whether_funding_is_known(shown, candles, history):
    candles()
    candles(symbol="ETH/USDT", seed=2)
    history(90)
    told = known(shown.get("/backtests/new").text)
    known_days = told["simulated|BTC/USDT"].replace("\N{NO-BREAK SPACE}", " ")
    assert "from 1 Jan 2023 to 30 Jan 2023" in known_days
    assert "No funding of ETH/USDT" in told["simulated|ETH/USDT"]


def test_the_funding_of_another_source_is_not_the_markets(shown, candles, history):
    candles()
    history(90, exchange="binance")
    told = known(shown.get("/backtests/new").text)
    assert "No funding" in told["simulated|BTC/USDT"]


def test_a_history_is_no_market_to_trade(shown, candles, history):
    candles()
    history(90, exchange="elsewhere")
    assert "elsewhere" not in shown.get("/backtests/new").text
