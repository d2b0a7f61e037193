"""The trades of a run: filters, pages, the way from the chart, and a file."""

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest

from abtpro_saas.blueprints.pages.backtests.trades import chosen
from tests.backtesting.records import record

ROW = re.compile(r'<tr id="trade-(\d+)">')
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def path(completed):
    run = completed(
        parameters={"fast": 2, "slow": 4}, sizing={"shorts": True}, commission=0.001
    )
    assert run.metrics["total_trades"] > 60
    return f"/backtests/{run.backtest_id}/trades"


def rows(page):
    return [int(each) for each in ROW.findall(page.text)]


def test_trades_come_a_page_at_a_time(shown, path):
    first = shown.get(path)
    further = re.search(r'href="([^"]+cursor=[^"]+)"', first.text).group(1)
    second = shown.get(further.replace("&amp;", "&"))

    assert rows(first) == list(range(25))
    assert rows(second) == list(range(25, 50))


def test_the_chart_is_led_to_the_page_of_a_trade(shown, path):
    assert 53 in rows(shown.get(f"{path}?at=53", headers=FRAGMENT))
    assert rows(shown.get(f"{path}?at=99999999", headers=FRAGMENT)) == list(range(25))


def test_filters_narrow_and_sort(shown, path):
    every = shown.get(f"{path}?result=won&sort=best").text
    gains = re.findall(r'class="num (up|down)">\+?([\d,.]+)', every)
    assert {tone for tone, _ in gains} == {"up"}
    profits = [float(each.replace(",", "")) for _, each in gains]
    assert profits == sorted(profits, reverse=True)
    assert "Short" not in re.sub(
        r"<select.*?</select>", "", shown.get(f"{path}?side=long").text, flags=re.DOTALL
    )
    assert "No trades like this" in shown.get(
        f"{path}?reason=liquidation&result=won&side=long&symbol=BTC/USDT"
    ).text or rows(shown.get(f"{path}?reason=signal"))


def test_a_part_is_given_to_htmx_and_a_page_to_a_browser(shown, path):
    assert "<html" in shown.get(path).text
    assert "<html" not in shown.get(path, headers=FRAGMENT).text


def test_a_forged_cursor_is_refused(shown, path):
    assert shown.get(f"{path}?cursor=x").status_code == 400


def test_all_trades_are_one_file(shown, path):
    text = shown.get(path + ".csv").text.removeprefix("\N{BYTE ORDER MARK}")
    told = list(csv.DictReader(io.StringIO(text)))
    assert len(told) > 60
    assert told[0]["number"] == "1"
    assert {each["side"] for each in told} == {"long", "short"}
    assert told[0]["entered_at"].endswith("+00:00")
    assert min(float(each["mae_percent"]) for each in told) >= 0
    assert max(float(each["mae_percent"]) for each in told) > 0


def test_a_strategy_that_never_traded_says_so(shown, completed):
    run = completed(parameters={"fast": 300, "slow": 597})
    page = shown.get(f"/backtests/{run.backtest_id}")
    assert page.status_code == 200
    assert "The strategy did not trade" in page.text


@pytest.mark.parametrize(
    ("result", "found"), [("won", [0]), ("lost", [1]), ("even", [2])]
)
def test_a_trade_that_was_even_is_neither_won_nor_lost(result, found):
    profits = np.array([1.0, -1.0, 0.0])
    made = replace(record(trades=3).trades, profit=profits, reason=np.ones(3, np.int64))
    told = replace(record(), trades=made)
    assert chosen(told, {"result": result}).tolist() == found
