"""The page of one backtest: its progress, its report, its files."""

from pathlib import Path

import pytest

from abtpro_saas.backtesting.result_store import location_of
from abtpro_saas.backtesting.runs import ending
from abtpro_saas.backtesting.runs.repeating import judge
from abtpro_saas.backtesting.runs.rerunning import latest_rerun
from abtpro_saas.clock import utc_now
from abtpro_saas.database import tenant_transaction
from abtpro_saas.markets.service import remove_series
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.performance.definitions import CATALOGUE
from tests.backtesting import funding_for, runs_for


def page_of(run):
    return f"/backtests/{run.backtest_id}"


def test_a_report_begins_with_the_return_beside_buy_and_hold(shown, completed):
    run = completed(commission=0.001)
    page = shown.get(page_of(run))

    assert page.status_code == 200
    total = f"{abs(run.metrics['total_return']):.2f}%"
    assert total in page.text.partition("answer-figure")[2][:200]
    assert "buying and holding" in page.text


def test_every_metric_is_there_or_says_why_not(shown, completed):
    text = shown.get(page_of(completed())).text
    assert text.count('class="meaning"') == len(CATALOGUE)
    assert "not recovered yet" in text or "--" in text


def test_a_result_on_simulated_prices_says_so(shown, completed):
    assert "simulated prices" in shown.get(page_of(completed())).text


def test_a_result_without_fees_says_so(shown, completed):
    assert "No fees were counted" in shown.get(page_of(completed())).text
    with_fees = shown.get(page_of(completed(commission=0.001))).text
    assert "No fees were counted" not in with_fees
    assert "as Binance's standard account" in with_fees


def test_a_waiting_run_is_kept_current_and_can_be_cancelled(shown, ordered, submit):
    run = ordered()
    page = shown.get(page_of(run))
    assert "data-live=" in page.text

    submit(shown, page_of(run) + "/cancellation", at=page_of(run))
    page = shown.get(page_of(run))
    assert "Cancelled" in page.text
    assert "data-live=" not in page.text


def test_a_failed_run_says_why(shown, engine, ordered):
    run = ordered()
    with tenant_transaction(engine, run.tenant_id) as session:
        held = runs_for.hold_run(session, run.tenant_id, run.backtest_id)
        ending.fail(session, held, "strategy_failed", "it broke", most=3, now=utc_now())

    page = shown.get(page_of(run)).text
    assert "Nothing came out" in page
    assert "it broke" in page


def test_a_changed_series_makes_a_result_stale(shown, completed, candles):
    run = completed()
    assert "have changed since" not in shown.get(page_of(run)).text
    candles(bars=700, seed=2)
    assert "have changed since" in shown.get(page_of(run)).text


def test_a_result_whose_candles_were_removed_says_that_they_are_gone(
    shown, engine, owner, completed, series
):
    run = completed()
    with tenant_transaction(engine, run.tenant_id) as session:
        where = session, run.tenant_id, owner, series.series_id
        remove_series(*where, is_admin=True)

    page = shown.get(page_of(run)).text

    assert "The candles are gone" in page
    assert "Run it again to see it on those of now" not in page


def test_costs_are_told_in_percent_wherever_a_result_stands(shown, completed):
    costs = {"taker": 0.00075, "slippage": {"model": "fixed", "value": 0.0005}}
    run = completed(costs=costs)
    beside = f"/backtests/compare?run={run.backtest_id}&run={completed().backtest_id}"

    for path in (page_of(run), beside, f"/verify/{run.certificate}"):
        page = shown.get(path).text.partition("<details><summary>All parts")[0]
        assert "A fixed part of the price · 0.05%" in page, path
        assert "0.075" in page, path
        assert "0.0005" not in page, path


PERPETUAL = {"margin": {"leverage": 3}, "funding": {"rate": 0.0001}}


def test_a_perpetuals_profit_can_be_followed_trade_by_trade(shown, completed):
    run = completed(commission=0.001, **PERPETUAL)
    text = shown.get(page_of(run)).text

    told = run.metrics
    spent = told["fees"] + told["slippage_paid"] + told["funding"]
    costs = text.partition('<p class="tile-label">Costs of the capital<')[2]
    costs = costs.partition("</div>")[0]
    assert f"{100 * spent / 10_000:,.2f}%" in costs
    assert f"fees {told['fees']:,.2f}" in costs
    assert f"funding {told['funding']:,.2f}" in costs
    assert '<p class="tile-label">Funding paid<' in text
    assert '<p class="tile-label">Highest leverage<' in text
    assert "3.00 times leverage was ordered" in text
    rows = text.partition('id="trades"')[2].partition("</table>")[0]
    assert '<th scope="col" class="end">Funding</th>' in rows
    assert 'data-label="Funding">' in rows


def test_what_a_spot_market_has_not_is_not_shown(shown, completed):
    text = shown.get(page_of(completed(commission=0.001))).text

    assert "Funding paid<" not in text.partition('id="metrics-head"')[0]
    assert 'data-label="Funding"' not in text
    assert "Highest leverage" not in text.partition('id="metrics-head"')[0]


def test_a_result_that_lacks_funding_says_so_at_its_head(shown, completed):
    told = shown.get(page_of(completed(**PERPETUAL | {"funding": {}}))).text
    known = shown.get(page_of(completed(**PERPETUAL))).text

    assert "The result lacks funding" in told.partition('class="answer"')[0]
    assert "funding unknown" in told.partition('class="answer-figure')[0]
    assert "funding not known" in told
    assert "The result lacks funding" not in known


def test_the_data_of_a_certificate_are_those_that_it_hashes(
    shown, engine, tenant, root, completed
):
    with tenant_transaction(engine, tenant) as session:
        funding_for.give(session, tenant, root)
    run = completed(**PERPETUAL | {"funding": {}})
    assert run.certified["data"] != run.fingerprint

    page = shown.get(page_of(run)).text
    file = shown.get(f"{page_of(run)}/report.html").text

    for text in (page, file):
        assert run.certified["data"] in text
        assert run.fingerprint not in text


@pytest.mark.parametrize(
    ("terms", "exchange", "is_named"),
    [
        ({}, "binance", True),
        ({}, "bitkub", False),
        ({"margin": {"leverage": 3}}, "binance", False),
    ],
)
def test_fees_are_nobodys_but_of_the_exchange_that_takes_them(
    shown, candles, completed, terms, exchange, is_named
):
    candles(exchange=exchange)
    run = completed(commission=0.001, exchange=exchange, **terms)

    text = shown.get(page_of(run)).text
    assert ("standard account" in text) is is_named


def test_a_lost_result_leaves_the_figures(shown, completed, root):
    run = completed()
    for file in Path(root, location_of(run.tenant_id, run.backtest_id)).iterdir():
        file.unlink()
    page = shown.get(page_of(run))
    assert page.status_code == 200
    assert "cannot be read now" in page.text
    assert 'class="meaning"' in page.text


def test_a_stranger_sees_no_run_of_others(browser, trader, completed):
    run = completed()
    stranger = browser(trader())
    for path in ("", "/trades", "/trades.csv", "/equity.csv", "/report.pdf"):
        assert stranger.get(page_of(run) + path).status_code == 404
    assert stranger.get(page_of(run) + "/chart.json").status_code == 404
    assert stranger.post(page_of(run) + "/removal").status_code == 404


def test_results_can_be_taken_along(shown, completed):
    run = completed()
    told = shown.get(page_of(run) + "/report.json").json
    assert told["backtest"]["certificate"] == run.certificate
    assert told["backtest"]["results"] == run.metrics
    for form in ("pdf", "xlsx", "html"):
        path = page_of(run) + f"/report.{form}"
        assert path in shown.get(page_of(run)).text
        assert len(shown.get(path).data) > 10_000
    equity = shown.get(page_of(run) + "/equity.csv").text.splitlines()
    assert len(equity) == 601


def test_a_removed_run_is_gone(shown, completed, submit):
    run = completed()
    submit(shown, page_of(run) + "/removal", at=page_of(run))
    assert shown.get(page_of(run)).status_code == 404


def test_the_chart_gets_candles_equity_and_trades_of_its_range(shown, completed):
    run = completed()
    path = page_of(run) + "/chart.json"
    told = shown.get(path).json
    names = ("open", "high", "low", "close", "volume", "equity", "held", "drawdown")
    assert {len(told[name]) for name in names} == {600}
    assert len(told["trades"]) >= run.metrics["total_trades"]

    start = told["time"][100]
    part = shown.get(f"{path}?from={start}&to={told['time'][150]}").json
    assert part["time"] == told["time"][100:150]
    assert part["open"] == told["open"][100:150]


def test_a_chart_draws_the_candles_of_the_run_whatever_came_since(
    shown, completed, candles, root
):
    run = completed()
    path = page_of(run) + "/chart.json"
    before = shown.get(path).json
    candles(bars=600, seed=2)
    assert shown.get(path).json == before

    CandleStore(root).remove(run.series[0]["location"])
    told = shown.get(path).json
    assert "open" not in told
    assert told["close"] == before["close"]
    assert "its closes alone are drawn" in shown.get(page_of(run)).text


def test_longer_candles_are_made_of_what_there_is(shown, completed):
    run = completed(timeframe="4h")
    told = shown.get(page_of(run) + "/chart.json").json
    assert len(told["open"]) == 150
    assert told["step"] == 4 * 3_600_000


def test_a_result_is_computed_again_from_its_page(shown, engine, completed, submit):
    run = completed()
    assert "Compute it again" in shown.get(page_of(run)).text

    submit(shown, page_of(run) + "/rerun", at=page_of(run))

    page = shown.get(page_of(run)).text
    assert "as soon as it is its turn" in page
    assert "Compute it again" not in page
    with tenant_transaction(engine, run.tenant_id) as session:
        rerun = latest_rerun(session, run)
    assert shown.get(page_of(rerun)).location == page_of(run)
    with tenant_transaction(engine, run.tenant_id) as session:
        held = runs_for.hold_run(session, run.tenant_id, rerun.backtest_id)
        judge(session, held, run.certified, most=3, now=utc_now())
    assert "The same came out" in shown.get(page_of(run)).text
    assert "The same came out" in shown.get(page_of(run) + "/rerun").text
    verified = shown.get(f"/verify/{run.certificate}").text
    assert "the same came out" in verified


def test_a_stranger_computes_nothing_again(browser, trader, completed):
    run = completed()
    stranger = browser(trader())
    assert stranger.get(page_of(run) + "/rerun").status_code == 404


PAIR = {
    "strategy_name": "XS_MOMENTUM",
    "symbols": ["BTC/USDT", "ETH/USDT"],
    "parameters": {"lookback": 12, "rebalance": 12, "top": 1},
}


def test_the_chart_shows_the_market_that_is_chosen(shown, completed, candles):
    candles(symbol="ETH/USDT", seed=2)
    run = completed(**PAIR)
    page, path = shown.get(page_of(run)).text, page_of(run) + "/chart.json"
    assert '<option value="1">ETH/USDT</option>' in page
    assert 'data-market="1"' in page

    first, second = (shown.get(f"{path}?symbol={place}").json for place in range(2))
    assert first["close"] != second["close"]
    assert first["equity"] == second["equity"]
    assert {row[0] for row in first["trades"]}.isdisjoint(
        row[0] for row in second["trades"]
    )
    assert shown.get(f"{path}?symbol=9").json == first


def test_another_market_without_candles_borrows_no_closes(
    shown, completed, candles, root
):
    candles(symbol="ETH/USDT", seed=2)
    run = completed(**PAIR)
    CandleStore(root).remove(run.series[1]["location"])

    told = shown.get(page_of(run) + "/chart.json?symbol=1").json

    assert "open" not in told
    assert set(told["close"]) == {None}


def test_a_run_of_one_market_has_none_to_choose(shown, completed):
    assert "data-chart-market" not in shown.get(page_of(completed())).text


@pytest.mark.parametrize("locale", ["en", "th"])
@pytest.mark.parametrize(
    ("code", "words"), [("out_of_memory", "more memory"), ("a_new_one", "the text")]
)
def test_a_run_that_failed_says_so_by_its_code(
    shown, ordered, engine, locale, code, words
):
    run = ordered()
    with tenant_transaction(engine, run.tenant_id) as session:
        held = runs_for.hold_run(session, run.tenant_id, run.backtest_id)
        ending.fail(session, held, code, "the text", most=3, now=utc_now())
    shown.set_cookie("abtpro_language", locale, domain=shown.host)

    text = shown.get(page_of(run)).text

    banner = text.partition('class="banner')[2].partition("</div>")[0]
    assert words in banner or locale == "th"
    assert code in text
    assert "the text" in text


def test_a_report_is_no_message_but_says_that_it_is_there(shown, ordered, completed):
    for run, told in ((ordered(), "It begins"), (completed(), "The result is there.")):
        text = shown.get(page_of(run)).text
        part = text.partition('id="run"')[2]
        assert 'role="status"' not in part.partition(">")[0]
        message = part.partition('role="status"')[2]
        assert told in message[:400]
        assert "<table" not in message.partition(told)[0]


def test_parts_are_written_as_fine_as_they_were_ordered(shown, completed):
    run = completed(
        costs={"taker": 0.00055, "participation": 0.00125},
        sizing={"fraction": 0.12345},
    )
    text = shown.get(page_of(run)).text
    for told in ("taker 0.055%", "12.345% in each trade", "at most 0.125% of a"):
        assert told in text
    assert "12.345%" in shown.get(page_of(run) + "/report.html").text
