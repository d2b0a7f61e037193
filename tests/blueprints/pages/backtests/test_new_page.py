"""The form of a new backtest: made from what a strategy declares."""

import re

import pytest

from abtpro_saas.backtesting.strategies.catalogue import all_strategies
from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.database import tenant_transaction

WHOLE = {
    "strategy_name": "SMA_CROSS",
    "market": "simulated|BTC/USDT",
    "timeframe": "1h",
    "start_date": "2023-01-01",
    "end_date": "2023-01-20",
    "initial_capital": "10,000",
    "fraction": "50",
    "fees": "bitkub",
    "slippage_model": "fixed",
    "slippage_value": "0.05",
    "p_fast": "5",
    "p_slow": "20",
}


@pytest.fixture
def send(shown, submit):
    """Return a function that sends the form, changed in some fields."""

    def now(**changed):
        fields = {k: v for k, v in (WHOLE | changed).items() if v is not None}
        return submit(shown, "/backtests", at="/backtests/new", **fields)

    return now


@pytest.fixture
def run_at(engine, tenant):
    """Return a function that reads the run that an answer leads to."""

    def read(answer):
        run_id = answer.location.rpartition("/")[2]
        with tenant_transaction(engine, tenant) as session:
            return session.get_one(Backtest, (tenant, run_id))

    return read


def fault_of(page, field):
    """Return what a page says is wrong with a field."""
    marked = page.text.partition(f'id="error-{field}"')[2]
    return marked.partition("<span>")[2].partition("</span>")[0]


def test_a_form_becomes_the_run_that_it_describes(send, run_at, series):
    ordered = run_at(send()).ordered
    costs = ordered["setup"]["costs"]

    assert (ordered["parameters"]["fast"], ordered["parameters"]["slow"]) == (5, 20)
    assert ordered["setup"]["initial_capital"] == 10_000
    assert ordered["setup"]["fraction"] == 0.5
    assert (costs["maker"], costs["taker"]) == (0.0025, 0.0025)
    assert costs["slippage"] == {"model": "fixed", "value": 0.0005}


def test_own_fees_are_percentages(send, run_at, series):
    ordered = run_at(send(fees="own", maker="0.02", taker="0.075")).ordered
    costs = ordered["setup"]["costs"]
    assert (costs["maker"], costs["taker"]) == (0.0002, 0.00075)


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"p_fast": "0"}, "p_fast", "A whole number from 1 to 5,000."),
        ({"p_fast": "x"}, "p_fast", "A whole number from 1 to 5,000."),
        ({"p_fast": "30"}, "p_fast", "fewer than in the slow one"),
        ({"initial_capital": "-1"}, "initial_capital", "A number above 0"),
        ({"initial_capital": "ten"}, "initial_capital", "A number above 0"),
        ({"fees": "own", "taker": "11"}, "taker", "A percentage from 0 to 10."),
        ({"fraction": "101"}, "fraction", "A percentage above 0"),
        ({"start_date": "2031-01-01", "end_date": None}, "start_date", "1 Jan 2023"),
        ({"end_date": "2022-01-01"}, "end_date", "There are candles of 1h from"),
        ({"start_date": "2023-01-21"}, "end_date", "long enough"),
        ({"timeframe": "1m"}, "timeframe", "cannot be made"),
        ({"market": "simulated|DOGE/USDT"}, "market", "Choose one market"),
        ({"gap_tolerance": "x"}, "gap_tolerance", "A percentage from 0 to 100."),
        ({"gap_tolerance": "101"}, "gap_tolerance", "A percentage from 0 to 100."),
        ({"slippage_value": ""}, "slippage_value", "A percentage from 0 to"),
    ],
)
def test_a_refused_form_names_the_field_and_keeps_what_was_typed(
    send, series, changed, field, told
):
    page = send(**changed)
    assert page.status_code in {404, 422}
    assert told in fault_of(page, field).replace("\N{NO-BREAK SPACE}", " ")
    assert 'value="2023-01-' in page.text


def test_all_that_is_wrong_is_told_at_once(send, series):
    wrong = {
        "p_fast": "30",
        "initial_capital": "abc",
        "start_date": "2019-01-01",
        "slippage_value": "x",
        "participation": "101",
    }
    page = send(**wrong)
    assert page.status_code == 422
    for field, typed in wrong.items():
        assert fault_of(page, field), field
        assert f'value="{typed}"' in page.text
    assert not fault_of(page, "end_date")


def test_what_follows_from_another_fault_is_not_told(send, series):
    page = send(p_fast="x", p_slow="3", market="simulated|NONE/USDT")
    assert fault_of(page, "p_fast") == "A whole number from 1 to 5,000."
    assert not fault_of(page, "p_slow")
    assert fault_of(page, "market")
    assert not fault_of(page, "start_date")


def test_stops_are_percentages_and_come_again_as_such(send, run_at, shown, series):
    run = run_at(send(p_stop_loss="2", p_take_profit="4.5"))
    given = run.ordered["parameters"]
    assert (given["stop_loss"], given["take_profit"]) == (0.02, 0.045)

    text = shown.get(f"/backtests/new?from={run.backtest_id}").text
    assert 'id="p_stop_loss" name="p_stop_loss" type="number" value="2"' in text
    assert 'id="p_take_profit" name="p_take_profit" type="number" value="4.5"' in text
    assert "Take profit, %" in text
    assert "what was bought at 100 is sold at 104" in text
    assert "A percentage from 0 to 1,000." in text
    report = shown.get(f"/backtests/{run.backtest_id}").text
    assert "4.5%" in report


def test_a_link_names_fractions_as_the_api_does(shown, series):
    text = shown.get("/backtests/new?strategy=SMA_CROSS&p_stop_loss=0.035").text
    assert 'id="p_stop_loss" name="p_stop_loss" type="number" value="3.5"' in text


def test_a_target_beyond_all_reason_is_refused(send, series):
    told = fault_of(send(p_take_profit="1001"), "p_take_profit")
    assert told == "A percentage from 0 to 1,000."


PERPETUAL = {
    "contract": "yes",
    "leverage": "3",
    "maintenance": "0.5",
    "funding": "fixed",
    "funding_rate": "0.01",
    "funding_hours": "8",
}


def test_a_perpetual_contract_is_ordered_and_comes_again(
    send, run_at, shown, series, candles
):
    candles(2_400, timeframe="15m")
    more = {"participation": "20", "detail_timeframe": "15m"}
    run = run_at(send(**PERPETUAL, **more))
    setup = run.ordered["setup"]
    assert setup["margin"] == {
        "leverage": 3.0,
        "maintenance": 0.005,
        "liquidation_fee": 0.0,
    }
    assert setup["funding"] == {"rate": 0.0001, "interval_hours": 8.0}
    assert (setup["market"]["participation"], setup["detail_timeframe"]) == (0.2, "15m")

    again = shown.get(f"/backtests/new?from={run.backtest_id}").text
    assert 'name="contract" value="yes" checked' in again
    assert 'id="leverage" name="leverage" type="text" value="3"' in again
    assert '<option value="15m" selected>' in again.partition("detail_timeframe")[2]
    page = shown.get(f"/backtests/{run.backtest_id}").text
    assert "3.00 times leverage" in page
    assert "20.00% of a candle" in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (PERPETUAL | {"leverage": "500"}, "leverage"),
        (PERPETUAL | {"maintenance": "60"}, "maintenance"),
        (PERPETUAL | {"funding_rate": "9"}, "funding_rate"),
        (PERPETUAL | {"strategy_name": "GRID"}, "contract"),
        (PERPETUAL | {"fee_in": "base"}, "fee_in"),
        ({"participation": "101"}, "participation"),
        ({"detail_timeframe": "4h"}, "detail_timeframe"),
    ],
)
def test_terms_that_cannot_be_are_told_by_their_field(send, series, changed, field):
    page = send(**changed)
    assert page.status_code == 422
    assert fault_of(page, field)


def test_every_strategy_has_a_form(shown, series, candles):
    candles(symbol="ETH/USDT", seed=2)
    for strategy in all_strategies():
        page = shown.get(f"/backtests/new?strategy={strategy.name}")
        assert page.status_code == 200, strategy.name
        for parameter in strategy.parameters:
            assert f'name="p_{parameter.name}"' in page.text


def test_an_unknown_strategy_is_refused(shown, series):
    assert shown.get("/backtests/new?strategy=NONE").status_code == 422


def test_a_strategy_of_a_higher_level_says_what_it_needs(
    browser, trader, submit, series, candles
):
    candles(symbol="ETH/USDT", seed=2)
    basic = browser(trader(plan="PREMIUM"))
    path = "/backtests/new?strategy=SUPERTREND"
    if "does not have this one" not in basic.get(path).text:
        pytest.skip("this plan has advanced strategies")
    page = submit(
        basic, "/backtests", at=path, **WHOLE | {"strategy_name": "SUPERTREND"}
    )
    assert page.status_code == 402
    assert "/pricing" in page.text


def test_many_markets_of_one_source_make_one_run(send, run_at, series, candles):
    candles(symbol="ETH/USDT", seed=2)
    answer = send(
        strategy_name="XS_MOMENTUM",
        market=["simulated|BTC/USDT", "simulated|ETH/USDT"],
        p_fast=None,
        p_slow=None,
    )
    assert answer.status_code == 303
    assert run_at(answer).symbols == ["BTC/USDT", "ETH/USDT"]


def test_candles_are_shown_with_their_span_and_that_they_are_simulated(shown, series):
    text = shown.get("/backtests/new").text
    assert "BTC/USDT · simulated" in text
    assert "25 Jan 2023" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_history_of_funding_is_no_market_to_trade(shown, series, new_funding):
    new_funding()

    text = shown.get("/backtests/new").text

    assert 'value="simulated|BTC/USDT"' in text
    assert "BTC/USDT:USDT" not in text


def test_the_tenants_source_stands_before_ones_own(shown, candles, owner):
    candles(exchange="my_desk", owner_id=owner)
    candles(symbol="ETH/USDT")
    candles(exchange="binance")
    options = re.findall(
        r'<option value="(\w+\|[^"]+)"', shown.get("/backtests/new").text
    )
    assert options[0] == "simulated|ETH/USDT"

    text = shown.get("/backtests/new?market=my_desk|BTC/USDT").text
    assert '<option value="my_desk|BTC/USDT" selected' in text


def test_no_two_markets_are_called_the_same(shown, candles, owner):
    candles()
    candles(exchange="binance")
    candles(exchange="my_desk", owner_id=owner)
    text = shown.get("/backtests/new").text
    for told in ("simulated", "binance", "my_desk · yours"):
        assert f">BTC/USDT · {told}</option>" in text


def test_without_candles_the_page_says_where_to_get_some(shown):
    page = shown.get("/backtests/new")
    assert "There are no candles yet" in page.text
    assert 'href="/market/imports/new"' in page.text


def test_a_run_is_ordered_again_with_changes(shown, send, series):
    run_id = send(p_fast="7", fees="none").location.rpartition("/")[2]
    text = shown.get(f"/backtests/new?from={run_id}").text
    assert 'id="p_fast" name="p_fast" type="number" value="7"' in text
    assert 'value="2023-01-20"' in text
    assert 'name="fees" value="none" checked' in text
