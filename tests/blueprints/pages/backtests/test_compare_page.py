"""Backtests side by side, and certificates for anybody."""

import re
from secrets import token_hex

import pytest


@pytest.fixture
def in_english(visitor):
    visitor.set_cookie("abtpro_language", "en", domain=visitor.host)
    return visitor


def compared(*runs):
    return "/backtests/compare?" + "&".join(f"run={r.backtest_id}" for r in runs)


def test_runs_stand_side_by_side_with_the_best_of_each_figure(shown, completed):
    first, second = completed(), completed(parameters={"fast": 3, "slow": 9})
    page = shown.get(compared(first, second))

    assert page.status_code == 200
    returns = page.text.partition("Total return")[2].partition("</tr>")[0]
    best = max(each.metrics["total_return"] for each in (first, second))
    assert f"<strong>{best:,.2f}".replace("-", "\N{MINUS SIGN}") in returns


def test_what_differs_beside_the_strategies_is_said(shown, completed):
    first, second = completed(), completed(commission=0.001)
    assert "costs differ" in shown.get(compared(first, second)).text
    assert "differ" not in shown.get(compared(first, completed())).text


def test_the_terms_of_a_perpetual_are_named_where_they_differ(shown, completed):
    spot = completed(commission=0.001)
    terms = {"margin": {"leverage": 3}, "funding": {"rate": 0.0001}}
    half = completed(commission=0.001, sizing={"fraction": 0.5}, **terms)
    text = shown.get(compared(spot, half)).text

    assert "size, leverage, funding differ" in text
    for told in ("50.00% in each trade", "3x leverage", "0.01% each 8 hours"):
        assert told in text


def test_parameters_that_differ_are_named(shown, completed):
    first, second = completed(), completed(parameters={"fast": 3, "slow": 20})
    text = shown.get(compared(first, second)).text

    assert "Parameters that differ: Fast average</p>" in text
    assert "Parameters that differ" not in shown.get(compared(first, completed())).text


@pytest.mark.parametrize(
    "other", [{"timeframe": "2h"}, {"end_date": "2023-01-20"}, {"symbol": "ETH/USDT"}]
)
def test_none_is_best_of_what_cannot_be_compared(shown, completed, candles, other):
    candles(symbol="ETH/USDT", seed=4)
    runs = completed(), completed(**other)
    text = shown.get(compared(*runs)).text

    assert 'title="Best"' not in text
    assert "None is marked as best" in text
    alike = shown.get(compared(runs[0], completed(parameters={"fast": 3}))).text
    assert 'title="Best"' in alike
    assert "None is marked as best" not in alike


def test_each_curve_stands_at_its_own_time(shown, completed):
    early = completed(start_date="2023-01-01", end_date="2023-01-08")
    late = completed(start_date="2023-01-16", end_date="2023-01-22")

    part = shown.get(compared(late, early)).text.partition('id="growth-head"')[2]

    lines = re.findall(r'<polyline[^>]* points="([^"]+)"', part)
    spans = [[float(each.split(",")[0]) for each in points.split()] for points in lines]
    assert spans[1][0] == 0
    assert spans[0][-1] == 1200
    assert spans[1][-1] < spans[0][0]
    words = re.findall(r"<text[^>]*>([^<]+)</text>", part)
    assert [words[0].split()[0], words[-1].split()[0]] == ["1", "22"]


@pytest.mark.parametrize("query", ["", "?run=x", "?run=" + "0" * 32])
def test_less_than_two_are_refused_in_words(shown, query):
    page = shown.get("/backtests/compare" + query)
    assert page.status_code == 422
    assert "Tick two to five" in page.text


def test_nobody_compares_what_is_not_theirs(browser, trader, completed):
    runs = completed(), completed(parameters={"fast": 3, "slow": 9})
    assert browser(trader()).get(compared(*runs)).status_code == 404


def test_anybody_can_look_up_a_certificate(in_english, completed):
    run = completed()
    page = in_english.get(f"/verify/{run.certificate}")

    assert page.status_code == 200
    assert "Valid" in page.text
    assert "SMA_CROSS" in page.text
    assert "Somchai" not in page.text
    assert "leverage" not in page.text.partition("All parts")[0]


def test_a_certificate_says_size_leverage_and_funding(in_english, completed):
    terms = {"margin": {"leverage": 3}, "funding": {}, "sizing": {"fraction": 0.25}}
    text = in_english.get(f"/verify/{completed(**terms).certificate}").text

    for told in ("25.00% in each trade", "3x leverage", "own rates"):
        assert told in text.partition("All parts")[0]


def test_a_certificate_that_nobody_gave_is_told(in_english):
    for asked in (token_hex(32), "x"):
        page = in_english.get(f"/verify/{asked}")
        assert page.status_code == 404
        assert "Nothing that was computed here" in page.text
    form = in_english.get("/verify")
    assert re.search(r'name="certificate"', form.text)


def test_the_form_leads_to_the_certificate(visitor, completed):
    run = completed()
    answer = visitor.get(f"/verify?certificate= {run.certificate.upper()} ")
    assert answer.location.endswith(f"/verify/{run.certificate}")
