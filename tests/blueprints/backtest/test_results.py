"""What came out of a backtest, over the API."""

from secrets import token_hex
from uuid import UUID

import pytest

from abtpro_saas.backtesting.tables import Backtest
from abtpro_saas.database import tenant_transaction
from tests.blueprints.backtest.conftest import RUNS


def walk(client, address, name, **args):
    """Return all rows of a list, page by page."""
    query = "&".join(f"{key}={value}" for key, value in args.items())
    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{address}?{query}{cursor}").json
        assert page["count"] == len(page[name])
        found += page[name]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return found


def test_trades_are_listed_by_pages(trader, completed):
    address = completed(commission=0.001)

    trades = walk(trader, f"{address}/trades", "trades", limit=7)

    run = trader.get(address).json
    closed = [each for each in trades if each["reason"] != "OPEN"]
    assert [each["number"] for each in trades] == list(range(1, len(trades) + 1))
    assert len(closed) == run["results"]["total_trades"]
    assert {each["side"] for each in trades} == {"LONG"}
    profit = sum(each["profit"] for each in trades)
    gained = run["results"]["final_capital"] - 10_000
    assert profit == pytest.approx(gained, abs=1e-6)


def test_a_trade_says_when_and_why(trader, completed):
    first = trader.get(f"{completed()}/trades?limit=1").json["trades"][0]

    assert first["entry_time"] < first["exit_time"]
    assert first["bars"] > 0
    assert first["symbol"] == "BTC/USDT"
    assert first["mae"] <= 0 <= first["mfe"]
    assert first["reason"] == "SIGNAL"


def test_equity_is_listed_by_pages(trader, completed):
    address = completed()

    rows = walk(trader, f"{address}/equity", "equity", limit=250)

    assert len(rows) == 600
    assert rows[0]["time"] == "2023-01-01T00:00:00Z"
    times = [row["time"] for row in rows]
    assert times == sorted(set(times))
    final = trader.get(address).json["results"]["final_capital"]
    assert rows[-1]["equity"] == pytest.approx(final)


def test_equity_is_thinned_for_a_chart(trader, completed):
    address = completed()

    page = trader.get(f"{address}/equity?points=50").json

    whole = walk(trader, f"{address}/equity", "equity", limit=600)
    assert page["count"] <= 50
    assert page["next_cursor"] is None
    highest = max(row["equity"] for row in whole)
    assert max(row["equity"] for row in page["equity"]) == highest


def test_a_report_explains_every_metric(trader, completed):
    address = completed()

    report = trader.get(f"{address}/report?format=json").json

    run = trader.get(address).json
    assert report["backtest"] == run
    assert {each["key"]: each["value"] for each in report["metrics"]} == run["results"]
    assert [each["key"] for each in report["metrics"]] == list(run["results"])
    for each in report["metrics"]:
        assert each["title"]["en"]
        assert each["definition"]["th"]
        assert (each["value"] is None) == (each["reason"] is not None)
    assert len(report["trades"]) >= run["results"]["total_trades"]


@pytest.mark.parametrize("part", ["trades", "equity", "report"])
def test_what_has_not_completed_has_no_results(trader, order, part):
    answer = trader.get(f"{RUNS}/{order()['backtest_id']}/{part}")

    assert (answer.status_code, answer.json["code"]) == (409, "backtest_not_completed")


def test_a_cursor_opens_the_list_it_was_given_for(trader, completed):
    one, other = completed(), completed()
    cursor = trader.get(f"{one}/trades?limit=1").json["next_cursor"]

    answer = trader.get(f"{other}/trades?limit=1&cursor={cursor}")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_cursor")


COMPARE = "/api/v1/backtest/compare"


def test_backtests_stand_side_by_side(trader, completed):
    addresses = [completed(), completed(commission=0.001)]
    ids = [address.rpartition("/")[2] for address in addresses]

    answer = trader.post(COMPARE, json={"backtest_ids": ids}).json

    assert [run["backtest_id"] for run in answer["backtests"]] == ids
    finals = next(m for m in answer["metrics"] if m["key"] == "final_capital")
    assert finals["values"][0] > finals["values"][1]
    assert answer["same"]["data"] is True
    assert answer["same"]["setup"] is False


def test_only_what_has_completed_is_compared(trader, order, completed):
    ids = [completed().rpartition("/")[2], order()["backtest_id"]]

    answer = trader.post(COMPARE, json={"backtest_ids": ids})

    assert (answer.status_code, answer.json["code"]) == (409, "backtest_not_completed")


VERIFY = "/api/v1/backtest/verify"


def test_anybody_may_verify_a_certificate(client, trader, completed):
    run = trader.get(completed()).json

    found = client().get(f"{VERIFY}/{run['certificate']}")

    assert found.status_code == 200
    assert found.json["valid"] is True
    assert found.json["simulated"] is True
    assert found.json["results"] == run["results"]
    assert found.json["certified"]["strategy"] == "SMA_CROSS"


def test_a_file_under_an_exchanges_name_is_told_wherever_a_result_is(
    client, trader, candles, completed
):
    candles(exchange="binance", origins=["file"])
    run = trader.get(completed(exchange="binance")).json

    found = client().get(f"{VERIFY}/{run['certificate']}").json

    assert (run["exchange"], run["brought"]) == ("binance", True)
    assert run["series"][0]["brought"] is True
    assert run["assumptions"][0]["code"] == "brought"
    assert (found["brought"], found["valid"]) == (True, True)
    assert found["certified"]["exchange"] == "file:binance"


def test_a_run_of_before_says_that_nothing_was_brought(
    engine, tenant, trader, completed
):
    address = completed()
    with tenant_transaction(engine, tenant) as session:
        run = session.get_one(Backtest, (tenant, UUID(address.rpartition("/")[2])))
        run.series = [
            {name: value for name, value in each.items() if name != "brought"}
            for each in run.series
        ]

    told = trader.get(address).json

    assert (told["brought"], told["series"][0]["brought"]) == (False, False)


def test_a_certificate_names_nobody(client, trader, completed, tenant):
    run = trader.get(completed()).json
    me = trader.get("/api/v1/account").json

    told = client().get(f"{VERIFY}/{run['certificate']}").text

    for private in (me["id"], me["email"], str(tenant), run["backtest_id"], '"fast"'):
        assert private not in told


def test_a_certificate_counts_how_often_it_came_out(client, trader, completed):
    for _ in range(2):
        run = trader.get(completed(start_date="2023-01-02")).json

    assert client().get(f"{VERIFY}/{run['certificate']}").json["computed"] >= 2


def test_what_nobody_certified_is_not_found(client):
    for asked in (token_hex(32), "nonsense"):
        assert client().get(f"{VERIFY}/{asked}").status_code == 404


def test_a_certificate_outlives_the_run(client, trader, completed):
    address = completed(start_date="2023-01-03")
    certificate = trader.get(address).json["certificate"]

    trader.delete(address)

    assert client().get(f"{VERIFY}/{certificate}").status_code == 200


def test_strategies_say_what_a_form_needs(trader):
    found = trader.get("/api/v1/backtest/strategies").json

    by_name = {each["name"]: each for each in found["strategies"]}
    cross = by_name["SMA_CROSS"]
    fast = next(each for each in cross["parameters"] if each["name"] == "fast")
    assert found["count"] == len(by_name)
    assert {"RSI_CROSS", "BUY_AND_HOLD", "PAIRS"} <= set(by_name)
    assert (cross["level"], cross["allowed"]) == ("basic_strategies", True)
    assert (fast["type"], fast["low"] < fast["default"] < fast["high"]) == (
        "integer",
        True,
    )
    assert by_name["PAIRS"]["least_symbols"] == 2


def test_a_strategy_says_that_the_plan_does_not_hold_it(browser, user, series):
    found = browser(user()).get("/api/v1/backtest/strategies").json["strategies"]

    assert {each["allowed"] for each in found} == {False}
