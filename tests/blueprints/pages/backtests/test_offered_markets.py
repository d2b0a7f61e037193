"""What a form offers of the markets that are chosen: time frames, days, terms."""

import html
import json
import re

import pytest

from tests.blueprints.pages.backtests.test_new_page import WHOLE, fault_of

FIRST_LENGTH = 14_400_000


def frames_of(page):
    """Return the time frames that a page offers, and the one that is chosen."""
    part = page.text.partition('name="timeframe"')[2].partition("</select>")[0]
    options = re.findall(r'<option value="(\w+)"[^>]*?( selected)?( hidden)?>', part)
    shown = [name for name, _chosen, hidden in options if not hidden]
    return shown, next(name for name, chosen, _hidden in options if chosen)


def days_of(page):
    found = (
        f'name="{name}" type="date" value="' for name in ("start_date", "end_date")
    )
    return [page.text.partition(each)[2][:10] for each in found]


def plain(words):
    return words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def send(shown, submit):
    """Return a function that sends the form, changed in some fields."""
    return lambda **changed: submit(
        shown, "/backtests", at="/backtests/new", **WHOLE | changed
    )


@pytest.fixture
def contract(candles):
    """Four-hour candles of a perpetual contract, from 2023 to 2024."""
    return candles(6 * 731, symbol="BTC/USDT:USDT", timeframe="4h")


def test_time_frames_are_those_that_the_candles_make(shown, contract):
    page = shown.get("/backtests/new")
    assert frames_of(page) == (["4h", "8h", "12h", "1d", "3d", "1w"], "4h")
    assert days_of(page) == ["2024-01-01", "2024-12-31"]


def test_other_markets_keep_their_own_time_frames(shown, series, contract):
    page = shown.get("/backtests/new?market=simulated|BTC/USDT")
    frames, chosen = frames_of(page)
    assert (frames[0], chosen) == ("1h", "1h")
    assert days_of(page) == ["2023-01-01", "2023-01-25"]

    page = shown.get("/backtests/new?market=simulated|BTC/USDT:USDT")
    assert frames_of(page)[0][0] == "4h"
    assert days_of(page) == ["2024-01-01", "2024-12-31"]


def test_a_browser_is_told_the_days_of_each_length(shown, contract):
    text = shown.get("/backtests/new").text
    told = html.unescape(re.search(r'data-days="([^"]+)"', text)[1])
    assert json.loads(told) == {str(FIRST_LENGTH): ["2023-01-01", "2024-12-31"]}


def test_days_are_those_of_the_time_frame_that_is_chosen(shown, candles):
    candles(240, timeframe="1h")
    candles(730, timeframe="1d")
    asked = "/backtests/new?market=simulated|BTC/USDT&timeframe="
    assert days_of(shown.get(asked + "4h")) == ["2023-01-01", "2023-01-10"]
    assert days_of(shown.get(asked + "1d")) == ["2023-01-01", "2023-12-31"]
    assert days_of(shown.get(asked + "1w")) == ["2023-01-01", "2023-12-31"]

    there = shown.get("/backtests/new").text.partition("What there is")[2]
    assert "10 Jan 2023" in plain(there)
    assert "30 Dec 2024" in plain(there)


def test_a_refusal_tells_what_there_is_of_that_time_frame(send, candles):
    candles(240, timeframe="1h")
    candles(730, timeframe="1d")
    late = {"start_date": "2023-06-01", "end_date": "2023-12-31"}
    told = plain(fault_of(send(**late, timeframe="1h"), "start_date"))
    assert "There are candles of 1h from 1 Jan 2023 to 10 Jan 2023." in told
    assert send(**late, timeframe="1d").status_code == 303


def test_markets_of_other_times_have_no_days_in_common(shown, send, candles):
    candles(24)
    candles(24, symbol="ETH/USDT", timeframe="1d")
    page = shown.get("/backtests/new?strategy=XS_MOMENTUM")
    assert frames_of(page)[0] == ["1d", "3d", "1w"]


def test_a_perpetual_contract_proposes_its_terms(shown, contract):
    text = shown.get("/backtests/new").text
    assert 'name="contract" value="yes" checked' in text
    assert 'name="fees" value="binance_usdm" checked' in text
    assert "0.02 / 0.05%" in plain(text)


def test_a_spot_market_proposes_none(shown, series):
    text = shown.get("/backtests/new").text
    assert 'name="contract" value="yes" checked' not in text
    assert 'name="fees" value="binance" checked' in text


def test_a_strategy_of_whole_orders_is_proposed_no_contract(shown, contract):
    text = shown.get("/backtests/new?strategy=GRID").text
    assert 'name="contract" value="yes" checked' not in text


def test_what_was_unticked_stays_so(send, contract):
    page = send(market="simulated|BTC/USDT:USDT", timeframe="4h", initial_capital="x")
    assert page.status_code == 422
    assert 'name="contract" value="yes" checked' not in page.text
    assert 'name="fees" value="bitkub" checked' in page.text


def test_slippage_has_no_amount_until_there_is_a_model(shown, send, series):
    empty = 'id="slippage_value" name="slippage_value" type="text" value=""'
    assert empty in shown.get("/backtests/new").text
    assert empty in send(slippage_model="none", initial_capital="x").text


def test_a_strategy_is_found_by_the_name_that_the_api_has(shown, series):
    picks = shown.get("/backtests/new").text.partition('class="picks"')[2]
    assert "RSI_CROSS" in picks.partition("</ul>")[0]
