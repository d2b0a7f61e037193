"""From an empty form to a report, in a real browser: chart, marks, trades, files."""

import threading

import pytest
from playwright.sync_api import expect

from abtpro_saas.database import tenant_transaction
from abtpro_saas.identity.people import find_user
from tests.backtesting import candles_for, funding_for, runs_for
from tests.browser.conftest import assert_accessible, assert_fits, sign_in

POINTS = "Number(document.querySelector('[data-chart]').dataset.shown)"

AGAIN = """async () => {
  const run = document.getElementById("run");
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
  const answer = await fetch(location.pathname, { headers });
  const text = await answer.text();
  await htmx.swap({ sourceElement: run, target: run, text, swap: "outerMorph" });
}"""


@pytest.fixture
def worker(engine, root, tenant):
    """Return a function that computes a run beside the browser, as a worker would."""
    threads = []

    def compute(run_id):
        run = runs_for.found(engine, tenant, run_id)
        threads.append(
            threading.Thread(target=runs_for.finish, args=(engine, root, run))
        )
        threads[-1].start()

    yield compute
    for thread in threads:
        thread.join(60)


@pytest.mark.parametrize(
    ("size", "language", "theme"), [("desk", "en", "light"), ("phone", "th", "dark")]
)
def test_a_backtest_from_the_form_to_the_trade_behind_a_mark(
    page, trader, worker, size, language, theme
):
    shown = page(size, theme, language)
    sign_in(shown, trader(language, 3_000))
    shown.visit("/backtests/new")
    assert_fits(shown)
    assert_accessible(shown)
    shown.fill("#p_fast", "5")
    shown.fill("#p_slow", "20")
    shown.click("form[action='/backtests'] [type=submit]")
    shown.wait_for_selector("#run[data-live]")
    worker(shown.url.rpartition("/")[2])

    # The page becomes the report by itself, without being loaded anew.
    shown.wait_for_selector("[data-ready]", timeout=60_000)
    # A second notice of its end brings the same part again: the chart stays as it is.
    shown.evaluate(AGAIN)
    assert shown.locator("[data-ready] canvas").count() > 0
    assert_fits(shown)
    assert_accessible(shown)
    drawn = shown.evaluate(POINTS)
    assert drawn <= 1_500

    shown.click("[data-days='7']")
    shown.wait_for_function(f"() => {POINTS} != {drawn}")
    shown.focus("[data-chart]")
    shown.keyboard.press("Home")
    shown.wait_for_function(f"() => {POINTS} == {drawn}")

    shown.locator("#trade-3 [data-trade]").click()
    shown.wait_for_function(f"() => {POINTS} != {drawn}")
    assert shown.evaluate("document.activeElement.matches('[data-chart]')")
    shown.select_option("#sort", "best")
    shown.wait_for_url("**/trades?**")
    assert shown.locator("#trades tbody tr").count() == 25
    assert_fits(shown)


def test_a_report_of_several_markets_draws_the_one_that_is_chosen(
    page, trader, engine, tenant, root
):
    shown = page("desk", "light", "en")
    email = trader("en")
    with tenant_transaction(engine, tenant) as session:
        other = candles_for.walk(3_000, symbol="ETH/USDT", seed=2)
        candles_for.give(session, tenant, other, root=root)
        owner = find_user(session, tenant, email).user_id
    asked = {"strategy_name": "XS_MOMENTUM", "symbols": ["BTC/USDT", "ETH/USDT"]}
    asked["parameters"] = {"lookback": 24, "rebalance": 24, "top": 1}
    run = runs_for.finish(engine, root, runs_for.order(engine, tenant, owner, **asked))
    sign_in(shown, email)
    shown.visit(f"/backtests/{run.backtest_id}")
    shown.wait_for_selector("[data-chart][data-ready]")
    readout = shown.locator("[data-chart-readout]")
    first = readout.inner_text()

    with shown.expect_response("**/chart.json?*symbol=1*"):
        shown.select_option("[data-chart-market]", "1")
    expect(readout).not_to_have_text(first)

    # A trade of the other market brings its market along.
    with shown.expect_response("**/chart.json?*symbol=0*"):
        shown.click("[data-trade][data-market='0'] >> nth=0")
    assert shown.input_value("[data-chart-market]") == "0"
    assert_fits(shown)


@pytest.mark.parametrize(
    ("size", "language", "theme"), [("desk", "en", "light"), ("phone", "th", "dark")]
)
def test_what_is_known_of_funding_follows_the_chosen_market(
    page, trader, engine, tenant, root, size, language, theme
):
    shown = page(size, theme, language)
    sign_in(shown, trader(language))
    with tenant_transaction(engine, tenant) as session:
        other = candles_for.walk(symbol="ETH/USDT", seed=2)
        candles_for.give(session, tenant, other, root=root)
        series = funding_for.give(session, tenant, root)
    shown.visit("/backtests/new")
    shown.locator("details:has([name='contract']) > summary").press("Enter")
    shown.locator("[name='contract']").press("Space")
    told = shown.locator("[data-funding-of]:visible")
    expect(told).to_have_attribute("data-funding-of", "simulated|BTC/USDT")
    expect(told.locator(".warn")).to_have_count(0)

    shown.select_option("#market", "simulated|ETH/USDT")
    expect(told).to_have_attribute("data-funding-of", "simulated|ETH/USDT")
    expect(told.locator(".warn")).to_have_count(1)
    shown.select_option("#funding", "fixed")
    expect(told).to_have_count(0)
    assert_fits(shown)
    assert_accessible(shown)

    shown.visit(f"/market/{series.series_id}")
    expect(shown.locator("#rates tbody tr")).to_have_count(30)
    assert_fits(shown)
    assert_accessible(shown)
    shown.locator("#rates nav a").last.press("Enter")
    shown.wait_for_url("**before=*")
    expect(shown.locator("#rates tbody tr")).to_have_count(30)
    # Who pages by keyboard goes on from there.
    expect(shown.locator("#rates-next")).to_be_focused()
