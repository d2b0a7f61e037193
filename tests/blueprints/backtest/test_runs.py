"""Backtests over the API: ordered, looked at, cancelled, removed."""

import pytest

from abtpro_saas.identity.roles import SCOPES, Role
from tests.blueprints.backtest.conftest import LEAST, RUN, RUNS


def test_an_order_is_accepted_and_named_in_full(order, series):
    run = order(commission=0.001, start_date="2023-01-03", end_date="2023-01-20")

    assert run["status"] == "PENDING"
    assert (run["strategy_name"], run["symbol"]) == ("SMA_CROSS", "BTC/USDT")
    assert run["start_date"] == "2023-01-03T00:00:00Z"
    assert run["end_date"] == "2023-01-21T00:00:00Z"
    assert run["parameters"]["fast"] == 5
    assert run["costs"]["taker"] == 0.001
    (named,) = run["series"]
    assert named["series_id"] == str(series.series_id)
    assert named["simulated"] is True


def test_a_perpetual_contract_is_ordered_and_named_in_full(order):
    run = order(
        timeframe="4h",
        costs={"participation": 0.1},
        margin={"leverage": 3, "maintenance": 0.005},
        funding={"rate": 0.0001},
        detail_timeframe="1h",
    )

    assert run["margin"] == {
        "leverage": 3.0,
        "maintenance": 0.005,
        "liquidation_fee": 0.0,
    }
    assert run["funding"] == {"rate": 0.0001, "interval_hours": 8.0}
    assert (run["costs"]["participation"], run["costs"]["fee_in"]) == (0.1, "quote")
    assert run["detail_timeframe"] == "1h"
    assert [each["timeframe"] for each in run["series"]] == ["1h", "1h"]


def test_funding_that_nobody_knows_has_no_value(trader, completed):
    run = trader.get(completed(funding={}, margin={"leverage": 2})).json
    trade = trader.get(f"{RUNS}/{run['backtest_id']}/trades").json["trades"][0]

    assert run["results"]["funding"] is None
    assert run["undefined"]["funding"]["code"] == "funding_unknown"
    assert "funding_unknown" in [each["code"] for each in run["assumptions"]]
    assert trade["funding"] is None
    assert trade["profit"] is not None


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"margin": {"leverage": 0.5}}, "/margin/leverage"),
        ({"margin": {"leverage": 3}, "engine": "backtrader"}, "/margin"),
        ({"costs": {"participation": 2}}, "/costs/participation"),
        ({"costs": {"fee_in": "base"}, "sizing": {"shorts": True}}, "/costs/fee_in"),
        ({"detail_timeframe": "1h"}, "/detail_timeframe"),
        ({"fill_at": "close", "engine": "backtrader"}, "/fill_at"),
        ({"strategy_name": "GRID", "parameters": {}, "funding": {}}, "/margin"),
    ],
)
def test_what_the_engine_does_not_do_is_refused_at_once(trader, members, pointer):
    answer = trader.post(RUN, json=LEAST | members)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_backtest")
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


def test_the_body_of_version_1_is_taken(trader):
    answer = trader.post(
        RUN,
        json={
            "strategy_name": "rsi_cross",
            "symbol": "BTC/USDT",
            "timeframe": "1h",
            "start_date": "2023-01-01T00:00:00",
            "end_date": "2023-01-25T00:00:00",
            "initial_capital": 10000,
            "commission": 0.001,
            "slippage": 0.0005,
            "parameters": {"rsi_period": 14, "oversold": 30.0, "overbought": 70},
        },
    )

    assert answer.status_code == 202
    assert {"backtest_id", "status", "created_at"} <= set(answer.json)
    assert answer.json["strategy_name"] == "RSI_CROSS"


def test_a_run_tells_its_results(trader, completed):
    run = trader.get(completed(commission=0.001)).json

    results = run["results"]
    assert (run["status"], run["progress"], run["error"]) == ("COMPLETED", 100, None)
    assert results["initial_capital"] == 10_000
    assert results["total_trades"] == (
        results["winning_trades"] + results["losing_trades"]
    )
    for key in ("final_capital", "total_return", "win_rate", "max_drawdown"):
        assert isinstance(results[key], int | float)
    assert set(run["undefined"]) == {k for k, v in results.items() if v is None}
    assert run["undefined"]["win_rate_short"]["en"]
    assert (run["trials"], run["stale"]) == (1, False)
    assert len(run["certificate"]) == 64


def test_a_run_that_waits_has_no_results(trader, order):
    run = trader.get(f"{RUNS}/{order()['backtest_id']}").json

    assert (run["results"], run["undefined"]) == (None, {})
    assert (run["certificate"], run["completed_at"]) == (None, None)


def test_a_run_says_what_it_rests_on(trader, order):
    free = trader.get(f"{RUNS}/{order()['backtest_id']}").json["assumptions"]
    paid = trader.get(
        f"{RUNS}/{order(commission=0.001, slippage=0.001)['backtest_id']}"
    ).json["assumptions"]

    codes = [each["code"] for each in free]
    assert codes[0] == "simulated"
    assert {"no_fees", "no_slippage", "next_open", "all_in", "long_only"} <= set(codes)
    assert not {"no_fees", "no_slippage"} & {each["code"] for each in paid}


def test_a_result_is_stale_once_its_candles_have_changed(
    trader, completed, candles, engine, tenant
):
    address = completed()

    candles(seed=2)

    assert trader.get(address).json["stale"] is True


def test_runs_are_listed_by_pages(trader, order):
    ids = [order()["backtest_id"] for _ in range(3)]

    first = trader.get(f"{RUNS}?limit=2").json
    rest = trader.get(f"{RUNS}?limit=2&cursor={first['next_cursor']}").json

    shown = [run["backtest_id"] for run in first["backtests"] + rest["backtests"]]
    assert shown == ids[::-1]
    assert (first["count"], rest["count"], rest["next_cursor"]) == (2, 1, None)


def test_runs_are_listed_by_status_and_strategy(trader, order, completed):
    completed()
    order(strategy_name="EMA_CROSS")

    done = trader.get(f"{RUNS}?status=COMPLETED").json["backtests"]
    ema = trader.get(f"{RUNS}?strategy_name=ema_cross").json["backtests"]
    assert [run["strategy_name"] for run in done] == ["SMA_CROSS"]
    assert [run["status"] for run in ema] == ["PENDING"]


def test_a_run_is_cancelled_once(trader, order):
    address = f"{RUNS}/{order()['backtest_id']}/cancel"

    first, again = trader.post(address), trader.post(address)

    assert (first.status_code, first.json["status"]) == (200, "CANCELLED")
    assert again.json == first.json


def test_what_has_ended_is_not_cancelled(trader, completed):
    answer = trader.post(f"{completed()}/cancel")

    assert (answer.status_code, answer.json["code"]) == (409, "backtest_ended")


def test_a_removed_run_is_gone(trader, order):
    run = order()
    address = f"{RUNS}/{run['backtest_id']}"

    answer = trader.delete(address)

    assert answer.json == {"success": True, "backtest_id": run["backtest_id"]}
    assert trader.get(address).status_code == 404
    assert trader.delete(address).status_code == 404
    assert trader.get(RUNS).json["count"] == 0


def test_the_same_order_with_the_same_key_is_one_run(trader):
    headers = {"Idempotency-Key": "once"}

    first = trader.post(RUN, json=LEAST, headers=headers)
    again = trader.post(RUN, json=LEAST, headers=headers)

    assert again.json == first.json
    assert trader.get(RUNS).json["count"] == 1


REFUSED = [
    ({"strategy_name": "MAGIC"}, "/strategy_name"),
    ({"symbol": "DOGE/USDT"}, "/symbol"),
    ({"symbol": "BTCUSDT"}, "/symbol"),
    ({"timeframe": "7m"}, "/timeframe"),
    ({"parameters": {"fast": 0}}, "/parameters/fast"),
    ({"parameters": {"fast": 5.5}}, "/parameters/fast"),
    ({"start_date": "2024-01-01"}, "/start_date"),
    ({"end_date": "1.1.2023"}, "/end_date"),
    ({"costs": {"taker": 5}}, "/costs/taker"),
    ({"costs": {"slippage": {"model": "magic"}}}, "/costs/slippage/model"),
    ({"sizing": {"fraction": 0}}, "/sizing/fraction"),
    ({"initial_capital": -5}, "/initial_capital"),
    ({"engine": "magic"}, "/engine"),
    ({"leverage": 100}, "/leverage"),
    ({"seed": 10**400}, "/seed"),
    ({"parameters": {"fast": 10**400}}, "/parameters/fast"),
]


@pytest.mark.parametrize(("members", "pointer"), REFUSED, ids=str)
def test_what_cannot_succeed_is_answered_by_name(trader, members, pointer):
    answer = trader.post(RUN, json=LEAST | members)

    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json["errors"]]
    assert trader.get(RUNS).json["count"] == 0


def test_all_that_cannot_succeed_is_told_at_once(trader):
    wrong = {
        "parameters": {"fast": 30, "slow": 20},
        "initial_capital": -5,
        "start_date": "2019-01-01",
        "costs": {"taker": 5, "participation": 2},
        "gap_tolerance": 3,
    }

    answer = trader.post(RUN, json=LEAST | wrong)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_backtest")
    assert sorted(each["pointer"] for each in answer.json["errors"]) == [
        "/costs/participation",
        "/costs/taker",
        "/gap_tolerance",
        "/initial_capital",
        "/parameters/fast",
        "/start_date",
    ]
    assert answer.json["detail"] == answer.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"fast": 30, "slow": 20, "stop_loss": 2}, ["fast", "stop_loss"]),
        ({"fast": 0, "slow": 20}, ["fast"]),
        ({"fast": 30, "slow": 0}, ["slow"]),
        ({"fast": 5_000, "slow": 0}, ["slow"]),
    ],
)
def test_what_depends_on_another_fault_is_not_told(trader, given, told):
    answer = trader.post(RUN, json=LEAST | {"parameters": given})

    pointers = [each["pointer"] for each in answer.json["errors"]]
    assert sorted(pointers) == [f"/parameters/{name}" for name in told]


def test_each_parameter_is_read_by_itself(trader):
    given = {"fast": 0, "slow": "x", "speed": 1}

    answer = trader.post(RUN, json=LEAST | {"parameters": given})

    told = {each["pointer"] for each in answer.json["errors"]}
    assert told == {f"/parameters/{name}" for name in given}


def test_strangers_find_nothing(strangers, completed):
    address = completed()

    for stranger in strangers:
        assert stranger.get(RUNS).json["count"] == 0
        for part in ("", "/trades", "/equity", "/report"):
            assert stranger.get(address + part).status_code == 404
        assert stranger.post(f"{address}/cancel").status_code == 404
        assert stranger.delete(address).status_code == 404
        body = {"backtest_ids": [address.rpartition("/")[2]] * 2}
        asked = stranger.post("/api/v1/backtest/compare", json=body)
        assert asked.status_code == 404


def test_a_key_needs_the_scope(client, api_key, order):
    reader = client(key=api_key(scopes=SCOPES[Role.TRADER] - {"backtests:write"}))

    answer = reader.post(RUN, json=LEAST)

    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
    assert reader.get(RUNS).status_code == 200


def test_a_viewer_runs_nothing(client, api_key, engine, tenant, user, series):
    viewer = client(key=api_key(role=Role.VIEWER))

    assert viewer.post(RUN, json=LEAST).status_code in {402, 403}


@pytest.mark.parametrize("plan", [None, "BASIC"])
def test_who_has_not_rented_it_is_told_what_has_it(
    browser, user, engine, tenant, series, plan
):
    answer = browser(user()).post(RUN, json=LEAST)

    assert (answer.status_code, answer.json["code"]) == (402, "feature_needed")
    assert answer.json["feature"] == "backtesting"
    assert answer.json["plan"] is not None


@pytest.mark.parametrize("path", [RUN, "/api/v1/backtest/optimise"])
def test_code_of_a_users_own_is_refused(trader, path):
    search = {"method": "grid", "space": {"fast": [5, 9]}, "objective": "total_return"}
    more = {"search": search} if path != RUN else {}
    body = LEAST | more | {"strategy_name": "MINE", "strategy_code": "import os"}

    answer = trader.post(path, json=body)

    assert (answer.status_code, answer.json["code"]) == (403, "sandbox_unavailable")
    assert "--strategy-file" in answer.json["detail"]
